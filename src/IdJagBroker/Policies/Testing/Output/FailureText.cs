using IdJagBroker.Policies.Analysis;
using IdJagBroker.Policies.Decisions;

namespace IdJagBroker.Policies.Testing.Output;

/// <summary>A failure in a few plain lines, for outputs that have one place for all of it.</summary>
internal static class FailureText
{
    public static string Of(PolicyTestResult result) => string.Join('\n',
    [
        $"asked: {result.Test.Ask}",
        .. result.Mismatches.Select(mismatch => $"{mismatch.Member}: expected {mismatch.Expected}, got {mismatch.Got}"),
        .. result.Near.Select(Of),
    ]);

    public static string Of(CheckedInvariant result) => string.Join('\n', result.Result.Violations.Select(violation => violation.ToString()).Concat(Undecided(result.Result)));

    /// <summary>What is not known.</summary>
    public static string[] Undecided(InvariantResult result) => result.Undecided is 0 ? [] : [$"of {result.Undecided} scopes it is not known: too many combinations of groups"];

    private static string Of(RuleEvaluation rule) => rule.Match ? $"{rule.Id} matches"
        : $"{rule.Id} does not match: {string.Join("; ", rule.Unmet.Select(unmet => $"{unmet.Path} has {unmet.HaveText}, needs {unmet.Need}"))}";
}
