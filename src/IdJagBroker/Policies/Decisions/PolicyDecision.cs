using System.Collections.Immutable;
using IdJagBroker.Protocol;

namespace IdJagBroker.Policies.Decisions;

/// <summary>What the policies say about one request.</summary>
internal sealed record PolicyDecision
{
    private readonly PolicySnapshot _snapshot;
    private readonly PolicyInput _input;

    /// <summary>Keeps what was decided about, for the trace that somebody may ask for: a token request rarely does.</summary>
    public PolicyDecision(PolicySnapshot snapshot, PolicyInput input) => (_snapshot, _input) = (snapshot, input);

    public bool Allowed => Reason is PolicyReason.Allowed;

    public required PolicyReason Reason { get; init; }

    /// <summary>Of what was asked, what is granted, in the order asked; empty if refused.</summary>
    public ScopeSet GrantedScope { get; init; } = ScopeSet.Empty;

    /// <summary>Of the resources asked, those where something is granted, in the order asked; empty if refused.</summary>
    public ImmutableArray<string> GrantedResources { get; init; } = [];

    /// <summary>The rules that gave, or that refused; ordinal order.</summary>
    public ImmutableArray<string> RuleIds { get; init; } = [];

    /// <summary>Refused for want of a match: the rule that came nearest, if one was about the request at all.</summary>
    public NearestMiss? Nearest { get; init; }

    /// <summary>What the rules on trial would have made of it; null if none of them would have made a difference.</summary>
    public ShadowDecision? Shadow { get; init; }

    /// <summary>The rules for a time of need among those that gave; ordinal order.</summary>
    public ImmutableArray<string> EmergencyRules { get; init; } = [];

    /// <summary>Who wants to hear that these rules gave: their <c>notify</c>.</summary>
    public ImmutableArray<string> Notify { get; init; } = [];

    /// <summary>The claims that these rules add to the ID-JAG; ordinal order.</summary>
    public ImmutableArray<string> Claims { get; init; } = [];

    /// <summary>Whether a rule that made a difference, or came nearest, wants everything recorded (<c>recordLevel: full</c>).</summary>
    public bool IsFullyRecorded => _snapshot.FullyRecorded.Count > 0
        && ((Nearest is { } miss && _snapshot.FullyRecorded.Contains(miss.Rule.Id)) || RuleIds.Any(_snapshot.FullyRecorded.Contains));

    /// <summary>The longest life of the ID-JAG; zero if refused.</summary>
    public TimeSpan MaxLifetime { get; init; }

    /// <summary>
    /// Refused, but only for the scopes asked: others would be granted there. Then the answer is <c>invalid_scope</c> (IDP-48); else
    /// <c>access_denied</c> (C-02).
    /// </summary>
    public bool OtherScopesAllowed { get; init; }

    /// <summary>What became of every rule, in the order of their ids.</summary>
    public IReadOnlyList<RuleEvaluation> Evaluated => field ??= PolicyTrace.Of(_snapshot, _input);
}

/// <summary>What a decision would be if the rules on trial were in force.</summary>
/// <param name="Allowed">Whether something would be granted.</param>
/// <param name="Reason">Why, or why not.</param>
/// <param name="Scope">What would be granted.</param>
/// <param name="RuleIds">By which rules.</param>
internal sealed record ShadowDecision(bool Allowed, PolicyReason Reason, ScopeSet Scope, ImmutableArray<string> RuleIds);
