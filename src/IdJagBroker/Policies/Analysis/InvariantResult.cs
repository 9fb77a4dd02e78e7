using System.Collections.Immutable;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies.Analysis;

/// <summary>What came of looking for a decision that an invariant forbids.</summary>
/// <param name="Classes">How many kinds of request were looked at: clients × scopes of resources × sets of groups.</param>
/// <param name="Violations">At most one for each client, scope of a resource and identity provider; in ordinal order of these.</param>
/// <param name="Undecided">Of how many it is not known: there are too many combinations of groups.</param>
internal sealed record InvariantResult(long Classes, IReadOnlyList<InvariantViolation> Violations, int Undecided = 0)
{
    public bool Holds => Violations.Count is 0 && Undecided is 0;
}

/// <summary>Somebody who can get what nobody may.</summary>
internal sealed record InvariantViolation
{
    public required string Client { get; init; }

    public required string Resource { get; init; }

    public required string Scope { get; init; }

    /// <summary>Whose people it is about.</summary>
    public required string Idp { get; init; }

    /// <summary>The person, if being this one is what opens the door; null: anybody.</summary>
    public string? Subject { get; init; }

    /// <summary>The person's tenant, or <see cref="Identity.OtherTenant"/>, if being of this one is what opens the door; null: any, or none.</summary>
    public string? Tenant { get; init; }

    /// <summary>The person's groups, in ordinal order: no fewer of them would do.</summary>
    public required ImmutableArray<string> Groups { get; init; }

    /// <summary>False: it takes a person whose groups are not all known.</summary>
    public bool GroupsComplete { get; init; } = true;

    /// <summary>The rules that give it.</summary>
    public required ImmutableArray<string> RuleIds { get; init; }

    public required TimeSpan Lifetime { get; init; }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Client} gets {Scope} at {Resource} for {YamlValues.Format(Lifetime)} by {string.Join(' ', RuleIds)}, for {Subject ?? $"a person of {Idp}"}{(TenantText is { } tenant ? $" of {tenant}" : "")} {Membership}";

    /// <summary>The tenant for people.</summary>
    public string? TenantText => Tenant switch { null => null, Identity.OtherTenant => "another tenant", var name => "tenant " + name };

    private string Membership => !GroupsComplete ? "whose groups are not all known" : Groups.IsEmpty ? "in no group" : $"in {string.Join(' ', Groups)}";
}
