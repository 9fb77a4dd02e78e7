using System.Collections.Immutable;
using IdJagBroker.Policies.Rules;

namespace IdJagBroker.Policies.Decisions;

/// <summary>What became of one rule in one decision; for <c>explain</c> and the audit record.</summary>
/// <param name="Rule">The rule, as written.</param>
/// <param name="Conditions">Every condition that it has, in the order of the file's fields.</param>
internal sealed record RuleEvaluation(PolicyRule Rule, ImmutableArray<ConditionCheck> Conditions)
{
    public string Id => Rule.Id;

    /// <summary>Who, client and grant (or target) are those of the request.</summary>
    public bool Fit => Conditions.All(condition => condition.Holds || condition.IsFurther);

    /// <summary>It fits and its further conditions hold.</summary>
    public bool Match => Conditions.All(condition => condition.Holds);

    /// <summary>What stood in the way; empty when it matches.</summary>
    public IEnumerable<ConditionCheck> Unmet => Conditions.Where(condition => !condition.Holds);
}

/// <summary>One condition of a rule, held against a request.</summary>
/// <param name="Path">The field of the rule, such as <c>who.groups</c>.</param>
/// <param name="Have">What the request brought; "missing" if that is not known.</param>
/// <param name="Need">What the rule asks.</param>
/// <param name="Holds">Whether it does.</param>
/// <param name="IsFurther">Whether it is about the circumstances, and not about who, client or where.</param>
internal sealed record ConditionCheck(string Path, string Have, string Need, bool Holds, bool IsFurther = false)
{
    /// <summary>What the request brought, for people: of a list without entries, that there is none.</summary>
    public string HaveText => Have.Length is 0 ? "none" : Have;
}
