using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace IdJagBroker.Protocol.Jws;

/// <summary>
/// A DPoP proof (RFC 9449 §4.2) whose signature is by the key that it brings along: its sender holds that key. For which request and
/// when is <see cref="Check"/>'s; that it is used once, and the nonce, are the server's.
/// </summary>
public sealed record DpopProof
{
    /// <summary>The longest proof read, in characters; room for an RSA key of 8192 bits.</summary>
    public const int MaxChars = 8 * 1024;

    /// <summary>The longest <c>jti</c>, in characters.</summary>
    public const int MaxJwtIdChars = 255;

    /// <summary>How far <c>iat</c> may lie from now, either way (C-38, POP-14).</summary>
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(300);

    private DpopProof(string thumbprint) => Thumbprint = thumbprint;

    /// <summary>The algorithms taken, as the metadata says (META-11): asymmetric ones only.</summary>
    public static IReadOnlyList<JwsAlgorithm> Algorithms { get; } = JwsAlgorithm.All;

    /// <summary>RFC 7638 SHA-256 thumbprint, base64url, of the key; what <c>cnf.jkt</c> holds.</summary>
    public string Thumbprint { get; }

    /// <summary><c>jti</c>.</summary>
    public string JwtId { get; private init; } = "";

    /// <summary><c>htm</c>: the method of the request.</summary>
    public string Method { get; private init; } = "";

    /// <summary><c>htu</c> after normalisation, without query and fragment.</summary>
    public string Uri { get; private init; } = "";

    /// <summary><c>iat</c>.</summary>
    public DateTimeOffset IssuedAt { get; private init; }

    /// <summary><c>nonce</c>, or null.</summary>
    public string? Nonce { get; private init; }

    /// <summary><c>ath</c>, or null: base64url of the SHA-256 of the access token that goes with it.</summary>
    public string? AccessTokenHash { get; private init; }

    private DateTimeOffset? ExpiresAt { get; init; }

    private DateTimeOffset? NotBefore { get; init; }

    /// <summary>Parses and verifies by the embedded key (POP-02); never throws on what a stranger sends.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out DpopProof? proof, out DpopFailure failure)
    {
        proof = null;
        failure = DpopFailure.Malformed;
        if (!CompactJws.TryParseWithKey(text, MaxChars, out var jws, out _)) return false;
        using (jws)
        {
            failure = CheckSignature(jws);
            if (failure is DpopFailure.None) failure = Read(jws.Claims, jws.Header.Embedded.Key!.Thumbprint, out proof);
            return proof is not null;
        }
    }

    /// <summary>Whether it was made for this request, about now (POP-03, POP-14).</summary>
    /// <param name="method">The method of the request.</param>
    /// <param name="uri">The URI as the server is publicly known by: from its configuration, never from a header that the client writes.</param>
    /// <param name="now">The time.</param>
    public DpopFailure Check(string method, string uri, DateTimeOffset now)
    {
        if (!string.Equals(Method, method, StringComparison.Ordinal)) return DpopFailure.MethodMismatch;     // RFC 9110 §9.1: case-sensitive
        if (!string.Equals(Uri, HttpUri.Normalize(uri), StringComparison.Ordinal)) return DpopFailure.UriMismatch;
        if (now - Window > IssuedAt || (ExpiresAt is { } expires && now - JwtTimes.Skew >= expires)) return DpopFailure.TooOld;
        if (IssuedAt > now + Window || NotBefore > now + JwtTimes.Skew) return DpopFailure.InFuture;
        return DpopFailure.None;
    }

    /// <summary>Whether it is by the key of this thumbprint: the one that a token is bound to (RFC 9449 §4.3, last step; §6.1).</summary>
    public bool IsBy(string thumbprint) =>
        CryptographicOperations.FixedTimeEquals(MemoryMarshal.AsBytes(Thumbprint.AsSpan()), MemoryMarshal.AsBytes(thumbprint.AsSpan()));

    /// <summary>Whether it was made to go with this access token: <c>ath</c> is its hash (RFC 9449 §4.3). A proof without <c>ath</c> goes with none.</summary>
    /// <param name="accessToken">The token as it came; ASCII.</param>
    public bool IsFor(string accessToken) => IsFor(EncodedJwt.Of(accessToken));

    /// <inheritdoc cref="IsFor(string)"/>
    public bool IsFor(EncodedJwt accessToken)
    {
        Span<byte> expected = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(accessToken.Utf8.Span, expected);
        return AccessTokenHash is { } given && StrictBase64Url.Decode(given) is { } hash && CryptographicOperations.FixedTimeEquals(hash, expected);
    }

    private static DpopFailure CheckSignature(CompactJws jws)
    {
        if (!JwtType.Is(jws.Header.Type, JwtType.DpopProof)) return DpopFailure.TypeWrong;
        if (jws.Header.Algorithm is not { } algorithm || !Algorithms.Contains(algorithm)) return DpopFailure.AlgorithmNotAllowed;
        if (jws.Header.Embedded is not { Key: { } key })
            return jws.Header.Embedded.Failure is DpopFailure.None ? DpopFailure.KeyMissing : jws.Header.Embedded.Failure;
        return JwsVerifier.VerifyPossession(jws, key, algorithm) switch
        {
            JwsFailure.None => DpopFailure.None,
            JwsFailure.KeyNotFound => DpopFailure.KeyUnfit,
            _ => DpopFailure.SignatureInvalid,
        };
    }

    private static DpopFailure Read(JwtClaims claims, string thumbprint, out DpopProof? proof)
    {
        proof = null;
        if (claims.GetString("jti"u8, MaxJwtIdChars, out var jwtId) is not ClaimState.Present) return DpopFailure.JwtIdMalformed;
        if (claims.GetString("htm"u8, 32, out var method) is not ClaimState.Present) return DpopFailure.MethodMalformed;
        if (claims.GetString("htu"u8, 2048, out var given) is not ClaimState.Present || HttpUri.Normalize(given!) is not { } uri)
            return DpopFailure.UriMalformed;
        if (claims.GetDate("iat"u8, out var issuedAt) is not ClaimState.Present) return DpopFailure.TimeMalformed;
        var (exp, nbf) = (claims.GetDate("exp"u8, out var expiresAt), claims.GetDate("nbf"u8, out var notBefore));
        if (exp is ClaimState.Malformed || nbf is ClaimState.Malformed) return DpopFailure.TimeMalformed;
        if (claims.GetString("nonce"u8, 512, out var nonce) is ClaimState.Malformed) return DpopFailure.NonceMalformed;
        if (claims.GetString("ath"u8, 43, out var hash) is ClaimState.Malformed) return DpopFailure.AccessTokenHashMalformed;
        proof = new DpopProof(thumbprint)
        {
            JwtId = jwtId!, Method = method!, Uri = uri, IssuedAt = issuedAt, Nonce = nonce, AccessTokenHash = hash,
            ExpiresAt = exp is ClaimState.Present ? expiresAt : null, NotBefore = nbf is ClaimState.Present ? notBefore : null,
        };
        return DpopFailure.None;
    }
}
