using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace IdJagBroker.Protocol.Jws;

/// <summary>
/// To which key a token is bound (<c>cnf</c>, RFC 7800 §3.1, RFC 9449 §6.1), in the two shapes that are about: <c>jkt</c>, a thumbprint, and
/// <c>jwk</c>, the key itself (C-12). What is bound in a way that is not read here is bound all the same, and to no key that anybody can prove.
/// </summary>
/// <param name="IsThere">Whether the claims hold a <c>cnf</c> of whatever shape.</param>
/// <param name="Thumbprint">
/// RFC 7638 SHA-256, base64url; null if there is no <c>cnf</c>, if neither <c>jkt</c> nor <c>jwk</c> is in it or one is malformed, if the two
/// disagree, or if it demands a certificate as well (<c>x5t#S256</c>), which nobody can show here.
/// </param>
public readonly record struct KeyConfirmation(bool IsThere, string? Thumbprint)
{
    /// <summary>Reads it from the claims of a token.</summary>
    public static KeyConfirmation Of(JwtClaims claims) => claims.GetObject("cnf"u8, out var cnf) switch
    {
        ClaimState.Absent => default,
        ClaimState.Present when !cnf.Has("x5t#S256"u8) => new(true, Agreed(cnf)),
        _ => new(true, null),
    };

    private static string? Agreed(JwtClaims cnf)
    {
        var (byName, byKey) = (cnf.GetString("jkt"u8, 255, out var jkt), cnf.GetKey("jwk"u8, out var key));
        if (byName is ClaimState.Malformed || byKey is ClaimState.Malformed)
        {
            key?.Discard();
            return null;
        }
        if (key is null) return jkt;
        var thumbprint = key.Thumbprint;
        key.Discard();
        return jkt is null || CryptographicOperations.FixedTimeEquals(MemoryMarshal.AsBytes(jkt.AsSpan()), MemoryMarshal.AsBytes(thumbprint.AsSpan()))
            ? thumbprint
            : null;
    }
}
