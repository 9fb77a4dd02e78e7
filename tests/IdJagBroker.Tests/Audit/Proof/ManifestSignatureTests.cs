using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using IdJagBroker.Audit.Proof;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Tests.Audit.Proof;

public sealed class ManifestSignatureTests : IDisposable
{
    private static readonly byte[] Manifest = "{\"format\":\"idjag-export/1\"}"u8.ToArray();

    private readonly InProcessSigningKey _key = InProcessSigningKey.CreateEs256();

    private IReadOnlyList<LogKey> Keys => [LogKey.Of(_key.PublicKey)];

    public void Dispose() => _key.Dispose();

    [Fact]
    public async Task Is_a_detached_JWS_over_the_file()
    {
        var signature = await ManifestSignature.SignAsync(Manifest, _key, default);
        Assert.Matches("^[A-Za-z0-9_-]+\\.\\.[A-Za-z0-9_-]{86}$", signature);
        Assert.Equal($$"""{"alg":"ES256","kid":"{{_key.PublicKey.KeyId}}","typ":"idjag-export+jws"}""", Encoding.UTF8.GetString(Base64Url.DecodeFromChars(signature.Split('.')[0])));
        Assert.True(ManifestSignature.Verify(Manifest, signature + "\n", Keys));
        Assert.False(ManifestSignature.Verify([.. Manifest, (byte)'\n'], signature, Keys));
        Assert.False(ManifestSignature.Verify(Manifest, signature, []));
        Assert.False(ManifestSignature.Verify(Manifest, signature.Replace("..", $".{Base64Url.EncodeToString(Manifest)}.", StringComparison.Ordinal), Keys));
        Assert.False(ManifestSignature.Verify(Manifest, signature[..^1], Keys));
        Assert.False(ManifestSignature.Verify(Manifest, "", Keys));
    }

    [Fact]
    public async Task No_other_kind_of_token_passes_for_one()
    {
        Assert.True(await PassesAsync("""{"alg":"ES256","typ":"idjag-export+jws"}"""));
        Assert.False(await PassesAsync("""{"alg":"ES256","typ":"JWT"}"""));
        Assert.False(await PassesAsync("""{"alg":"ES256"}"""));
        Assert.False(await PassesAsync("""{"alg":"ES384","typ":"idjag-export+jws"}"""));
        Assert.False(await PassesAsync("""{"alg":"ES256","b64":false,"crit":["b64"],"typ":"idjag-export+jws"}"""));
        using var rsa = new InProcessSigningKey(RSA.Create(2048), JwsAlgorithm.RS256);
        await Assert.ThrowsAsync<ArgumentException>(async () => await ManifestSignature.SignAsync(Manifest, rsa, default));
    }

    private async Task<bool> PassesAsync(string header)
    {
        var encoded = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header));
        var digest = SHA256.HashData(Encoding.ASCII.GetBytes($"{encoded}.{Base64Url.EncodeToString(Manifest)}"));
        var signature = Base64Url.EncodeToString((await _key.SignDigestAsync(digest, default)).Span);
        return ManifestSignature.Verify(Manifest, $"{encoded}..{signature}", Keys);
    }
}
