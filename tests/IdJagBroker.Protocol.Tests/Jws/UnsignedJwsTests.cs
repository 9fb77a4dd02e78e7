using System.Security.Cryptography;
using System.Text;
using IdJagBroker.Protocol.Jws;
using Xunit;

namespace IdJagBroker.Protocol.Tests.Jws;

public sealed class UnsignedJwsTests
{
    [Fact]
    public async Task The_recorded_hash_is_that_of_what_was_signed()
    {
        using var key = InProcessSigningKey.CreateEs256();
        var unsigned = UnsignedJws.Create(key, "JWT", "x", static (text, json) => json.WriteString("t", text));
        var hash = unsigned.SigningInputHash.ToArray();

        var token = (await unsigned.SignAsync(TestContext.Current.CancellationToken)).Reveal();

        Assert.Equal(SHA256.HashData(Encoding.ASCII.GetBytes(token[..token.LastIndexOf('.')])), hash);
        Assert.Equal(unsigned.EncodedLength, token.Length);
        Assert.DoesNotContain('=', token);
    }

    [Fact]
    public async Task A_thread_that_failed_to_write_one_token_writes_the_next()
    {
        using var key = InProcessSigningKey.CreateEs256();
        Assert.Throws<FormatException>(() => UnsignedJws.Create<object?>(key, "JWT", null, static (_, json) =>
        {
            json.WriteString("half", "written");
            throw new FormatException();
        }));

        var token = (await UnsignedJws.Create(key, "JWT", 7, static (n, json) => json.WriteNumber("n", n)).SignAsync(TestContext.Current.CancellationToken)).Reveal();

        Assert.Equal("""{"n":7}""", Encoding.UTF8.GetString(StrictBase64Url.Decode(token.Split('.')[1])!));
        Assert.Equal(JwsFailure.None, Forge.Judge(token, new JsonWebKeySet([key.PublicKey])));
    }

    [Fact]
    public async Task A_remote_key_that_answers_in_DER_is_a_failure_not_a_token()
    {
        using var key = new DerKey();
        var unsigned = UnsignedJws.Create(key, "JWT", 7, static (n, json) => json.WriteNumber("n", n));

        await Assert.ThrowsAsync<CryptographicException>(async () => await unsigned.SignAsync(TestContext.Current.CancellationToken));
    }

    private sealed class DerKey : ISigningKey, IDisposable
    {
        private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        public JsonWebKey PublicKey => JsonWebKey.Of(_key);

        public JwsAlgorithm Algorithm => JwsAlgorithm.ES256;

        public ValueTask<ReadOnlyMemory<byte>> SignDigestAsync(ReadOnlyMemory<byte> digest, CancellationToken ct) =>
            ValueTask.FromResult<ReadOnlyMemory<byte>>(_key.SignHash(digest.Span, DSASignatureFormat.Rfc3279DerSequence));

        public void Dispose() => _key.Dispose();
    }
}
