using IdJagBroker.Audit.Proof;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Yaml;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Tests.Audit.Proof;

/// <summary>A log in memory, with keys, policies and checkpoints, and exports of it in a directory of its own.</summary>
internal sealed class TestLog : IDisposable
{
    public static readonly IReadOnlyList<PolicySource> FirstPolicy = [new("catalog.yaml", "catalog.yaml", "issuer: a\n"), new("rules/chat.yaml", "chat.yaml", "rules: []\n")];
    public static readonly IReadOnlyList<PolicySource> SecondPolicy = [FirstPolicy[0], new("rules/chat.yaml", "chat.yaml", "rules: [x]\n")];

    private readonly Dictionary<TileId, ReadOnlyMemory<byte>> _tiles = [];
    private readonly TreeBuilder _tree = new();

    public InProcessSigningKey LogSigner { get; } = InProcessSigningKey.CreateEs256();

    public InProcessSigningKey ExportSigner { get; } = InProcessSigningKey.CreateEs256();

    public LogKey LogKey => LogKey.Of(LogSigner.PublicKey, SampleEvents.Origin);

    public LogKey ExportKey => LogKey.Of(ExportSigner.PublicKey);

    public List<byte[]> Lines { get; } = [];

    public Dictionary<long, string> Earlier { get; } = [];

    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("idjag-bundle").FullName;

    public long Size => _tree.Size;

    public static string RevisionOf(IReadOnlyList<PolicySource> policy) => PolicyRevision.Of(policy);

    /// <summary>A log of so many events in which a key and a policy give way to others half-way, with three earlier checkpoints.</summary>
    public static async Task<TestLog> WithAsync(int events)
    {
        var log = new TestLog();
        log.Step("key.activated", log.LogKey.Kid, purpose: "audit_checkpoint");
        log.Step("key.activated", "kid-1", purpose: "id_jag");
        log.Step("policy.activated", revision: RevisionOf(FirstPolicy));
        while (log.Size < events / 2) log.Issue("kid-1", RevisionOf(FirstPolicy));
        await log.KeepCheckpointAsync();
        log.Step("key.activated", "kid-2", purpose: "id_jag");
        log.Step("key.retired", "kid-1", purpose: "id_jag");
        log.Step("policy.activated", revision: RevisionOf(SecondPolicy));
        while (log.Size < events)
        {
            if (log.Size == events * 3 / 4 || log.Size == events - 1) await log.KeepCheckpointAsync();
            log.Issue("kid-2", RevisionOf(SecondPolicy));
        }
        return log;
    }

    public void Issue(string kid, string revision) => Append(SampleEvents.Issued(Size, kid, revision));

    public void Step(string type, string? kid = null, string? revision = null, string? purpose = null, DateTimeOffset? at = null) =>
        Append(SampleEvents.Step(Size, at ?? SampleEvents.TimeOf(Size), type, kid, revision, purpose));

    public void Append(byte[] line)
    {
        Lines.Add(line);
        _tree.Append(TreeHash.Leaf(line));
        foreach (var tile in _tree.TakeFullTiles()) _tiles[tile.Id] = tile.Hashes;
    }

    public Checkpoint Checkpoint() => new(SampleEvents.Origin, Size, _tree.Root(), Size is 0 ? null : SampleEvents.TimeOf(Size - 1));

    public async Task KeepCheckpointAsync() => Earlier[Size] = await Checkpoint().SignAsync(LogSigner, default);

    public ValueTask<ReadOnlyMemory<byte>?> ReadTile(TileId tile, CancellationToken ct) =>
        ValueTask.FromResult(_tiles.TryGetValue(tile, out var full) ? full : _tree.PartialTiles().FirstOrDefault(partial => partial.Id == tile)?.Hashes);

    public async Task<BundleWriter> WriterAsync(int eventsPerPart = 200) =>
        new(Directory, Checkpoint(), await Checkpoint().SignAsync(LogSigner, default), ReadTile, eventsPerPart);

    /// <summary>Exports what the filter takes of a range; keys and policies that it leaves out are context.</summary>
    public async Task<BundleManifest> ExportAsync(long from = 0, long? to = null, string? filter = null, Func<long, bool>? takes = null, int eventsPerPart = 200)
    {
        var writer = await WriterAsync(eventsPerPart);
        bool Chosen(long seq) => seq >= from && seq < (to ?? Size) && (takes is null || takes(seq));
        bool IsContext(long seq) => !Chosen(seq) && System.Text.Encoding.UTF8.GetString(Lines[(int)seq]) is var line && (line.Contains("\"key.", StringComparison.Ordinal) || line.Contains("\"policy.", StringComparison.Ordinal));
        await writer.WriteAsync(BundlePartKind.Context, Events(IsContext), default);
        await writer.WriteAsync(BundlePartKind.Events, Events(Chosen), default);
        foreach (var policy in new[] { FirstPolicy, SecondPolicy }) await writer.WritePolicyAsync(RevisionOf(policy), policy, default);
        return await writer.FinishAsync(from, to ?? Size, filter, Earlier, SampleEvents.TimeOf(Size), ExportSigner, default);
    }

    public async IAsyncEnumerable<ExportedEvent> Events(Func<long, bool> which)
    {
        await Task.Yield();
        for (var seq = 0; seq < Lines.Count; seq++)
            if (which(seq)) yield return new ExportedEvent(seq, Lines[seq]);
    }

    public BundleReport Verify(VerifiedCheckpoint? since = null) => new BundleVerifier([LogKey], [ExportKey], since).Verify(Directory);

    public void Dispose()
    {
        System.IO.Directory.Delete(Directory, recursive: true);
        LogSigner.Dispose();
        ExportSigner.Dispose();
    }
}
