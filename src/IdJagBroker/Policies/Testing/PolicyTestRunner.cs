using IdJagBroker.Policies.Decisions;

namespace IdJagBroker.Policies.Testing;

/// <summary>Runs tests and invariants against one snapshot. Pure: what a test does not say is not known, and the time is the test's own.</summary>
internal static class PolicyTestRunner
{
    /// <param name="snapshot">The policies.</param>
    /// <param name="documents">The tests.</param>
    /// <param name="part">Only those whose name has this in it, whatever its case; null: all.</param>
    /// <param name="next">Told before each.</param>
    public static PolicyTestReport Run(PolicySnapshot snapshot, IReadOnlyCollection<TestDocument> documents, string? part = null, Action<string>? next = null)
    {
        List<TestDocumentResult> results =
        [
            .. documents.Select(document => new TestDocumentResult(
                document.File,
                [.. document.Tests.Where(test => IsWanted(test.Name)).Select(test => Run(snapshot, test))],
                [.. document.Invariants.Where(invariant => IsWanted(invariant.Name)).Select(invariant => new CheckedInvariant(invariant, Analysis.InvariantSearch.Check(snapshot, invariant)))])),
        ];
        return new PolicyTestReport
        {
            Documents = [.. results.Where(result => result.Tests.Length + result.Invariants.Length > 0)],
            Coverage = RuleCoverage.Of(snapshot, results.SelectMany(result => result.Tests)),
            Part = part,
        };

        bool IsWanted(string name)
        {
            var wanted = part is null || name.Contains(part, StringComparison.OrdinalIgnoreCase);
            if (wanted) next?.Invoke(name);
            return wanted;
        }
    }

    public static PolicyTestResult Run(PolicySnapshot snapshot, PolicyTest test)
    {
        var input = test.Ask.At(test.Now);
        var decision = PolicyEngine.Decide(snapshot, input);
        return new PolicyTestResult(test, decision, Comparison.Of(test.Expect, decision, input));
    }
}
