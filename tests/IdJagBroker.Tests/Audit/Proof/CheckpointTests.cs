using System.Security.Cryptography;
using System.Text;
using IdJagBroker.Audit.Proof;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Tests.Audit.Proof;

public sealed class CheckpointTests : IDisposable
{
    private const string Origin = "idjag.acme.example/audit";

    private readonly ECDsa _ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly InProcessSigningKey _key;
    private readonly LogKey _public;

    public CheckpointTests()
    {
        _key = new InProcessSigningKey(_ec);
        _public = LogKey.Of(_key.PublicKey, Origin);
    }

    private static Checkpoint Some { get; } = new(Origin, 4711, TreeHash.Leaf("x"u8), new DateTimeOffset(2026, 11, 28, 14, 5, 6, TimeSpan.Zero).AddMicroseconds(123_456));

    public void Dispose() => _key.Dispose();

    [Fact]
    public async Task Is_written_as_the_specification_says_and_read_back()
    {
        var note = await Some.SignAsync(_key, default);

        var lines = note.Split('\n');
        Assert.Equal([Origin, "4711", Some.Root.ToString(), "recorded_at 2026-11-28T14:05:06.123456Z", ""], lines[..5]);
        Assert.StartsWith($"— {Origin} ", lines[5], StringComparison.Ordinal);
        var signature = Convert.FromBase64String(lines[5].Split(' ')[2]);
        Assert.Equal(SHA256.HashData(_ec.ExportSubjectPublicKeyInfo())[..4], signature[..4]);
        Assert.True(_ec.VerifyData(Encoding.UTF8.GetBytes(Some.ToText()), signature.AsSpan(4), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));

        Assert.True(VerifiedCheckpoint.TryOpen(Encoding.UTF8.GetBytes(note), [_public], Origin, out var read, out _));
        Assert.Equal(Some, read.Checkpoint);
        Assert.Equal(_public, Assert.Single(read.Signers));
    }

    [Fact]
    public async Task Signatures_verify_whatever_the_length_of_their_integers()
    {
        for (var i = 0; i < 600; i++)                                       // r or s begins with a zero byte about once in 128
        {
            var note = await SignedNote.SignAsync($"{i}\n", Origin, _key, default);
            Assert.True(SignedNote.TryParse(Encoding.UTF8.GetBytes(note), out var read));
            Assert.Single(read.SignersAmong([_public], Origin));
        }
    }

    [Fact]
    public void Verifies_a_note_of_another_log_that_signs_so()
    {
        // Sigstore's Rekor, 28 June 2023
        var key = LogKey.TryParse("rekor.sigstore.dev+c0d23d6a+AjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNhtmPtrWm3U1eQXBogSMdGvXwBcK5AW5i0hrZLOC96l+smGNM7nwZ4QvFK/4sueRoVj//QP22Ni4Qt9DPfkWLc=");
        const string note = "rekor.sigstore.dev - 2605736670972794746\n21428036\nrxnoKyFZlJ7/R6bMh/d3lcqwKqAy5CL1LcNBJP17kgQ=\nTimestamp: 1688058656037355364\n\n"
            + "— rekor.sigstore.dev wNI9ajBFAiEAuDk7uu5Ae8Own/MjhSZNuVzbLuYH2jBMxbSA0WaNDNACIDV4reKpYiOpkwtvazCClnpUuduF2o/th2xR3gRZAUU4\n";

        Assert.True(SignedNote.TryParse(Encoding.UTF8.GetBytes(note), out var read));
        Assert.Equal(key, Assert.Single(read.SignersAmong([key!], "rekor.sigstore.dev")));
        Assert.True(SignedNote.TryParse(Encoding.UTF8.GetBytes(note.Replace("21428036", "21428037", StringComparison.Ordinal)), out read));
        Assert.Empty(read.SignersAmong([key!], "rekor.sigstore.dev"));
    }

    [Fact]
    public async Task Of_an_empty_log_it_has_no_time_and_the_hash_of_nothing()
    {
        var empty = new Checkpoint(Origin, 0, TreeHash.Empty, null);
        Assert.True(VerifiedCheckpoint.TryOpen(Encoding.UTF8.GetBytes(await empty.SignAsync(_key, default)), [_public], null, out var read, out _));
        Assert.Equal(empty, read.Checkpoint);
        Assert.False(Checkpoint.TryParse($"{Origin}\n0\n{Some.Root}\n", out _));
    }

    [Fact]
    public async Task Nobody_elses_key_name_or_log_passes()
    {
        var note = Encoding.UTF8.GetBytes(await Some.SignAsync(_key, default));
        using var other = InProcessSigningKey.CreateEs256();

        Refused(note, [LogKey.Of(other.PublicKey)], null, "not signed by any");
        Refused(note, [LogKey.Of(_key.PublicKey, "idjag.other.example/audit")], null, "not signed by any");
        Refused(note, [_public], "idjag.other.example/audit", "not of");
        Refused(note, [], null, "not signed by any");
        Refused(Encoding.UTF8.GetBytes(await SignedNote.SignAsync(Some.ToText(), "somebody", _key, default)), [LogKey.Of(_key.PublicKey)], null, "not signed by any");
        Refused(Encoding.UTF8.GetBytes(await SignedNote.SignAsync("hello\n", Origin, _key, default)), [_public], null, "something else");
    }

    [Fact]
    public async Task No_changed_byte_passes()
    {
        var note = Encoding.UTF8.GetBytes(await Some.SignAsync(_key, default));
        for (var i = 0; i < note.Length; i++)
        {
            var changed = (byte[])note.Clone();
            changed[i] ^= 1;
            Assert.False(VerifiedCheckpoint.TryOpen(changed, [_public], Origin, out _, out _), $"byte {i}");
            Assert.False(VerifiedCheckpoint.TryOpen(note.AsSpan(0, i), [_public], Origin, out _, out _), $"the first {i} bytes");
        }
    }

    [Fact]
    public async Task A_strangers_signature_beside_ours_is_passed_over_and_a_false_one_in_our_name_spoils_all()
    {
        var note = await Some.SignAsync(_key, default);
        using var other = InProcessSigningKey.CreateEs256();
        var stranger = (await SignedNote.SignAsync(Some.ToText(), "witness.example", other, default)).Split('\n')[^2] + "\n";
        Assert.True(VerifiedCheckpoint.TryOpen(Encoding.UTF8.GetBytes(note + stranger), [_public], Origin, out _, out _));

        var false1 = (await SignedNote.SignAsync("other text\n", Origin, _key, default)).Split('\n')[^2] + "\n";
        Refused(Encoding.UTF8.GetBytes(note + false1), [_public], Origin, "not signed by any");
    }

    [Theory]
    [InlineData("a\n1\n{root}")]
    [InlineData("a\n01\n{root}\n")]
    [InlineData("a\n-1\n{root}\n")]
    [InlineData("a\n+1\n{root}\n")]
    [InlineData("a\n1 \n{root}\n")]
    [InlineData("a\n9007199254740992\n{root}\n")]
    [InlineData("a\n\n{root}\n")]
    [InlineData("a\n1\n{root}=\n")]
    [InlineData("a\n1\n{root}\n\n")]
    [InlineData("a b\n1\n{root}\n")]
    [InlineData("a+b\n1\n{root}\n")]
    [InlineData("\n1\n{root}\n")]
    [InlineData("a\n1\n{root}\nrecorded_at 2026-11-28T14:05:06Z\n")]
    [InlineData("a\n1\n{root}\nrecorded_at 2026-11-28T14:05:06.000000Z\nrecorded_at 2026-11-28T14:05:06.000000Z\n")]
    [InlineData("a\n1\n")]
    public void Refuses_a_text_that_is_not_exactly_a_checkpoint(string text)
    {
        Assert.True(Checkpoint.TryParse($"a\n1\n{Some.Root}\nrecorded_at 2026-11-28T14:05:06.000000Z\n", out _));
        Assert.False(Checkpoint.TryParse(text.Replace("{root}", Some.Root.ToString(), StringComparison.Ordinal), out _));
    }

    [Theory]
    [InlineData("text\n")]
    [InlineData("text\n\n")]
    [InlineData("text\n\n— name AAAAAAA=")]
    [InlineData("text\n\n- name AAAAAAA=\n")]
    [InlineData("text\n\n— name AAAAAA==\n")]
    [InlineData("text\n\n— name AAAAAAB=\n")]
    [InlineData("text\n\n— na+me AAAAAAA=\n")]
    [InlineData("text\n\n—  AAAAAAA=\n")]
    [InlineData("text\n\n— name  AAAAAAA=\n")]
    [InlineData("te\txt\n\n— name AAAAAAA=\n")]
    [InlineData("te\rxt\n\n— name AAAAAAA=\n")]
    [InlineData("\n— name AAAAAAA=\n")]
    public void Refuses_what_is_not_exactly_a_note(string note)
    {
        Assert.True(SignedNote.TryParse("text\n\n— name AAAAAAA=\n"u8, out _));
        Assert.False(SignedNote.TryParse(Encoding.UTF8.GetBytes(note), out _));
    }

    [Fact]
    public void Refuses_a_note_that_is_huge_or_no_UTF_8()
    {
        const string signature = "— name AAAAAAA=\n";
        Assert.True(SignedNote.TryParse(Encoding.UTF8.GetBytes("text\n\n" + string.Concat(Enumerable.Repeat(signature, 64))), out _));
        Assert.False(SignedNote.TryParse(Encoding.UTF8.GetBytes("text\n\n" + string.Concat(Enumerable.Repeat(signature, 65))), out _));
        Assert.False(SignedNote.TryParse(Encoding.UTF8.GetBytes(new string('a', SignedNote.MaxBytes) + "\n\n" + signature), out _));
        Assert.False(SignedNote.TryParse([0xff, (byte)'\n', (byte)'\n', .. Encoding.UTF8.GetBytes(signature)], out _));
    }

    [Fact]
    public async Task Only_names_texts_and_keys_of_a_note_are_signed()
    {
        using var rsa = new InProcessSigningKey(RSA.Create(2048), JwsAlgorithm.RS256);
        await Assert.ThrowsAsync<ArgumentException>(async () => await SignedNote.SignAsync("a", Origin, _key, default));
        await Assert.ThrowsAsync<ArgumentException>(async () => await SignedNote.SignAsync("a\r\n", Origin, _key, default));
        await Assert.ThrowsAsync<ArgumentException>(async () => await SignedNote.SignAsync("a\n", "a b", _key, default));
        await Assert.ThrowsAsync<ArgumentException>(async () => await SignedNote.SignAsync("a\n", Origin, rsa, default));
    }

    private static void Refused(byte[] note, IReadOnlyList<LogKey> keys, string? origin, string why)
    {
        Assert.False(VerifiedCheckpoint.TryOpen(note, keys, origin, out _, out var fault));
        Assert.Contains(why, fault);
    }
}
