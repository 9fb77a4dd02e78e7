using IdJagBroker.Audit;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Clients;

/// <summary>
/// A client assertion (RFC 7523 §3 as rfc7523bis narrows it): signed by that client, for this issuer alone, short-lived, used once.
/// </summary>
internal sealed class ClientAssertion(Issuer issuer, TimeProvider clock)
{
    /// <summary>The longest assertion read, in characters.</summary>
    public const int MaxChars = 8 * 1024;

    /// <summary>How far ahead <c>exp</c> may lie; the replay memory grows by rate × this (SEC-20, SEC-31).</summary>
    public static readonly TimeSpan MaxLifetime = TimeSpan.FromMinutes(5);

    /// <summary>The algorithms taken, as the metadata says.</summary>
    public static IReadOnlyList<JwsAlgorithm> Algorithms { get; } = [JwsAlgorithm.ES256, JwsAlgorithm.ES384, JwsAlgorithm.RS256, JwsAlgorithm.PS256];

    /// <summary>The client that an assertion claims to be from: only for finding the keys to verify it with.</summary>
    public static string? NamedClient(CompactJws? assertion) =>
        assertion?.Claims.GetString("sub"u8, 2048, out var subject) is ClaimState.Present ? subject : null;

    /// <summary>Checks everything but the single use, which <paramref name="use"/> carries to the transaction that decides it.</summary>
    /// <param name="assertion">What came.</param>
    /// <param name="clientId">Whose it has to be: a client, or who proves itself as clients do.</param>
    /// <param name="keys">Of that client.</param>
    /// <param name="useOf">Makes the use, of the client, the <c>jti</c> and the expiry: one kind for each place where assertions are taken.</param>
    /// <param name="use">What may happen once.</param>
    /// <returns>Null, or what is wrong.</returns>
    public string? Check(CompactJws assertion, string clientId, JsonWebKeySet keys, Func<string, string, DateTimeOffset, ReplayKey> useOf, out ReplayKey? use)
    {
        use = null;
        if (JwtType.IsOfAnotherKind(assertion.Header.Type, own: JwtType.ClientAuthentication)) return "typ is another kind of token's";   // SEC-21
        var failure = JwsVerifier.Verify(assertion, keys, Algorithms, out _);
        return failure is JwsFailure.None ? CheckClaims(assertion.Claims, clientId, useOf, out use) : failure.ToString();
    }

    private string? CheckClaims(JwtClaims claims, string clientId, Func<string, string, DateTimeOffset, ReplayKey> useOf, out ReplayKey? use)
    {
        use = null;
        if (!claims.Is("iss"u8, clientId)) return "iss is not the client";
        if (!claims.Is("sub"u8, clientId)) return "sub is not the client";
        // C-19: the issuer as the one value. A token endpoint or a list is what audience injection needs.
        if (!claims.Is("aud"u8, issuer.Value)) return "aud is not this issuer alone";
        if (claims.GetString("jti"u8, 255, out var jwtId) is not ClaimState.Present) return "jti is missing or malformed";

        var now = clock.GetUtcNow();
        if (claims.GetDate("exp"u8, out var expires) is not ClaimState.Present) return "exp is missing or malformed";
        if (now >= expires + JwtTimes.Skew) return "expired";
        if (expires > now + MaxLifetime + JwtTimes.Skew) return "lives too long";
        if (claims.GetDate("nbf"u8, out var notBefore) is var nbf && (nbf is ClaimState.Malformed || (nbf is ClaimState.Present && notBefore > now + JwtTimes.Skew)))
            return "not yet valid";
        if (claims.GetDate("iat"u8, out var issued) is var iat && (iat is ClaimState.Malformed || (iat is ClaimState.Present && issued > now + JwtTimes.Skew)))
            return "issued in the future";
        use = useOf(clientId, jwtId!, expires + JwtTimes.Skew);
        return null;
    }
}
