using System.Collections.Immutable;
using IdJagBroker.Policies.Analysis;
using IdJagBroker.Policies.Decisions;

namespace IdJagBroker.Policies.Testing;

/// <summary>What came of one test.</summary>
/// <param name="Test">The test.</param>
/// <param name="Decision">What was decided.</param>
/// <param name="Mismatches">What is not as expected; empty: passed.</param>
internal sealed record PolicyTestResult(PolicyTest Test, PolicyDecision Decision, ImmutableArray<Mismatch> Mismatches)
{
    public bool Passed => Mismatches.IsEmpty;

    /// <summary>Of a failed test, the rules that tell why.</summary>
    public ImmutableArray<RuleEvaluation> Near => Passed ? [] : NearRules.Of(Test.Expect, Decision);
}

/// <summary>What came of one invariant.</summary>
internal sealed record CheckedInvariant(Invariant Invariant, InvariantResult Result)
{
    public bool Passed => Result.Holds;
}

/// <summary>What came of one document.</summary>
internal sealed record TestDocumentResult(string File, ImmutableArray<PolicyTestResult> Tests, ImmutableArray<CheckedInvariant> Invariants);
