namespace IdJagBroker.Protocol.Jws;

/// <summary>
/// The three instants of a JWT (RFC 7519 §4.1.4–6): <c>exp</c> and <c>iat</c> must be there, <c>nbf</c> is honoured. One skew
/// for everybody (SEC-25).
/// </summary>
public readonly record struct JwtTimes(DateTimeOffset IssuedAt, DateTimeOffset ExpiresAt)
{
    /// <summary>How far two clocks may differ.</summary>
    public static readonly TimeSpan Skew = TimeSpan.FromSeconds(60);

    /// <summary>How long the token says that it lives.</summary>
    public TimeSpan Lifetime => ExpiresAt - IssuedAt;

    /// <summary>Reads and checks; returns null when all is well, or what is wrong in a few fixed words.</summary>
    public static string? Check(JwtClaims claims, DateTimeOffset now, out JwtTimes times)
    {
        times = default;
        if (claims.GetDate("exp"u8, out var expires) is not ClaimState.Present) return "exp is missing or malformed";
        if (claims.GetDate("iat"u8, out var issued) is not ClaimState.Present) return "iat is missing or malformed";
        var notBeforeState = claims.GetDate("nbf"u8, out var notBefore);
        if (notBeforeState is ClaimState.Malformed) return "nbf is malformed";
        if (expires <= issued) return "exp is not after iat";
        if (now - Skew >= expires) return "expired";                  // never expires + Skew: what a stranger chose could overflow
        if (issued > now + Skew) return "issued in the future";
        if (notBeforeState is ClaimState.Present && notBefore > now + Skew) return "not yet valid";
        times = new JwtTimes(issued, expires);
        return null;
    }
}
