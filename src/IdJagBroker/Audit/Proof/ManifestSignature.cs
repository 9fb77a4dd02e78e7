using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Audit.Proof;

/// <summary>The signature over a manifest: a JWS whose payload is the file beside it (RFC 7515 Appendix F).</summary>
internal static class ManifestSignature
{
    /// <summary>The longest one read.</summary>
    public const int MaxBytes = 4096;

    private const string Type = "idjag-export+jws";

    /// <summary><c>header..signature</c>; what a remote key throws when it is away passes through.</summary>
    public static async ValueTask<string> SignAsync(ReadOnlyMemory<byte> manifest, ISigningKey key, CancellationToken ct)
    {
        if (key.Algorithm != JwsAlgorithm.ES256) throw new ArgumentException("Manifests are signed with ES256.", nameof(key));
        var header = Base64Url.EncodeToString(Encoding.UTF8.GetBytes($$"""{"alg":"ES256","kid":"{{key.PublicKey.KeyId}}","typ":"{{Type}}"}"""));
        var digest = SHA256.HashData(Encoding.ASCII.GetBytes($"{header}.{Base64Url.EncodeToString(manifest.Span)}"));
        return $"{header}..{Base64Url.EncodeToString((await key.SignDigestAsync(digest, ct)).Span)}";
    }

    /// <summary>Whether one of the keys signed the manifest; never throws on what a stranger wrote.</summary>
    public static bool Verify(ReadOnlySpan<byte> manifest, string signature, IReadOnlyList<LogKey> keys)
    {
        if (signature.TrimEnd('\n').Split('.') is not [var header, "", var value]) return false;
        var token = $"{header}.{Base64Url.EncodeToString(manifest)}.{value}";
        if (!CompactJws.TryParse(token, token.Length, out var jws, out _)) return false;
        using (jws)
        {
            return JwtType.Is(jws.Header.Type, Type)
                && JwsVerifier.Verify(jws, new JsonWebKeySet(keys.Select(key => key.PublicKey).DistinctBy(key => key.Thumbprint)), [JwsAlgorithm.ES256], out _) is JwsFailure.None;
        }
    }
}
