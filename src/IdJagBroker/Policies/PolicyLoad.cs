using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies;

/// <summary>The texts of a policy, not understood yet.</summary>
/// <param name="Label">What its author calls the whole, such as the directory.</param>
/// <param name="Sources">The files that could be read.</param>
/// <param name="Problems">What is wrong with the others.</param>
internal sealed record PolicyReading(string Label, IReadOnlyList<PolicySource> Sources, PolicyDiagnostics Problems);

/// <summary>What reading a directory gave.</summary>
/// <param name="Snapshot">Null if there is any error: half a policy is never loaded.</param>
/// <param name="Diagnostics">Errors and warnings of all files, in the order of file, line and column.</param>
internal sealed record PolicyLoad(PolicySnapshot? Snapshot, IReadOnlyList<PolicyDiagnostic> Diagnostics);
