using System.Collections.Immutable;
using IdJagBroker.Policies.Decisions;
using IdJagBroker.Policies.Rules;

namespace IdJagBroker.Policies.Testing;

/// <summary>The rules that tell the author of a failed test why: those that decided, those that should have, and where nothing was granted those that came nearest to granting.</summary>
internal static class NearRules
{
    /// <summary>The most that are shown of those that came near.</summary>
    public const int MaxNear = 3;

    public static ImmutableArray<RuleEvaluation> Of(TestExpectation expect, PolicyDecision decision)
    {
        var named = decision.RuleIds.Concat(expect.Rules ?? []).Concat(expect.Shadow?.Rules ?? []).Concat(decision.Shadow?.RuleIds ?? []).ToHashSet(StringComparer.Ordinal);
        var shown = decision.Evaluated.Where(rule => named.Contains(rule.Id)).ToList();
        if (!decision.Allowed && decision.Reason is not PolicyReason.DeniedByRule)
            shown.AddRange(decision.Evaluated.Where(rule => rule.Rule.Effect is PolicyEffect.Allow && Grants(rule) && !named.Contains(rule.Id))
                .OrderBy(rule => rule.Unmet.Count()).ThenBy(rule => rule.Id, StringComparer.Ordinal).Take(MaxNear));
        return [.. shown];
    }

    // A rule about another resource, or about other scopes, is not what anybody looks for.
    private static bool Grants(RuleEvaluation rule) => rule.Conditions.Any(condition => condition is { Path: "grant", Holds: true });
}
