using System.Collections.Frozen;
using System.Collections.Immutable;
using IdJagBroker.Policies.Rules;

namespace IdJagBroker.Policies.Analysis;

/// <summary>A kind of access that nobody may have; all that is written must hold of it, and what is null was not written.</summary>
internal sealed record NeverAccess
{
    /// <summary>By people who are in each of these groups.</summary>
    public FrozenSet<string>? Groups { get; init; }

    /// <summary>By people who are in none of these.</summary>
    public FrozenSet<string>? NoGroups { get; init; }

    /// <summary>By these people, <c>idp|id</c>.</summary>
    public FrozenSet<string>? Subjects { get; init; }

    /// <summary>Through these clients.</summary>
    public PolicyClients? Clients { get; init; }

    /// <summary>There.</summary>
    public PolicyTarget? Target { get; init; }

    /// <summary>To these scopes; empty: to any.</summary>
    public ImmutableArray<ScopePattern> Scopes { get; init; } = [];

    /// <summary>Whether it is about a client, a resource and a scope of it.</summary>
    public bool IsAbout(CatalogClient client, CatalogResource resource, string scope) =>
        (Clients is null || Clients.Covers(client)) && (Target is null || Target.Covers(resource)) && (Scopes.IsEmpty || Scopes.Any(pattern => pattern.Matches(scope)));

    /// <summary>Whether it is about people with these groups.</summary>
    public bool IsAbout(IReadOnlySet<string> groups) =>
        (Groups is null || Groups.IsSubsetOf(groups)) && (NoGroups is null || !NoGroups.Overlaps(groups));
}
