using System.IO.Compression;
using System.Text;
using IdJagBroker.Audit.Exports;
using IdJagBroker.Audit.Proof;
using IdJagBroker.Tests.Storage;

namespace IdJagBroker.Tests.Audit.Exports;

/// <summary>An export of a log in a database: what it has, and that an interruption does not change it.</summary>
public sealed class ExportWorkTests(BrokerPostgres postgres)
{
    [Fact]
    public async Task Has_every_line_as_the_log_has_it_and_verifies()
    {
        await using var log = await ExportBench.StartAsync(postgres);
        var directory = log.NewDirectory();
        var result = await log.ExportAsync(directory);

        Assert.Equal((0, log.Size, log.Size, log.Size), (result!.Order.From, result.Order.To, result.Order.CheckpointSize, result.Manifest!.Events));
        Assert.Equal((await log.Log.LogAsync(600)).Where(e => e.Seq < log.Size).Select(e => e.Line), Lines(directory, "events"));
        Assert.True(log.Verify(directory).IsGood);
        Assert.Equal(new ExportFolder(directory).Files().Sum(file => file.Length), result.Bytes);
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(directory, "manifest.json")))), result.Sha256);
    }

    [Fact]
    public async Task By_a_filter_has_what_it_takes_and_the_keys_besides()
    {
        await using var log = await ExportBench.StartAsync(postgres);
        var all = (await log.Log.LogAsync(600)).Where(e => e.Seq < log.Size).ToList();
        foreach (var (filter, takes) in new (ExportFilter, Func<string, bool>)[]
        {
            (new() { Type = ["log.checkpoint"] }, line => line.Contains("\"type\":\"log.checkpoint\"")),
            (new() { Type = ["key.*", "nothing"] }, line => line.Contains("\"type\":\"key.")),
            (new() { Client = ["agent"], Outcome = ["ok"] }, line => line.Contains("\"client\":\"agent\"")),
            (new() { Resource = ["https://mcp.example"], Outcome = ["denied"] }, _ => false),
            (new() { Subject = ["nobody"] }, _ => false),
        })
        {
            var directory = log.NewDirectory();
            var result = await log.ExportAsync(directory, filter);
            Assert.Equal(all.Select(e => e.Line).Where(takes), Lines(directory, "events"));
            Assert.Equal(all.Select(e => e.Line).Where(line => line.Contains("\"type\":\"key.") && !takes(line)), Lines(directory, "context"));
            Assert.Equal(Encoding.UTF8.GetString(CanonicalJson.Canonicalize(Encoding.UTF8.GetBytes(filter.ToJson().ToJsonString()))), result!.Manifest!.Filter);
            Assert.Empty(log.Verify(directory).Findings);
        }
    }

    [Fact]
    public async Task Between_two_times_has_all_of_them_and_shows_that_none_is_missing()
    {
        await using var log = await ExportBench.StartAsync(postgres);
        var all = (await log.Log.LogAsync(600)).Where(e => e.Seq < log.Size).ToList();
        var times = all.Select(e => e.RecordedAt).Distinct().ToList();
        var filter = new ExportFilter { From = times[times.Count / 3], To = times[times.Count * 2 / 3] };
        var directory = log.NewDirectory();
        var result = await log.ExportAsync(directory, filter);

        var wanted = all.Where(e => e.RecordedAt >= filter.From && e.RecordedAt < filter.To).ToList();
        Assert.NotEmpty(wanted);
        Assert.Equal(wanted.Select(e => e.Line), Lines(directory, "events"));
        Assert.Equal((wanted[0].Seq, wanted[^1].Seq + 1, null), (result!.Order.From, result.Order.To, result.Manifest!.Filter));
        Assert.True(log.Verify(directory).IsGood);

        foreach (var border in new[] { wanted[0].Seq, wanted[^1].Seq, wanted[0].Seq - 1, wanted[^1].Seq + 1 })
        {
            await log.ExecuteAsync($"delete from audit_event where seq = {border}");
            var damaged = log.NewDirectory();
            await log.ExportAsync(damaged, filter);
            var isInside = border >= wanted[0].Seq && border <= wanted[^1].Seq;
            if (isInside) Assert.Contains(log.Verify(damaged).Findings, finding => finding.Seq == border);
            await log.RestoreAsync();
        }
    }

    [Fact]
    public async Task Goes_on_after_an_interruption_and_is_the_same_to_the_byte()
    {
        await using var log = await ExportBench.StartAsync(postgres);
        var (whole, broken) = (log.NewDirectory(), log.NewDirectory());
        var clock = new IdJagBroker.Shared.ManualClock();
        await log.ExportAsync(whole, clock: clock);

        var interruptions = 0;
        foreach (var after in new long[] { 100, 200, 250, 400, log.Size })
        {
            await Assert.ThrowsAsync<OperationCanceledException>(() => log.ExportAsync(broken, clock: clock, progress: (_, seq, _) =>
                seq >= after ? throw new OperationCanceledException() : Task.CompletedTask));
            Assert.False(new ExportFolder(broken).IsWhole);
            interruptions++;
            await log.Log.Inbox.AppendAsync(IdJagBroker.Tests.Audit.Sequencing.LogBench.Event(), []);
        }
        Assert.Equal(5, interruptions);
        Assert.True(File.Exists(Path.Combine(broken, "events-00003.ndjson.gz")));
        var kept = File.GetLastWriteTimeUtc(Path.Combine(broken, "events-00001.ndjson.gz"));
        clock.Advance(TimeSpan.FromHours(1));
        Assert.NotNull((await log.ExportAsync(broken, clock: clock))!.Manifest);

        Assert.Equal(kept, File.GetLastWriteTimeUtc(Path.Combine(broken, "events-00001.ndjson.gz")));
        Assert.Equal(Content(whole), Content(broken));
        Assert.True(log.Verify(broken).IsGood);
    }

    [Fact]
    public async Task What_was_found_before_an_interruption_is_not_forgotten()
    {
        await using var log = await ExportBench.StartAsync(postgres);
        await log.ExecuteAsync("update audit_event set client = 'other' where seq = 50");
        var directory = log.NewDirectory();
        await Assert.ThrowsAsync<OperationCanceledException>(() => log.ExportAsync(directory, progress: (_, seq, _) => seq >= 300 ? throw new OperationCanceledException() : Task.CompletedTask));
        await log.RestoreAsync();

        var finding = Assert.Single((await log.ExportAsync(directory))!.Findings);
        Assert.Equal((50, "Event 50 is not what its columns say: client."), (finding.Seq, finding.Sentence));
    }

    [Fact]
    public async Task Is_not_begun_before_there_is_a_checkpoint()
    {
        await using var log = await ExportBench.StartAsync(postgres);
        await log.ExecuteAsync("delete from audit_checkpoint");
        Assert.Null(await log.ExportAsync(log.NewDirectory()));
    }

    [Fact]
    public async Task Gives_up_on_a_log_in_which_nothing_is_right()
    {
        await using var log = await ExportBench.StartAsync(postgres);
        await log.ExecuteAsync("update audit_event set outcome = 'denied'");
        var result = await log.ExportAsync(log.NewDirectory());
        Assert.Null(result!.Manifest);
        Assert.Equal(ExportWork.MaxFindings, result.Findings.Count);
    }

    [Fact]
    public async Task Gives_files_of_its_own_and_no_others()
    {
        await using var log = await ExportBench.StartAsync(postgres);
        var (one, other) = (log.NewDirectory(), log.NewDirectory());
        await log.ExportAsync(one);
        await log.ExportAsync(other);
        var folder = new ExportFolder(one);
        await using (var manifest = folder.Open("manifest.json")) Assert.NotNull(manifest);
        foreach (var name in new[] { $"../{Path.GetFileName(other)}/manifest.json", $"policies/../../{Path.GetFileName(other)}/manifest.json", Path.Combine(other, "manifest.json"), ".hidden", "", "a\\b", "nothing" })
            Assert.Null(folder.Open(name));
    }

    // But for the signature, which is another each time, of the same manifest.
    private static IReadOnlyList<(string, string)> Content(string directory) =>
        [.. new ExportFolder(directory).Files().Where(file => file.Name is not BundleFiles.Signature).Select(file => (new ExportFolder(directory).NameOf(file), Convert.ToHexString(File.ReadAllBytes(file.FullName))))];

    private static IReadOnlyList<string> Lines(string directory, string kind) =>
        [.. Directory.GetFiles(directory, kind + "-*").Order(StringComparer.Ordinal).SelectMany(path =>
        {
            using var reader = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
            return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        })];
}
