using System.Collections.Frozen;
using System.Collections.Immutable;
using IdJagBroker.Protocol;

namespace IdJagBroker.Policies.Rules;

/// <summary>What a rule does where it matches.</summary>
internal enum PolicyEffect
{
    /// <summary>Grants scopes.</summary>
    Allow,

    /// <summary>Refuses, or takes scopes away.</summary>
    Deny,
}

/// <summary>Whether a rule decides.</summary>
internal enum PolicyMode
{
    /// <summary>It does.</summary>
    Enforce,

    /// <summary>It does not: what it would have done is recorded.</summary>
    Shadow,
}

/// <summary>How much of a decision goes into its event.</summary>
internal enum PolicyRecordLevel
{
    /// <summary>What it takes to decide again, and the rules that made a difference.</summary>
    Normal,

    /// <summary>Also what became of every rule that was about the request.</summary>
    Full,
}

/// <summary>One rule as written. What is null was not written and restrains nothing.</summary>
internal sealed record PolicyRule
{
    /// <summary>Unique across all files.</summary>
    public required string Id { get; init; }

    public required PolicyEffect Effect { get; init; }

    public PolicyMode Mode { get; init; }

    /// <summary>The reason, for people.</summary>
    public required string Why { get; init; }

    /// <summary>The file, relative to the policies' directory, with <c>/</c>.</summary>
    public required string File { get; init; }

    /// <summary>Counted from 1.</summary>
    public required int Line { get; init; }

    /// <summary>Who answers for it: <c>metadata.owner</c> of its document.</summary>
    public string Owner { get; init; } = "";

    /// <summary>Null, in a deny rule only: everybody.</summary>
    public PolicyWho? Who { get; init; }

    /// <summary>Null, in a deny rule only: every client.</summary>
    public PolicyClients? Client { get; init; }

    /// <summary>Allow rules: scopes by resource alias. Never one list for several resources.</summary>
    public FrozenDictionary<string, ScopeSet> Grant { get; init; } = FrozenDictionary<string, ScopeSet>.Empty;

    /// <summary>Deny rules: where; null: everywhere.</summary>
    public PolicyTarget? Target { get; init; }

    /// <summary>Deny rules: only these scopes are taken away; empty: the whole request is refused there.</summary>
    public ImmutableArray<ScopePattern> Scopes { get; init; } = [];

    /// <summary><c>require</c> of an allow rule, <c>unless</c> of a deny rule.</summary>
    public PolicyRequirement? Requirement { get; init; }

    public PolicyHours? During { get; init; }

    public PolicyValidity? Validity { get; init; }

    /// <summary>Whether it is for a time of need: every token that it contributes to is tagged.</summary>
    public bool Emergency { get; init; }

    /// <summary>The longest life of a token to which this rule contributes.</summary>
    public TimeSpan? MaxTokenLifetime { get; init; }

    /// <summary>How often one person gets a token to which this rule contributes.</summary>
    public PolicyRate? RatePerSubject { get; init; }

    /// <summary>Claims of the ID Token that every token to which this rule contributes copies, besides those of the authorization server.</summary>
    public ImmutableArray<string> Claims { get; init; } = [];

    /// <summary>How much is recorded of decisions in which it made a difference, or came nearest.</summary>
    public PolicyRecordLevel RecordLevel { get; init; }

    /// <summary>Who wants to hear of its use: words of the administrator's, which the event carries.</summary>
    public ImmutableArray<string> Notify { get; init; } = [];
}
