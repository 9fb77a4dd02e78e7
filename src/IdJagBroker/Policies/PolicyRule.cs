using System.Collections.Frozen;
using System.Collections.Immutable;
using IdJagBroker.Protocol;

namespace IdJagBroker.Policies;

/// <summary>What a rule does where it matches.</summary>
internal enum PolicyEffect
{
    /// <summary>Grants scopes.</summary>
    Allow,

    /// <summary>Refuses, or takes scopes away.</summary>
    Deny,
}

/// <summary>One rule as written. What is null was not written and restrains nothing.</summary>
internal sealed record PolicyRule
{
    /// <summary>Unique across all files.</summary>
    public required string Id { get; init; }

    public required PolicyEffect Effect { get; init; }

    /// <summary>The reason, for people.</summary>
    public required string Why { get; init; }

    /// <summary>The file, relative to the policies' directory, with <c>/</c>.</summary>
    public required string File { get; init; }

    /// <summary>Counted from 1.</summary>
    public required int Line { get; init; }

    /// <summary>Null, in a deny rule only: everybody.</summary>
    public PolicyWho? Who { get; init; }

    /// <summary>Client aliases; null, in a deny rule only: every client.</summary>
    public FrozenSet<string>? Clients { get; init; }

    /// <summary>Allow rules: scopes by resource alias. Never one list for several resources.</summary>
    public FrozenDictionary<string, ScopeSet> Grant { get; init; } = FrozenDictionary<string, ScopeSet>.Empty;

    /// <summary>Deny rules: where; null: everywhere.</summary>
    public PolicyTarget? Target { get; init; }

    /// <summary>Deny rules: only these scopes are taken away; empty: the whole request is refused there.</summary>
    public ImmutableArray<ScopePattern> Scopes { get; init; } = [];

    /// <summary>The longest life of a token to which this rule contributes.</summary>
    public TimeSpan? MaxTokenLifetime { get; init; }
}

/// <summary>Whom a rule is about; all that is written must hold.</summary>
internal sealed record PolicyWho
{
    public bool Everyone { get; init; }

    /// <summary>A member of at least one; null: not asked.</summary>
    public FrozenSet<string>? AnyOf { get; init; }

    /// <summary>A member of each; null: not asked.</summary>
    public FrozenSet<string>? AllOf { get; init; }

    /// <summary>A member of none; null: not asked.</summary>
    public FrozenSet<string>? NoneOf { get; init; }

    /// <summary>One of these people, each <c>idp|sub</c>; null: not asked.</summary>
    public FrozenSet<string>? Subjects { get; init; }

    /// <summary>Whether it cannot be decided without the person's groups.</summary>
    public bool AsksGroups => AnyOf is not null || AllOf is not null || NoneOf is not null;
}

/// <summary>Where a deny rule applies; all that is written must hold.</summary>
/// <param name="Resources">One of these resource aliases; null: not asked.</param>
/// <param name="AnyTag">A resource with at least one of these tags; null: not asked.</param>
internal sealed record PolicyTarget(FrozenSet<string>? Resources, FrozenSet<string>? AnyTag)
{
    public bool Covers(CatalogResource resource) =>
        (Resources is null || Resources.Contains(resource.Alias)) && (AnyTag is null || resource.Tags.Any(AnyTag.Contains));
}
