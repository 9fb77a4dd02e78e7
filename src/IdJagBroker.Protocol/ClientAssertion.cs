using System.Diagnostics.CodeAnalysis;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Protocol;

/// <summary>
/// A client assertion that holds (RFC 7523 §3 as rfc7523bis narrows it): signed by that client, for this issuer alone, short-lived. That it is used once
/// is for the caller to see to, by the <see cref="JwtId"/> of that client.
/// </summary>
/// <param name="ClientId">The client.</param>
/// <param name="JwtId">Its <c>jti</c>.</param>
/// <param name="KeepUntil">Until when the <c>jti</c> must be remembered: <c>exp</c> and the clock skew.</param>
public sealed record ClientAssertion(string ClientId, string JwtId, DateTimeOffset KeepUntil)
{
    /// <summary>The longest assertion read, in characters.</summary>
    public const int MaxChars = 8 * 1024;

    /// <summary>How far ahead <c>exp</c> may lie; a replay memory grows by rate × this (SEC-20, SEC-31).</summary>
    public static readonly TimeSpan MaxLifetime = TimeSpan.FromMinutes(5);

    /// <summary>The algorithms taken unless fewer are configured, as the metadata says.</summary>
    public static IReadOnlyList<JwsAlgorithm> Algorithms { get; } = [JwsAlgorithm.ES256, JwsAlgorithm.ES384, JwsAlgorithm.RS256, JwsAlgorithm.PS256];

    /// <summary>The client that an assertion claims to be from: only for finding the keys to verify it with.</summary>
    public static string? NamedClient(CompactJws? assertion) =>
        assertion?.Claims.GetString("sub"u8, 2048, out var subject) is ClaimState.Present ? subject : null;

    /// <summary>Checks everything but the single use; says what is wrong in a few fixed words otherwise.</summary>
    /// <param name="jws">What came.</param>
    /// <param name="clientId">Whose it has to be: a client, or who proves itself as clients do.</param>
    /// <param name="keys">Of that client.</param>
    /// <param name="algorithms">The algorithms taken.</param>
    /// <param name="audiences">What <c>aud</c> may be, as its one value: the issuer. More than one only for compatibility (C-19).</param>
    /// <param name="now">The time.</param>
    /// <param name="assertion">The assertion.</param>
    /// <param name="fault">What is wrong; for the log.</param>
    public static bool TryCheck(CompactJws jws, string clientId, JsonWebKeySet keys, IReadOnlyList<JwsAlgorithm> algorithms, IReadOnlyList<string> audiences,
        DateTimeOffset now, [NotNullWhen(true)] out ClientAssertion? assertion, [NotNullWhen(false)] out string? fault)
    {
        assertion = null;
        fault = "typ is another kind of token's";                                                    // SEC-21
        if (JwtType.IsOfAnotherKind(jws.Header.Type, own: JwtType.ClientAuthentication)) return false;
        var failure = JwsVerifier.Verify(jws, keys, algorithms, out _);
        fault = failure.ToString();
        if (failure is not JwsFailure.None) return false;
        fault = FaultIn(jws.Claims, clientId, audiences, now, out var read);
        if (fault is not null) return false;
        assertion = read!;
        return true;
    }

    private static string? FaultIn(JwtClaims claims, string clientId, IReadOnlyList<string> audiences, DateTimeOffset now, out ClientAssertion? assertion)
    {
        assertion = null;
        if (!claims.Is("iss"u8, clientId)) return "iss is not the client";
        if (!claims.Is("sub"u8, clientId)) return "sub is not the client";
        // C-19: the issuer as the one value. A token endpoint or a list is what audience injection needs.
        if (!IsFor(claims, audiences)) return "aud is not this issuer alone";
        if (claims.GetString("jti"u8, 255, out var jwtId) is not ClaimState.Present) return "jti is missing or malformed";

        if (claims.GetDate("exp"u8, out var expires) is not ClaimState.Present) return "exp is missing or malformed";
        if (now >= expires + JwtTimes.Skew) return "expired";
        if (expires > now + MaxLifetime + JwtTimes.Skew) return "lives too long";
        if (claims.GetDate("nbf"u8, out var notBefore) is var nbf && (nbf is ClaimState.Malformed || (nbf is ClaimState.Present && notBefore > now + JwtTimes.Skew)))
            return "not yet valid";
        if (claims.GetDate("iat"u8, out var issued) is var iat && (iat is ClaimState.Malformed || (iat is ClaimState.Present && issued > now + JwtTimes.Skew)))
            return "issued in the future";
        assertion = new ClientAssertion(clientId, jwtId!, expires + JwtTimes.Skew);
        return null;
    }

    private static bool IsFor(JwtClaims claims, IReadOnlyList<string> audiences)
    {
        foreach (var audience in audiences)
            if (claims.Is("aud"u8, audience)) return true;
        return false;
    }
}
