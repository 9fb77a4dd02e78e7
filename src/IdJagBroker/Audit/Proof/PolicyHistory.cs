using System.Text;
using System.Text.Unicode;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Audit.Proof;

/// <summary>Which revisions of the policy were in force, by the log's own <c>policy.activated</c> events, and whether the bundle's files are theirs.</summary>
internal sealed class PolicyHistory
{
    private readonly string _bundle;
    private readonly Dictionary<string, long> _since = [];
    private readonly HashSet<string> _named = [];
    private readonly Dictionary<string, long>.AlternateLookup<ReadOnlySpan<char>> _sinceLookup;
    private (byte[] Revision, long Since) _last = ([], long.MaxValue);

    public PolicyHistory(string bundle)
    {
        _bundle = bundle;
        _sinceLookup = _since.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>Takes note of an event, if it brings a revision in.</summary>
    public void Note(in LineMembers read)
    {
        if (!read.Type.SequenceEqual("policy.activated"u8)) return;     // what was published or approved does not decide yet
        var revision = Encoding.UTF8.GetString(read.PolicyRevision);
        if (BundleFiles.IsRevision(revision)) _since[revision] = Math.Min(read.Seq, _since.GetValueOrDefault(revision, long.MaxValue));
    }

    /// <summary>What is wrong with the revision that an event names, or null. Of its files it is said once.</summary>
    public string? Fault(in LineMembers read)
    {
        if (read.PolicyRevision.IsEmpty || IsOfPolicy(read)) return null;
        if (read.Seq > _last.Since && read.PolicyRevision.SequenceEqual(_last.Revision)) return null;       // nearly always the one before
        Span<char> revision = stackalloc char[71];
        if (read.PolicyRevision.Length is not 71 || Encoding.UTF8.GetChars(read.PolicyRevision, revision) is not 71 || !BundleFiles.IsRevision(revision))
            return "names a policy that is no revision";
        if (!_sinceLookup.TryGetValue(revision, out var since) || since >= read.Seq) return $"was decided by the policy {revision}, which no event before it brings in";
        _last = (read.PolicyRevision.ToArray(), since);
        return _named.Add(revision.ToString()) ? FilesFault(revision.ToString()) : null;
    }

    private static bool IsOfPolicy(in LineMembers read) => read.Type.StartsWith("policy."u8);

    private string? FilesFault(string revision)
    {
        var folder = BundleFiles.PolicyOf(revision);
        try
        {
            var root = Path.Combine(_bundle, folder);
            if (!Directory.Exists(root)) return $"was decided by the policy {revision}, whose files are missing";
            var sources = new List<PolicySource>();
            foreach (var path in Directory.EnumerateFiles(root, "*", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 8, AttributesToSkip = 0 }))
            {
                if (sources.Count >= PolicyFiles.MaxFiles) return $"was decided by the policy {revision}, which has too many files";
                var name = Path.GetRelativePath(root, path).Replace(Path.DirectorySeparatorChar, '/');
                if (BundleFiles.Read(_bundle, $"{folder}/{name}", PolicySource.MaxBytes, out var fault) is not { } bytes) return $"was decided by the policy {revision}: {fault.TrimEnd('.')}";
                if (!Utf8.IsValid(bytes)) return $"was decided by the policy {revision}: {name} is not UTF-8";
                sources.Add(new PolicySource(name, name, Encoding.UTF8.GetString(bytes)));
            }
            return PolicyRevision.Of(sources) == revision ? null : $"was decided by the policy {revision}, and the files in {folder} are other ones";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"was decided by the policy {revision}, whose files cannot be read";
        }
    }
}
