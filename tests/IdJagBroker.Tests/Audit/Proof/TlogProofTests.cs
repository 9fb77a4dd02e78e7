using System.Text;
using IdJagBroker.Audit.Proof;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Tests.Audit.Proof;

public sealed class TlogProofTests
{
    [Fact]
    public async Task Proves_each_event_of_a_log_and_no_other_line()
    {
        using var log = await TestLog.WithAsync(700);
        await log.ExportAsync();
        foreach (var seq in new[] { 0, 1, 255, 256, 511, 512, 699 })
        {
            var (proof, line) = BundleProver.Prove(log.Directory, seq.ToString(System.Globalization.CultureInfo.InvariantCulture), [log.LogKey], out _)!.Value;
            Assert.Equal(log.Lines[seq], line);
            Assert.True(TlogProof.TryParse(Encoding.UTF8.GetBytes(proof.ToText()), out var read));
            Assert.Equal(proof.ToText(), read.ToText());
            Assert.True(read.TryVerify(TreeHash.Leaf(line), [log.LogKey], SampleEvents.Origin, out var checkpoint, out _));
            Assert.Equal(log.Checkpoint(), checkpoint.Checkpoint);

            Refused(read, TreeHash.Leaf(log.Lines[(seq + 1) % 700]), [log.LogKey], "is not event");
            Refused(read with { Index = (seq + 1) % 700 }, TreeHash.Leaf(line), [log.LogKey], "is not event");
            Refused(read with { Index = 700 }, TreeHash.Leaf(line), [log.LogKey], "is for event 700");
            using var stranger = InProcessSigningKey.CreateEs256();
            Refused(read, TreeHash.Leaf(line), [LogKey.Of(stranger.PublicKey)], "not signed by any");
            Refused(read with { Note = log.Earlier[350] }, TreeHash.Leaf(line), [log.LogKey], "event");
        }
    }

    [Fact]
    public async Task Is_the_format_of_the_specification()
    {
        using var log = new TestLog();
        log.Step("log.note");
        log.Step("log.note");
        var note = await log.Checkpoint().SignAsync(log.LogSigner, default);
        var proof = new TlogProof(1, [TreeHash.Leaf(log.Lines[0])], note);
        Assert.Equal($"c2sp.org/tlog-proof@v1\nindex 1\n{TreeHash.Leaf(log.Lines[0])}\n\n{note}", proof.ToText());

        var alone = new TlogProof(0, [], "note");                              // of a log of one event
        Assert.Equal("c2sp.org/tlog-proof@v1\nindex 0\n\nnote", alone.ToText());
        Assert.True(TlogProof.TryParse(Encoding.UTF8.GetBytes(alone.ToText()), out var read));
        Assert.Equal((0L, 0, "note"), (read.Index, read.Path.Count, read.Note));
        Assert.True(TlogProof.TryParse("c2sp.org/tlog-proof@v1\nextra AAAA\nindex 7\n\nnote"u8, out read));
        Assert.Equal(7, read.Index);
    }

    [Theory]
    [InlineData("")]
    [InlineData("c2sp.org/tlog-proof@v1\nindex 0\n")]
    [InlineData("c2sp.org/tlog-proof@v2\nindex 0\n\nnote")]
    [InlineData("c2sp.org/tlog-proof@v1\n\nnote")]
    [InlineData("c2sp.org/tlog-proof@v1\nindex 00\n\nnote")]
    [InlineData("c2sp.org/tlog-proof@v1\nindex -1\n\nnote")]
    [InlineData("c2sp.org/tlog-proof@v1\nindex 9007199254740992\n\nnote")]
    [InlineData("c2sp.org/tlog-proof@v1\nindex 0\nindex 0\n\nnote")]
    [InlineData("c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\nnote")]
    [InlineData("c2sp.org/tlog-proof@v1\nindex 0\nextra AAAA\n\nnote")]
    [InlineData("c2sp.org/tlog-proof@v1\r\nindex 0\r\n\r\nnote")]
    public void Refuses_what_is_not_exactly_a_proof(string text) => Assert.False(TlogProof.TryParse(Encoding.UTF8.GetBytes(text), out _));

    [Fact]
    public void Refuses_what_is_huge_or_no_UTF_8()
    {
        Assert.False(TlogProof.TryParse([.. "c2sp.org/tlog-proof@v1\nindex 0\n\n"u8, 0xff], out _));
        Assert.False(TlogProof.TryParse(Encoding.UTF8.GetBytes("c2sp.org/tlog-proof@v1\nindex 0\n\n" + new string('a', TlogProof.MaxBytes)), out _));
        var hashes = string.Concat(Enumerable.Repeat(TreeHash.Empty + "\n", 64));
        Assert.False(TlogProof.TryParse(Encoding.UTF8.GetBytes($"c2sp.org/tlog-proof@v1\nindex 0\n{hashes}\nnote"), out _));
        Assert.True(TlogProof.TryParse(Encoding.UTF8.GetBytes($"c2sp.org/tlog-proof@v1\nindex 0\n{hashes[45..]}\nnote"), out _));
    }

    private static void Refused(TlogProof proof, TreeHash leaf, IReadOnlyList<LogKey> keys, string why)
    {
        Assert.False(proof.TryVerify(leaf, keys, null, out _, out var fault));
        Assert.Contains(why, fault);
    }
}
