using IdJagBroker.Policies;
using IdJagBroker.Policies.Yaml;
using IdJagBroker.Upstreams;

namespace IdJagBroker.Revisions;

/// <summary>
/// Whether a revision can decide here: everything that the start would check, so that nothing comes into force at run time with which the broker
/// would not have started. Which key an authorization server reads is no part of it: each replica keeps one of each kind.
/// </summary>
/// <param name="allowLoopbackHttp">Development only.</param>
/// <param name="secrets">What this broker proves itself with at directories.</param>
internal sealed class RevisionCheck(bool allowLoopbackHttp, UpstreamSecrets secrets)
{
    /// <summary>The revision, ready to decide; or all that is wrong, in its place.</summary>
    public PolicyLoad Check(PolicyReading reading)
    {
        var load = PolicyFiles.Parse(reading, allowLoopbackHttp);
        if (load.Snapshot is not { } snapshot) return load;
        var missing = snapshot.Catalog.Idps.Values.Where(idp => idp.GroupDirectory is not null && secrets.Find(idp.Alias) is null)
            .OrderBy(idp => idp.Alias, StringComparer.Ordinal).Select(idp => new PolicyDiagnostic(
                PolicySeverity.Error, PolicyDiagnosticCode.DirectorySecretMissing, reading.Label, 0, 0, 0,
                $"the group directory of '{idp.Alias}' needs Upstreams:{idp.Alias}:Secret or Upstreams:{idp.Alias}:SecretFile in this broker's configuration", null)).ToList();
        return missing.Count is 0 ? load : new PolicyLoad(null, [.. load.Diagnostics, .. missing]);
    }

    /// <summary>The same of files that are in the database.</summary>
    public PolicyLoad Check(IReadOnlyList<PolicySource> sources) => Check(new PolicyReading("policy", sources, new PolicyDiagnostics()));
}
