using System.Collections.Frozen;
using System.Collections.Immutable;
using IdJagBroker.Policies.Decisions;
using IdJagBroker.Policies.Rules;

namespace IdJagBroker.Policies.Testing;

/// <summary>Which rules made a difference in a test: gave or refused something, took a scope away, or on trial would have.</summary>
/// <param name="Rules">All, in the order of their ids.</param>
/// <param name="Tests">By rule, in how many tests.</param>
internal sealed record RuleCoverage(ImmutableArray<PolicyRule> Rules, FrozenDictionary<string, int> Tests)
{
    public int Covered => Rules.Count(rule => Tests.ContainsKey(rule.Id));

    public IEnumerable<PolicyRule> Uncovered => Rules.Where(rule => !Tests.ContainsKey(rule.Id));

    /// <summary>Whether at least so many of a hundred rules are covered.</summary>
    public bool IsAtLeast(int percent) => Covered * 100L >= percent * (long)Rules.Length;

    public static RuleCoverage Of(PolicySnapshot snapshot, IEnumerable<PolicyTestResult> results)
    {
        var onTrial = snapshot.Rules.Where(rule => rule.Mode is PolicyMode.Shadow).Select(rule => rule.Id).ToHashSet(StringComparer.Ordinal);
        ImmutableArray<PolicyRule> stripping = [.. snapshot.Rules.Where(rule => rule is { Effect: PolicyEffect.Deny, Mode: PolicyMode.Enforce, Scopes.IsEmpty: false })];
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var result in results)
            foreach (var id in Effective(snapshot, result, onTrial, stripping).Distinct(StringComparer.Ordinal)) counts[id] = counts.GetValueOrDefault(id) + 1;
        return new RuleCoverage(snapshot.Rules, counts.ToFrozenDictionary(StringComparer.Ordinal));
    }

    private static IEnumerable<string> Effective(PolicySnapshot snapshot, PolicyTestResult result, HashSet<string> onTrial, ImmutableArray<PolicyRule> stripping)
    {
        var decision = result.Decision;
        var tried = decision.Shadow is { } shadow ? shadow.RuleIds.Where(onTrial.Contains) : [];
        // What is granted in part does not say who took the rest.
        var input = result.Test.Ask.At(result.Test.Now);
        var took = decision.Allowed && decision.GrantedScope.Scopes.Length < input.Scope.Scopes.Length
            ? stripping.Where(rule => PolicyTrace.Of(snapshot, rule, input).Match).Select(rule => rule.Id) : [];
        return decision.RuleIds.Concat(tried).Concat(took);
    }
}
