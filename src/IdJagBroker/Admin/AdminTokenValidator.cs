using IdJagBroker.Keys;
using IdJagBroker.Keys.Life;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.TokenExchange.AdminAccess;

namespace IdJagBroker.Admin;

/// <summary>An access token that is ours, whole, for the admin API, and in its time.</summary>
/// <param name="ClientId">Whose it is.</param>
/// <param name="JwtId">Which it is.</param>
/// <param name="Scope">What it is good for, as far as the catalogue still says so.</param>
internal sealed record VerifiedAdminToken(string ClientId, string JwtId, ScopeSet Scope);

/// <summary>Is this an access token for the admin API, from us, and now? (RFC 9068 §4.)</summary>
internal sealed class AdminTokenValidator(Issuer issuer, SigningKeyRing keys, TimeProvider clock)
{
    private static readonly JwsAlgorithm[] Algorithms = [AdminAccessToken.Algorithm];

    /// <summary>The token, or null: everything that can be wrong with it looks alike.</summary>
    public VerifiedAdminToken? Validate(string token)
    {
        if (!CompactJws.TryParse(token, AdminAccessToken.MaxChars, out var jws, out _)) return null;
        using (jws)
        {
            // SEC-21, SEC-28: an ID-JAG of ours has another type and another key, and either would be enough.
            if (!JwtType.Is(jws.Header.Type, JwtType.AccessToken)) return null;
            return JwsVerifier.Verify(jws, keys.PublishedFor(KeyPurpose.AccessToken), Algorithms, out _) is JwsFailure.None ? Read(jws.Claims) : null;
        }
    }

    private VerifiedAdminToken? Read(JwtClaims claims)
    {
        if (!claims.Is("iss"u8, issuer.Value) || !claims.Is("aud"u8, AdminAccessToken.AudienceOf(issuer))) return null;
        if (JwtTimes.Check(claims, clock.GetUtcNow(), out _) is not null) return null;
        if (claims.GetString("client_id"u8, 2048, out var clientId) is not ClaimState.Present || !claims.Is("sub"u8, clientId!)) return null;
        if (claims.GetString("jti"u8, 255, out var jwtId) is not ClaimState.Present) return null;
        if (claims.GetString("scope"u8, ScopeSet.MaxChars, out var text) is not ClaimState.Present || !ScopeSet.TryParse(text, out var scope)) return null;
        return claims.Has("cnf"u8) ? null : new VerifiedAdminToken(clientId!, jwtId!, scope);       // bound to a key: without proof it is as good as stolen
    }
}
