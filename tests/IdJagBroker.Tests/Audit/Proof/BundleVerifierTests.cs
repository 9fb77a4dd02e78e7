using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using IdJagBroker.Audit.Proof;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Tests.Audit.Proof;

public sealed class BundleVerifierTests
{
    private static readonly string First = TestLog.RevisionOf(TestLog.FirstPolicy);
    private static readonly string Second = TestLog.RevisionOf(TestLog.SecondPolicy);

    [Fact]
    public async Task A_whole_log_is_good()
    {
        using var log = await TestLog.WithAsync(1_000);
        await log.ExportAsync();
        var report = log.Verify();
        Assert.Empty(report.Findings);
        Assert.Equal(1_000, report.Events);
        Assert.Equal(log.Checkpoint(), report.Checkpoint);
        Assert.Equal(5, Directory.GetFiles(log.Directory, "events-*.ndjson.gz").Length);
    }

    [Theory]
    [InlineData(0, 1_000, 97)]
    [InlineData(300, 900, 1)]
    [InlineData(512, 513, 1)]
    [InlineData(600, 600, 1)]
    [InlineData(999, 1_000, 1)]
    public async Task A_part_of_it_is_good_with_the_keys_and_policies_beside_it(long from, long to, int every)
    {
        using var log = await TestLog.WithAsync(1_000);
        await log.ExportAsync(from, to, every is 1 ? null : """{"outcome":"ok"}""", seq => seq % every is 0);
        var report = log.Verify();
        Assert.Empty(report.Findings);
        Assert.Equal(Enumerable.Range((int)from, (int)(to - from)).Count(seq => seq % every is 0), report.Events);
    }

    [Fact]
    public async Task An_empty_log_is_good()
    {
        using var log = new TestLog();
        await log.ExportAsync();
        // Its checkpoint's key cannot be in it yet, and that is said.
        Assert.Equal(FindingKind.Key, Assert.Single(log.Verify().Findings).Kind);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(256)]
    [InlineData(500)]
    [InlineData(777)]
    [InlineData(1_000)]
    public async Task The_log_has_grown_from_a_checkpoint_that_was_kept(int size)
    {
        using var log = await TestLog.WithAsync(1_000);
        await log.ExportAsync();
        Assert.Empty(log.Verify(await KeptAsync(log, size)).Findings);
        Assert.Equal(FindingKind.Inconsistent, Assert.Single(log.Verify(await KeptAsync(log, size, changed: true)).Findings).Kind);
    }

    [Fact]
    public async Task A_log_that_was_cut_after_a_checkpoint_is_found()
    {
        using var log = await TestLog.WithAsync(1_000);
        var kept = await KeptAsync(log, 1_000);
        await log.ExportAsync();
        log.Issue("kid-2", Second);
        var later = new VerifiedCheckpoint(log.Checkpoint(), "", [log.LogKey]);

        Assert.Empty(log.Verify(kept).Findings);
        var finding = Assert.Single(log.Verify(later).Findings);
        Assert.Equal((FindingKind.Inconsistent, 1_000), (finding.Kind, finding.Seq));
        Assert.Contains("cut", finding.Sentence);
        Assert.Contains("of the log 'other'", Assert.Single(log.Verify(kept with { Checkpoint = kept.Checkpoint with { Origin = "other" } }).Findings).Sentence);
    }

    [Fact]
    public async Task A_part_of_the_log_can_be_compared_with_a_checkpoint_at_its_beginning_and_says_if_not()
    {
        using var log = await TestLog.WithAsync(3_000);
        await log.ExportAsync(from: 900);
        Assert.Empty(log.Verify(await KeptAsync(log, 900)).Findings);
        Assert.Equal(FindingKind.Inconsistent, Assert.Single(log.Verify(await KeptAsync(log, 900, changed: true)).Findings).Kind);
        Assert.Contains(log.Verify(await KeptAsync(log, 400)).Findings, finding => finding.Kind is FindingKind.Inconsistent && finding.Sentence.Contains("Export from event 399", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_forged_checkpoint_is_found()
    {
        using var log = await TestLog.WithAsync(600);
        await log.ExportAsync();
        using var stranger = InProcessSigningKey.CreateEs256();

        await PutAsync(log, BundleFiles.Checkpoint, await log.Checkpoint().SignAsync(stranger, default));
        Assert.Equal((FindingKind.Checkpoint, BundleFiles.Checkpoint), Assert.Single(log.Verify().Findings) is var one ? (one.Kind, one.File) : default);

        await PutAsync(log, BundleFiles.Checkpoint, await (log.Checkpoint() with { Root = TreeHash.Leaf("x"u8) }).SignAsync(log.LogSigner, default));
        Assert.Contains(log.Verify().Findings, finding => finding.Kind is FindingKind.Tile && finding.Sentence.Contains("do not lead to the root", StringComparison.Ordinal));
        Assert.Contains(log.Verify().Findings, finding => finding.Kind is FindingKind.Inconsistent);

        await PutAsync(log, BundleFiles.Checkpoint, await (log.Checkpoint() with { Origin = "other.example/audit" }).SignAsync(log.LogSigner, default));
        Assert.Contains("not of", Assert.Single(log.Verify().Findings).Sentence);

        await PutAsync(log, BundleFiles.Checkpoint, log.Earlier[300]);
        Assert.Contains(log.Verify().Findings, finding => finding.Kind is FindingKind.Manifest);
        File.Delete(log.PathOf(BundleFiles.Checkpoint));
        Assert.Contains("missing", Assert.Single(log.Verify().Findings).Sentence);
    }

    [Fact]
    public async Task An_earlier_checkpoint_that_is_not_the_beginning_is_found()
    {
        using var log = await TestLog.WithAsync(600);
        await log.ExportAsync();
        var name = BundleFiles.CheckpointOf(300);

        await PutAsync(log, name, await new Checkpoint(SampleEvents.Origin, 300, TreeHash.Leaf("x"u8), SampleEvents.TimeOf(299)).SignAsync(log.LogSigner, default));
        Found(log, FindingKind.Inconsistent, name);
        await PutAsync(log, name, log.Earlier[450]);
        Found(log, FindingKind.Checkpoint, name);
        Assert.True(SignedNote.TryParse(Encoding.UTF8.GetBytes(log.Earlier[300]), out var note));
        Assert.True(Checkpoint.TryParse(note.Text, out var old));
        await PutAsync(log, name, await (old with { RecordedAt = SampleEvents.TimeOf(9_999) }).SignAsync(log.LogSigner, default));
        Found(log, FindingKind.Clock, name);
        using var stranger = InProcessSigningKey.CreateEs256();
        await PutAsync(log, name, await old.SignAsync(stranger, default));
        Found(log, FindingKind.Checkpoint, name);
        await PutAsync(log, name, log.Earlier[300]);
        Assert.Empty(log.Verify().Findings);

        await PutAsync(log, BundleFiles.ConsistencyOf(300), File.ReadAllText(log.PathOf(BundleFiles.ConsistencyOf(450))));
        Found(log, FindingKind.Inconsistent, name);
        await PutAsync(log, BundleFiles.ConsistencyOf(300), "x\n");
        Found(log, FindingKind.Inconsistent, BundleFiles.ConsistencyOf(300));
    }

    [Fact]
    public async Task A_missing_tile_is_found_and_says_what_it_leaves_unproved()
    {
        using var log = await TestLog.WithAsync(700);
        await log.ExportAsync();
        File.Delete(log.PathOf("tile/0/001"));
        var finding = Assert.Single(log.Verify().Findings);
        Assert.Equal((FindingKind.Tile, "tile/0/001", 256), (finding.Kind, finding.File, finding.Seq));
        Assert.Contains("events 256 to 511", finding.Sentence);
        Assert.Equal(700 - 256, log.Verify().Events);
    }

    [Fact]
    public async Task A_clock_that_goes_backwards_is_found()
    {
        using var log = await TestLog.WithAsync(300);
        log.Step("log.note", at: SampleEvents.TimeOf(200));
        log.Issue("kid-2", Second);
        await log.ExportAsync();
        Assert.Equal((FindingKind.Clock, 300), Assert.Single(log.Verify().Findings) is var one ? (one.Kind, one.Seq) : default);
    }

    [Fact]
    public async Task An_event_later_than_its_checkpoint_is_found()
    {
        using var log = await TestLog.WithAsync(300);
        log.Step("log.note", at: SampleEvents.TimeOf(400));
        await log.ExportAsync();
        Assert.Equal((FindingKind.Clock, 300), Assert.Single(log.Verify().Findings) is var one ? (one.Kind, one.Seq) : default);
    }

    [Fact]
    public async Task A_policy_must_have_been_brought_in_before_it_decides()
    {
        using var log = await TestLog.WithAsync(300);
        string Revision(char c) => "sha256:" + new string(c, 64);
        log.Issue("kid-2", Revision('a'));                                     // 300: never brought in
        log.Step("policy.rejected", revision: Revision('b'));
        log.Issue("kid-2", Revision('b'));                                     // 302: rejected, which is no bringing in
        log.Step("policy.reload_failed", revision: Revision('c'));
        log.Issue("kid-2", Revision('c'));                                     // 304: nor is that
        log.Step("policy.published", revision: Revision('e'));
        log.Step("policy.approved", revision: Revision('e'));
        log.Issue("kid-2", Revision('e'));                                     // 307: it waits for a replica to take it
        log.Issue("kid-2", Revision('d'));                                     // 308: too early
        log.Step("policy.activated", revision: Revision('d'));
        log.Issue("kid-2", "sha256:x");                                        // 310: no revision
        log.Issue("kid-2", Revision('a'));                                     // 311: said already
        await log.ExportAsync();
        var findings = log.Verify().Findings;
        Assert.Equal([300, 302, 304, 307, 308, 310], findings.Select(finding => finding.Kind is FindingKind.Policy ? finding.Seq : null));
        Assert.All(findings.Take(5), finding => Assert.Contains("which no event before it brings in", finding.Sentence));
    }

    [Fact]
    public async Task The_files_of_a_policy_must_be_its_own()
    {
        using var log = await TestLog.WithAsync(300);
        await log.ExportAsync();
        var file = $"{BundleFiles.PolicyOf(First)}/rules/chat.yaml";

        await PutAsync(log, file, "rules: [all]\n");
        var finding = Assert.Single(log.Verify().Findings);
        Assert.Equal((FindingKind.Policy, 3), (finding.Kind, finding.Seq));
        await PutAsync(log, file, "rules: []\n");
        Assert.Empty(log.Verify().Findings);
        await PutAsync(log, $"{BundleFiles.PolicyOf(First)}/more.yaml", "rules: []\n");
        Assert.Equal(FindingKind.Policy, Assert.Single(log.Verify().Findings).Kind);
        await File.WriteAllBytesAsync(log.PathOf(file), [0xff]);
        Assert.Contains("not UTF-8", Assert.Single(log.Verify().Findings).Sentence);
        File.Delete(log.PathOf(file));
        File.CreateSymbolicLink(log.PathOf(file), "/etc/hostname");
        Assert.Contains("is a link", Assert.Single(log.Verify().Findings).Sentence);
        Directory.Delete(log.PathOf(BundleFiles.PolicyOf(First)), recursive: true);
        Assert.Contains("missing", Assert.Single(log.Verify().Findings).Sentence);
    }

    [Fact]
    public async Task A_key_must_have_been_active_when_it_signed()
    {
        using var log = await TestLog.WithAsync(300);
        log.Issue("kid-3", Second);                                            // 300: unknown
        log.Step("key.activated", "kid-3", purpose: "id_jag");
        log.Step("key.activated", "kid-4", purpose: "id_token");
        log.Issue("kid-4", Second);                                            // 303: another purpose
        while (log.Size < 700) log.Issue("kid-3", Second);
        log.Step("key.revoked", "kid-2", purpose: "id_jag");                   // 700, at 70.0 s
        while (log.Size < 1_299) log.Issue("kid-3", Second);
        log.Issue("kid-2", Second);                                            // 1299: within the minute
        log.Issue("kid-2", Second);                                            // 1300: at its end
        log.Issue("kid-2", Second);                                            // 1301: later
        log.Append(SampleEvents.Step(log.Size, SampleEvents.TimeOf(log.Size), "idjag.issued", kid: null, Second));      // 1302: none
        await log.ExportAsync();
        Assert.Equal([300, 303, 1_301, 1_302], log.Verify().Findings.Select(finding => finding.Kind is FindingKind.Key ? finding.Seq : null));
        // The same from the context alone.
        Directory.Delete(log.Directory, recursive: true);
        await log.ExportAsync(filter: """{"type":"idjag.issued"}""", takes: seq => seq is 300 or 303 or 1_299 or 1_300 or 1_301 or 1_302);
        Assert.Equal([300, 303, 1_301, 1_302], log.Verify().Findings.Select(finding => finding.Kind is FindingKind.Key ? finding.Seq : null));
    }

    [Fact]
    public async Task A_checkpoints_key_must_have_been_active_too()
    {
        using var log = new TestLog();
        log.Step("key.activated", log.LogKey.Kid, purpose: "id_jag");
        await log.ExportAsync();
        Assert.Contains("for 'id_jag'", Assert.Single(log.Verify().Findings).Sentence);

        using var retired = await TestLog.WithAsync(300);
        retired.Step("key.retired", retired.LogKey.Kid, purpose: "audit_checkpoint");
        while (retired.Size < 1_000) retired.Issue("kid-2", Second);
        await retired.ExportAsync();
        var finding = Assert.Single(retired.Verify().Findings);
        Assert.Equal(FindingKind.Key, finding.Kind);
        Assert.Contains("The checkpoint of 1000 events", finding.Sentence);
    }

    [Fact]
    public async Task A_swapped_key_is_found()
    {
        using var log = await TestLog.WithAsync(300);
        await log.ExportAsync();
        using var other = InProcessSigningKey.CreateEs256();
        Assert.Equal(FindingKind.Checkpoint, Assert.Single(new BundleVerifier([LogKey.Of(other.PublicKey)], [log.ExportKey], null).Verify(log.Directory).Findings).Kind);
        Assert.Equal(FindingKind.Manifest, Assert.Single(new BundleVerifier([log.LogKey], [LogKey.Of(other.PublicKey)], null).Verify(log.Directory).Findings).Kind);
        // The token's key instead of the log's: what a thief of that key could try.
        Assert.Equal(FindingKind.Manifest, Assert.Single(new BundleVerifier([log.LogKey], [log.LogKey], null).Verify(log.Directory).Findings).Kind);
    }

    [Fact]
    public async Task A_forged_context_counts_for_nothing()
    {
        using var log = await TestLog.WithAsync(300);
        log.Issue("kid-9", Second);
        await log.ExportAsync(filter: "{}", takes: seq => seq is 300);
        const string context = "context-00001.ndjson.gz";
        var lines = log.ReadPart(context);
        log.WritePart(context, lines.Append(SampleEvents.Step(299, SampleEvents.TimeOf(299), "key.activated", "kid-9", purpose: "id_jag")));
        await log.ResealAsync();
        var findings = log.Verify().Findings;
        Assert.Contains(findings, finding => finding is { Kind: FindingKind.EventChanged, Seq: 299, File: context });
        Assert.Contains(findings, finding => finding is { Kind: FindingKind.Key, Seq: 300 });
    }

    [Fact]
    public async Task An_event_outside_of_the_range_is_found()
    {
        using var log = await TestLog.WithAsync(600);
        await log.ExportAsync(from: 100, to: 300);
        log.WritePart("events-00001.ndjson.gz", [log.Lines[99], .. log.ReadPart("events-00001.ndjson.gz"), SampleEvents.Issued(600, "kid-1", First)]);
        await log.ResealAsync();
        Assert.Equal([99, 600], log.Verify().Findings.Where(finding => finding.Kind is FindingKind.EventUnexpected).Select(finding => finding.Seq!.Value));
    }

    [Fact]
    public async Task Lines_that_are_no_events_are_found_and_do_not_end_the_reading()
    {
        using var log = await TestLog.WithAsync(20);
        await log.ExportAsync();
        string[] bad =
        [
            "", "x", "[]", "{}", "{", "{}{}", """{"recorded_at":"2026-11-28T08:00:00.000000Z","seq":-1,"type":"a"}""", """{"recorded_at":"now","seq":1,"type":"a"}""",
            """{"recorded_at":"2026-11-28T08:00:00.000000Z","seq":1,"seq":1,"type":"a"}""", """{"type":"a","seq":1,"recorded_at":"2026-11-28T08:00:00.000000Z"}""",
            """{"recorded_at":"2026-11-28T08:00:00.000000Z","seq":1.5,"type":"a"}""", """{"recorded_at":"2026-11-28T08:00:00.000000Z","seq":1,"type":{"type":"a"}}""",
            """{"recorded_at":"2026-11-28T08:00:00.000000Z","\u0073eq":1,"type":"a"}""", new string('[', 100),
        ];
        log.WritePart("events-00001.ndjson.gz", [.. log.Lines[..10], .. bad.Select(Encoding.UTF8.GetBytes), .. log.Lines[10..]]);
        await log.ResealAsync();
        var findings = log.Verify().Findings;
        Assert.Equal(Enumerable.Range(11, bad.Length).Select(line => (long?)line), findings.Select(finding => finding.Kind is FindingKind.Line ? finding.Line : null));
        Assert.Equal(20, log.Verify().Events);
    }

    [Fact]
    public async Task Hostile_archives_and_names_cost_little()
    {
        using var log = await TestLog.WithAsync(300);
        await log.ExportAsync();
        var part = log.PathOf("events-00001.ndjson.gz");

        await using (var bomb = new GZipStream(File.Create(part), CompressionLevel.SmallestSize))
            for (var i = 0; i < 64; i++) await bomb.WriteAsync(new byte[1024 * 1024]);
        Found(log, FindingKind.Part, "events-00001.ndjson.gz", "unpacks to more");
        await log.ResealAsync(manifest => manifest with { Parts = [.. manifest.Parts.Select(p => p with { RawBytes = 1L << 40, Events = 300 })] });
        Found(log, FindingKind.Part, "events-00001.ndjson.gz", "longer than any event");

        File.Delete(part);
        File.CreateSymbolicLink(part, "/dev/zero");
        Found(log, FindingKind.Part, "events-00001.ndjson.gz", "is a link");
        File.Delete(part);
        Found(log, FindingKind.Part, "events-00001.ndjson.gz", "missing");
        await File.WriteAllBytesAsync(part, []);
        Found(log, FindingKind.Part, "events-00001.ndjson.gz", "empty");
        await File.WriteAllBytesAsync(part, RandomNumberGenerator.GetBytes(1_000));
        Found(log, FindingKind.Part, "events-00001.ndjson.gz", "damaged");

        var tiles = log.PathOf("tile");
        Directory.Move(tiles, tiles + "-elsewhere");
        Directory.CreateSymbolicLink(tiles, tiles + "-elsewhere");
        Assert.Contains(log.Verify().Findings, finding => finding.Kind is FindingKind.Tile && finding.Sentence.Contains("is a link", StringComparison.Ordinal));

        var manifest = File.ReadAllText(log.PathOf(BundleFiles.Manifest));
        foreach (var changed in new[]
        {
            manifest.Replace("events-00001.ndjson.gz", "../events-00001.ndjson.gz", StringComparison.Ordinal), manifest.Replace("events-00001", "events-1", StringComparison.Ordinal),
            manifest.Replace("events-00001", "events-00003", StringComparison.Ordinal), manifest.Replace("idjag-export/1", "idjag-export/2", StringComparison.Ordinal),
            manifest.Replace("\"to\":300", "\"to\":301", StringComparison.Ordinal), manifest.Replace("\"from\":0", "\"from\":301", StringComparison.Ordinal), manifest.Replace("{", "{ ", StringComparison.Ordinal),
            manifest.Replace("\"from\":0", "\"from\":\"0\"", StringComparison.Ordinal), "{}", "[]", "x", manifest[..^1],
        })
        {
            Assert.NotEqual(manifest, changed);
            await PutAsync(log, BundleFiles.Manifest, changed);
            Found(log, FindingKind.Manifest, BundleFiles.Manifest, "is none");
        }
    }

    [Fact]
    public async Task More_than_was_exported_is_not_unpacked()
    {
        using var log = await TestLog.WithAsync(5_000);
        await log.ExportAsync(eventsPerPart: 5_000);
        await log.ResealAsync(manifest => manifest with { Parts = [.. manifest.Parts.Select(part => part with { RawBytes = 1 })] });
        Found(log, FindingKind.Part, "events-00001.ndjson.gz", "unpacks to more");
        await log.ResealAsync(manifest => manifest with { Parts = [.. manifest.Parts.Select(part => part with { RawBytes = part.RawBytes + 1 })] });
        Found(log, FindingKind.Part, "events-00001.ndjson.gz", "bytes instead of");
    }

    [Fact]
    public async Task Nothing_that_a_bundle_holds_makes_it_throw()
    {
        using var log = await TestLog.WithAsync(400);
        await log.ExportAsync();
        var files = Directory.GetFiles(log.Directory, "*", SearchOption.AllDirectories);
        foreach (var file in files)
        {
            var bytes = File.ReadAllBytes(file);
            for (var i = 0; i < 12; i++)
            {
                var changed = (byte[])bytes.Clone();
                for (var flips = RandomNumberGenerator.GetInt32(1, 8); flips > 0; flips--) changed[RandomNumberGenerator.GetInt32(bytes.Length)] = (byte)RandomNumberGenerator.GetInt32(256);
                await File.WriteAllBytesAsync(file, i is 0 ? RandomNumberGenerator.GetBytes(bytes.Length) : i is 1 ? [] : changed);
                if (i is 0 or 1) Assert.False(log.Verify().IsGood, file);
                else log.Verify();
            }
            await File.WriteAllBytesAsync(file, bytes);
        }
        Assert.True(log.Verify().IsGood);
    }

    [Fact]
    public async Task It_gives_up_where_nobody_would_read_on()
    {
        using var log = await TestLog.WithAsync(2_000);
        await log.ExportAsync(eventsPerPart: 2_000);
        log.WritePart("events-00001.ndjson.gz", Enumerable.Repeat("{}"u8.ToArray(), 2_000));
        await log.ResealAsync();
        var findings = log.Verify().Findings;
        Assert.Equal(BundleFindings.Max + 1, findings.Count);
        Assert.Equal(FindingKind.GivenUp, findings[^1].Kind);
    }

    private static async Task<VerifiedCheckpoint> KeptAsync(TestLog log, int size, bool changed = false)
    {
        var tree = new TreeBuilder();
        foreach (var line in log.Lines[..size]) tree.Append(TreeHash.Leaf(line));
        var note = await new Checkpoint(SampleEvents.Origin, size, changed ? TreeHash.Leaf("x"u8) : tree.Root(), SampleEvents.TimeOf(size - 1)).SignAsync(log.LogSigner, default);
        Assert.True(VerifiedCheckpoint.TryOpen(Encoding.UTF8.GetBytes(note), [log.LogKey], null, out var kept, out _));
        return kept;
    }

    private static void Found(TestLog log, FindingKind kind, string file, string sentence = "") => Assert.Contains(
        log.Verify().Findings, finding => finding.Kind == kind && finding.File == file && finding.Sentence.Contains(sentence, StringComparison.Ordinal));

    private static Task PutAsync(TestLog log, string name, string text) => File.WriteAllTextAsync(log.PathOf(name), text);
}
