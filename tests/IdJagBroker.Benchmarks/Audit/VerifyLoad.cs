using System.Diagnostics;
using System.Globalization;
using IdJagBroker.Audit.Proof;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Yaml;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Tests.Audit.Proof;

namespace IdJagBroker.Benchmarks.Audit;

/// <summary>
/// <c>verify [events]</c>: writes a bundle of that many issuances in a temporary directory, and measures what it costs to verify all of it,
/// and to prove one event.
/// </summary>
internal static class VerifyLoad
{
    private static readonly PolicySource[] Policy = [new("catalog.yaml", "catalog.yaml", "issuer: a\n")];

    public static async Task PrintAsync(long events)
    {
        using var logSigner = InProcessSigningKey.CreateEs256();
        using var exportSigner = InProcessSigningKey.CreateEs256();
        var (logKey, exportKey) = (LogKey.Of(logSigner.PublicKey, SampleEvents.Origin), LogKey.Of(exportSigner.PublicKey));
        byte[] Line(long seq) => seq switch
        {
            0 => SampleEvents.Step(seq, SampleEvents.TimeOf(seq), "key.activated", logKey.Kid, purpose: "audit_checkpoint"),
            1 => SampleEvents.Step(seq, SampleEvents.TimeOf(seq), "key.activated", "kid-1", purpose: "id_jag"),
            2 => SampleEvents.Step(seq, SampleEvents.TimeOf(seq), "policy.activated", revision: PolicyRevision.Of(Policy)),
            _ => SampleEvents.Issued(seq, "kid-1", PolicyRevision.Of(Policy)),
        };

        var tree = new TreeBuilder();
        var tiles = new Dictionary<TileId, ReadOnlyMemory<byte>>();
        for (var seq = 0L; seq < events; seq++)
        {
            tree.Append(TreeHash.Leaf(Line(seq)));
            foreach (var tile in tree.TakeFullTiles()) tiles[tile.Id] = tile.Hashes;
        }
        foreach (var tile in tree.PartialTiles()) tiles[tile.Id] = tile.Hashes;
        var checkpoint = new Checkpoint(SampleEvents.Origin, events, tree.Root(), SampleEvents.TimeOf(events - 1));

        var directory = Directory.CreateTempSubdirectory("idjag-verify").FullName;
        try
        {
            var writer = new BundleWriter(directory, checkpoint, await checkpoint.SignAsync(logSigner, default), (tile, _) => ValueTask.FromResult<ReadOnlyMemory<byte>?>(tiles[tile]));
            await writer.WriteAsync(BundlePartKind.Events, Export(events, Line), default);
            await writer.WritePolicyAsync(PolicyRevision.Of(Policy), Policy, default);
            var manifest = await writer.FinishAsync(0, events, null, new Dictionary<long, string>(), SampleEvents.TimeOf(events), exportSigner, default);
            tiles.Clear();
            GC.Collect();

            var (cpu, clock) = (Environment.CpuUsage.TotalTime, Stopwatch.StartNew());
            var report = new BundleVerifier([logKey], [exportKey], null).Verify(directory);
            cpu = Environment.CpuUsage.TotalTime - cpu;
            Print($"{report.Events:N0} events of {manifest.Parts.Sum(part => part.RawBytes) / events} B, {manifest.Parts.Sum(part => part.Bytes) / events} B packed; {report.Findings.Count} findings");
            Print($"verify all         {cpu.TotalSeconds:F2} s CPU, {cpu.TotalMicroseconds / events:F2} µs an event; {clock.Elapsed.TotalSeconds:F1} s by the clock; heap {GC.GetTotalMemory(false) / 1024 / 1024} MiB");

            var (proof, line) = BundleProver.Prove(directory, (events / 2).ToString(CultureInfo.InvariantCulture), [logKey], out _)!.Value;
            CpuTime.Measure("leaf hash", () => TreeHash.Leaf(line));
            CpuTime.Measure("node hash", () => TreeHash.Node(checkpoint.Root, checkpoint.Root));
            CpuTime.Measure("read a line", () => LineMembers.TryRead(line, out _, out _));
            CpuTime.Measure("verify one proof", () => proof.TryVerify(TreeHash.Leaf(line), [logKey], null, out _, out _));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async IAsyncEnumerable<ExportedEvent> Export(long events, Func<long, byte[]> line)
    {
        await Task.CompletedTask;
        for (var seq = 0L; seq < events; seq++) yield return new ExportedEvent(seq, line(seq));
    }

    private static void Print(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
