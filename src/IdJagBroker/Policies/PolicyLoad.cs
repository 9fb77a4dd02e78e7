using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies;

/// <summary>What reading a directory gave.</summary>
/// <param name="Snapshot">Null if there is any error: half a policy is never loaded.</param>
/// <param name="Diagnostics">Errors and warnings of all files, in the order of file, line and column.</param>
internal sealed record PolicyLoad(PolicySnapshot? Snapshot, IReadOnlyList<PolicyDiagnostic> Diagnostics);
