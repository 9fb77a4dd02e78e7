using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.McpAuthorization.ResourceServer;

/// <summary>
/// Is this access token genuine, from our authorization server, for us, and now? (RFC 9068 §4, RS-10). On each request anew. Whether it comes
/// from the one whose key it is bound to is for <see cref="SenderConstraint"/>.
/// </summary>
internal sealed class AccessTokenValidator(string resource, string authorizationServer, IIssuerKeys keys, IAccessTokenStatus? status, TimeProvider clock)
{
    /// <summary>The longest access token read, in characters.</summary>
    public const int MaxChars = 8 * 1024;

    /// <summary>The token, or why not; exactly one of the two is there.</summary>
    /// <exception cref="IssuerKeysUnavailableException">The authorization server's keys cannot be had.</exception>
    /// <exception cref="AccessTokenStatusUnavailableException">Whether it was revoked cannot be told.</exception>
    public async ValueTask<(VerifiedAccessToken? Token, AccessTokenRefusal? Refusal)> ValidateAsync(EncodedJwt token, CancellationToken ct)
    {
        // AT-16: what is no JWT means what its authorization server says.
        if (status is not null && !token.Utf8.Span.Contains((byte)'.')) return await status.FindAsync(token, resource, ct) is { } told ? (told, null) : Refuse("not active");
        var (verified, refusal) = await VerifyAsync(token, ct);
        if (verified is not null && status is not null && !await status.IsActiveAsync(token, verified, ct)) return Refuse("revoked");
        return (verified, refusal);
    }

    private async ValueTask<(VerifiedAccessToken? Token, AccessTokenRefusal? Refusal)> VerifyAsync(EncodedJwt token, CancellationToken ct)
    {
        if (!CompactJws.TryParse(token, MaxChars, out var jws, out var failure)) return Refuse(failure.ToString());
        using (jws)
        {
            // RS-11: whatever else is signed by keys that we know, an ID-JAG or an ID Token, is not an access token.
            if (!JwtType.Is(jws.Header.Type, JwtType.AccessToken)) return Refuse("typ is not at+jwt");
            if (!jws.Claims.Is("iss"u8, authorizationServer)) return Refuse("iss is not the authorization server");
            (failure, _) = await keys.VerifyAsync(jws, JwsAlgorithm.All, ct);
            return failure is JwsFailure.None ? CheckClaims(jws.Claims) : Refuse(failure.ToString());
        }
    }

    private (VerifiedAccessToken? Token, AccessTokenRefusal? Refusal) CheckClaims(JwtClaims claims)
    {
        if (!claims.Contains("aud"u8, 16, resource)) return Refuse("aud is not this resource");
        if (JwtTimes.Check(claims, clock.GetUtcNow(), out _) is { } badTime) return Refuse(badTime);
        if (claims.GetString("sub"u8, 255, out var subject) is not ClaimState.Present) return Refuse("sub is missing or malformed");
        if (claims.GetString("client_id"u8, 2048, out var clientId) is not ClaimState.Present) return Refuse("client_id is missing or malformed");
        if (claims.GetString("jti"u8, 255, out var jwtId) is not ClaimState.Present) return Refuse("jti is missing or malformed");
        if (claims.GetString("scope"u8, ScopeSet.MaxChars, out var text) is ClaimState.Malformed || !ScopeSet.TryParse(text, out var scope))
            return Refuse("scope is malformed");
        if (claims.GetString("acr"u8, 255, out var acr) is ClaimState.Malformed) return Refuse("acr is malformed");
        var authTime = claims.GetDate("auth_time"u8, out var at);
        if (authTime is ClaimState.Malformed) return Refuse("auth_time is malformed");
        return (new VerifiedAccessToken(authorizationServer, subject!, clientId!, jwtId!, scope)
        {
            Binding = KeyConfirmation.Of(claims), Acr = acr, AuthTime = authTime is ClaimState.Present ? at : null,
        }, null);
    }

    private static (VerifiedAccessToken?, AccessTokenRefusal?) Refuse(string reason) => (null, new AccessTokenRefusal(reason));
}
