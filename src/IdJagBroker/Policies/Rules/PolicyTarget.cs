namespace IdJagBroker.Policies.Rules;

/// <summary>Where a deny rule applies; all that is written must hold.</summary>
internal sealed record PolicyTarget
{
    /// <summary>The resource's alias.</summary>
    public SetCondition? Resources { get; init; }

    /// <summary>The alias of the authorization server that governs it.</summary>
    public SetCondition? AuthorizationServers { get; init; }

    /// <summary>The resource's tags.</summary>
    public SetCondition? Tags { get; init; }

    public bool Covers(CatalogResource resource) => Covers(resource.Alias, resource.AuthorizationServer, resource.Tags);

    /// <summary>The same of a resource of which no more is known.</summary>
    public bool Covers(string alias, string authorizationServer, IReadOnlyCollection<string> tags) =>
        (Resources is null || Resources.HoldsOf(alias)) && (AuthorizationServers is null || AuthorizationServers.HoldsOf(authorizationServer)) && (Tags is null || Tags.Holds(tags));
}
