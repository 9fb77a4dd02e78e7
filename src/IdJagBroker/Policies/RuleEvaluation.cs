using System.Collections.Immutable;

namespace IdJagBroker.Policies;

/// <summary>What became of one rule in one decision; for <c>explain</c> and the audit record.</summary>
/// <param name="Id">The rule.</param>
/// <param name="File">Its file, relative to the policies' directory.</param>
/// <param name="Line">Its line there, from 1.</param>
/// <param name="Effect">What it would do.</param>
/// <param name="Fit">Who, client and grant (or target) are those of the request.</param>
/// <param name="Match">It fits and its further conditions hold; this version has none, so the two are the same.</param>
/// <param name="Unmet">What stood in the way; empty when it matches.</param>
internal sealed record RuleEvaluation(
    string Id, string File, int Line, PolicyEffect Effect, bool Fit, bool Match, ImmutableArray<UnmetCondition> Unmet);

/// <summary>One condition that did not hold.</summary>
/// <param name="Path">The field of the rule, such as <c>who.groups.anyOf</c>.</param>
/// <param name="Have">What the request brought.</param>
/// <param name="Need">What the rule asks.</param>
internal sealed record UnmetCondition(string Path, string Have, string Need);
