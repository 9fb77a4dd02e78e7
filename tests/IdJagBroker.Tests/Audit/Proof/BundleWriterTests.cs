using IdJagBroker.Audit.Proof;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Tests.Audit.Proof;

public sealed class BundleWriterTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(199)]
    [InlineData(200)]
    [InlineData(517)]
    [InlineData(999)]
    public async Task Goes_on_where_it_was_interrupted_as_if_nothing_had_been(int interruptedAt)
    {
        using var log = await TestLog.WithAsync(1_000);
        var writer = await log.WriterAsync();
        await Assert.ThrowsAsync<IOException>(() => writer.WriteAsync(BundlePartKind.Events, UntilAsync(log, interruptedAt), default));

        writer = await log.WriterAsync();
        var next = writer.Next(BundlePartKind.Events) ?? 0;
        Assert.Equal(interruptedAt / 200 * 200, next);
        Assert.All(writer.Parts(BundlePartKind.Events), part => Assert.Equal(200, part.Events));
        await writer.WriteAsync(BundlePartKind.Events, log.Events(seq => seq >= next), default);
        await writer.WriteAsync(BundlePartKind.Events, log.Events(seq => seq >= writer.Next(BundlePartKind.Events)), default);     // and once more, for nothing
        foreach (var policy in new[] { TestLog.FirstPolicy, TestLog.SecondPolicy }) await writer.WritePolicyAsync(TestLog.RevisionOf(policy), policy, default);
        var manifest = await writer.FinishAsync(0, 1_000, null, log.Earlier, SampleEvents.TimeOf(1_000), log.ExportSigner, default);

        Assert.Equal([0, 200, 400, 600, 800], manifest.Parts.Select(part => part.First));
        Assert.Empty(log.Verify().Findings);
        Assert.False(Directory.Exists(log.PathOf(".progress")));
    }

    [Fact]
    public async Task Takes_no_event_out_of_order_beyond_its_checkpoint_or_too_long()
    {
        using var log = await TestLog.WithAsync(10);
        foreach (var events in new ExportedEvent[][] { [new(3, log.Lines[3]), new(2, log.Lines[2])], [new(3, log.Lines[3]), new(3, log.Lines[3])], [new(10, log.Lines[9])], [new(1, new byte[LineMembers.MaxBytes + 1])] })
        {
            var writer = await log.WriterAsync();
            await Assert.ThrowsAsync<InvalidDataException>(() => writer.WriteAsync(BundlePartKind.Events, events.ToAsyncEnumerable(), default));
            Assert.Empty(writer.Parts(BundlePartKind.Events));
        }
    }

    [Fact]
    public async Task Writes_no_part_without_the_tiles_that_prove_it()
    {
        using var log = await TestLog.WithAsync(600);
        var writer = new BundleWriter(log.Directory, log.Checkpoint(), "", (_, _) => ValueTask.FromResult<ReadOnlyMemory<byte>?>(null));
        await Assert.ThrowsAsync<InvalidDataException>(() => writer.WriteAsync(BundlePartKind.Events, log.Events(_ => true), default));
        Assert.Empty(Directory.GetFiles(log.Directory));
    }

    [Fact]
    public async Task Writes_only_the_tiles_that_are_needed()
    {
        using var log = await TestLog.WithAsync(3_000);
        await log.ExportAsync(from: 1_300, to: 1_301);
        var tiles = Directory.GetFiles(log.PathOf("tile"), "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(log.Directory, path)).Order(StringComparer.Ordinal);
        // 000 has the first keys, 005 the event and (1500 to 1502) the other keys, the last two of each level lead to the root
        Assert.Equal(["tile/0/000", "tile/0/005", "tile/0/011.p/184", "tile/1/000.p/11"], tiles);
    }

    [Theory]
    [InlineData("../up.yaml")]
    [InlineData("/etc/passwd")]
    [InlineData("a//b.yaml")]
    public async Task Writes_no_file_of_a_policy_elsewhere(string name)
    {
        using var log = await TestLog.WithAsync(10);
        PolicySource[] sources = [new(name, name, "x")];
        var writer = await log.WriterAsync();
        await Assert.ThrowsAsync<InvalidDataException>(() => writer.WritePolicyAsync(PolicyRevision.Of(sources), sources, default));
        await Assert.ThrowsAsync<InvalidDataException>(() => writer.WritePolicyAsync(TestLog.RevisionOf(TestLog.FirstPolicy), TestLog.SecondPolicy, default));
    }

    private static async IAsyncEnumerable<ExportedEvent> UntilAsync(TestLog log, int end)
    {
        await foreach (var one in log.Events(_ => true))
        {
            if (one.Seq == end) throw new IOException("The database is gone.");
            yield return one;
        }
    }
}
