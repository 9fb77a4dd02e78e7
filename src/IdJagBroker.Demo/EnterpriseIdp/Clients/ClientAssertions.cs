using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Demo.EnterpriseIdp.Clients;

/// <summary>
/// Client assertions (RFC 7523 §3) as today's providers take them: for the issuer or for the token endpoint, for ten minutes at most, each
/// once. What the product sends is judged here by rules of the provider's own.
/// </summary>
internal sealed class ClientAssertions(IdpOptions options, IdpIssuers issuers, ClientKeys keys)
{
    private static readonly TimeSpan MaxLifetime = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(30);
    private readonly Lock _gate = new();
    private readonly Dictionary<(string ClientId, string JwtId), DateTimeOffset> _used = [];

    /// <summary>The client that signed it, or null and what is wrong in a few fixed words.</summary>
    public async Task<(IdpClient? Client, string Fault)> CheckAsync(EncodedJwt assertion, string? clientId, CancellationToken ct)
    {
        if (!CompactJws.TryParse(assertion, ClientAssertion.MaxChars, out var jws, out _)) return (null, "the assertion is no JWT");
        using (jws)
        {
            if (ClientAssertion.NamedClient(jws) is not { } named || options.Clients.FirstOrDefault(client => client.ClientId == named) is not { } client)
                return (null, "the assertion names no client");
            if (clientId is not null && clientId != named) return (null, "client_id differs from the assertion");
            if (JwtType.IsOfAnotherKind(jws.Header.Type, own: JwtType.ClientAuthentication)) return (null, "the assertion is another kind of token");
            if (!await keys.VerifyAsync(jws, client, ct)) return (null, "the assertion is not signed by the client");
            return FaultIn(jws.Claims, client) is { } fault ? (null, fault) : (client, "");
        }
    }

    private string? FaultIn(JwtClaims claims, IdpClient client)
    {
        var now = options.Clock.GetUtcNow();
        if (!claims.Is("iss"u8, client.ClientId)) return "iss is not the client";
        if (claims.GetStrings("aud"u8, 8, out var audiences) is not ClaimState.Present
            || !audiences.Any(audience => audience == issuers.For(client) || audience == issuers.BaseUrl + "/token")) return "aud is neither issuer nor token endpoint";
        if (claims.GetDate("exp"u8, out var expires) is not ClaimState.Present) return "exp is missing";
        if (now >= expires + Skew) return "the assertion has expired";
        if (expires > now + MaxLifetime + Skew) return "the assertion lives too long";
        if (IsAhead("nbf"u8) || IsAhead("iat"u8)) return "the assertion is not valid yet";
        if (claims.GetString("jti"u8, 255, out var jwtId) is not ClaimState.Present) return "jti is missing";
        return IsFirstUse(client.ClientId, jwtId!, now, expires + Skew) ? null : "the assertion was used before";

        bool IsAhead(ReadOnlySpan<byte> name) => claims.GetDate(name, out var date) is var state
            && (state is ClaimState.Malformed || (state is ClaimState.Present && date > now + Skew));
    }

    private bool IsFirstUse(string clientId, string jwtId, DateTimeOffset now, DateTimeOffset keepUntil)
    {
        lock (_gate)
        {
            foreach (var (use, until) in _used.ToList())
                if (now >= until) _used.Remove(use);
            return _used.TryAdd((clientId, jwtId), keepUntil);
        }
    }
}
