using IdJagBroker.Policies.Decisions;
using IdJagBroker.Protocol;

namespace IdJagBroker.PastDecisions;

/// <summary>
/// Decides once more what was decided, by another revision. A decision that hangs on a fact that the log does not have is put twice, once with what would open the
/// door and once without: if that makes a difference, it is unknown.
/// </summary>
internal static class Replay
{
    /// <summary>How one decision would come out; null: as it did.</summary>
    public static ReplayOutcome? Of(RevisionReader revision, RecordedDecision past, IReadOnlyCollection<string> recordedClaims, out PolicyDecision? now)
    {
        now = null;
        if (revision.Read(past, recordedClaims, out var unknown) is not { } input) return past.Allowed ? ReplayOutcome.Lost : null;
        now = PolicyEngine.Decide(revision.Snapshot, input);
        if (unknown is not Fact.None)
        {
            var hoped = PolicyEngine.Decide(revision.Snapshot, input with { Hoped = unknown });
            if (hoped.Allowed != now.Allowed || !hoped.GrantedScope.Equals(now.GrantedScope)) return ReplayOutcome.Unknown;
        }
        if (now.Allowed != past.Allowed) return now.Allowed ? ReplayOutcome.Gained : ReplayOutcome.Lost;
        return now.Allowed && past.GrantedScope is { } text && revision.ScopeOf(text) is { } scope && !scope.Equals(now.GrantedScope) ? ReplayOutcome.Changed : null;
    }
}
