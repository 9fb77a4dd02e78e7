using System.Collections.Immutable;
using IdJagBroker.Policies.Analysis;

namespace IdJagBroker.Policies.Testing;

/// <summary>One <c>kind: Tests</c> document.</summary>
/// <param name="File">As diagnostics call it.</param>
/// <param name="Tests">In the order written.</param>
/// <param name="Invariants">In the order written.</param>
internal sealed record TestDocument(string File, ImmutableArray<PolicyTest> Tests, ImmutableArray<Invariant> Invariants);
