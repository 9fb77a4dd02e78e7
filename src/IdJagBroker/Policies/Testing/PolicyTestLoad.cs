using System.Collections.Immutable;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies.Testing;

/// <summary>What reading a directory with its tests gave.</summary>
/// <param name="Snapshot">Null if there is any error, in a test too: half of the tests are never run.</param>
/// <param name="Documents">In the order of the files.</param>
/// <param name="Diagnostics">Errors and warnings of all files.</param>
internal sealed record PolicyTestLoad(PolicySnapshot? Snapshot, ImmutableArray<TestDocument> Documents, IReadOnlyList<PolicyDiagnostic> Diagnostics);
