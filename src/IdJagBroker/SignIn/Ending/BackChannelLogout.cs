using IdJagBroker.Audit;
using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.SignIn.Sessions;
using IdJagBroker.TokenExchange;
using IdJagBroker.Upstreams;
using IdJagBroker.Upstreams.Profiles;

namespace IdJagBroker.SignIn.Ending;

/// <summary>
/// <c>POST /signin/backchannel-logout/{idp}</c> (OpenID Connect Back-Channel Logout §2.5): a provider says that it ended a person's session. Ours end with it, and with them
/// the refresh tokens.
/// </summary>
internal sealed class BackChannelLogout(
    ActivePolicy policy, RateLimits limits, UpstreamDirectory upstreams, SessionTable sessions, SessionEnding ending, TimeProvider clock)
{
    /// <summary>How old a logout token may be.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(5);

    private const string LogoutEvent = "http://schemas.openid.net/event/backchannel-logout";
    private const int MaxChars = 16 * 1024;

    public async Task Handle(HttpContext http, string idp)
    {
        var refusal = await TryAsync(http, idp);
        if (refusal is not null)
        {
            await OAuthResponse.WriteAsync(http, refusal);
            return;
        }
        http.Response.Headers.CacheControl = "no-store";
    }

    private async Task<OAuthError?> TryAsync(HttpContext http, string alias)
    {
        if (limits.ForAddress(http.Connection.RemoteIpAddress) is { } limited) return limited;
        var reading = await FormBody.ReadAsync(http.Request, http.RequestAborted);
        if (reading.IsRefused(out var form, out var refusal)) return refusal;
        if (form["logout_token"] is not { } text) return OAuthError.InvalidRequest("logout_token is required");
        var catalog = policy.Current.Catalog;
        if (!catalog.Idps.TryGetValue(alias, out var idp) || idp.SignIn is null) return OAuthError.InvalidRequest("nobody signs in through that provider");
        if (!CompactJws.TryParse(text, MaxChars, out var jws, out var failure)) return Refuse(failure.ToString());
        using (jws)
        {
            if (await FaultAsync(jws, idp, catalog, http.RequestAborted) is { } fault) return Refuse(fault);
            var sub = jws.Claims.GetString("sub"u8, 255, out var named) is ClaimState.Present ? named : null;
            var sid = jws.Claims.GetString("sid"u8, 512, out var session) is ClaimState.Present ? session : null;
            jws.Claims.GetString("jti"u8, 255, out var jwtId);
            jws.Claims.GetDate("iat"u8, out var issuedAt);
            var use = ReplayKey.LogoutToken(idp.Issuer.Value, jwtId!, issuedAt + MaxAge + JwtTimes.Skew);
            return await EndAsync(idp, sub, sid, use, http);
        }
    }

    // §2.4, §2.6, in their order.
    private async Task<string?> FaultAsync(CompactJws jws, CatalogIdp idp, Catalog catalog, CancellationToken ct)
    {
        var claims = jws.Claims;
        if (JwtType.IsOfAnotherKind(jws.Header.Type, JwtType.Logout)) return "typ is another kind of token's";
        if (claims.GetString("iss"u8, 2048, out var iss) is not ClaimState.Present || catalog.FindIssuer(iss!) is not var (owner, issuer) || owner.Alias != idp.Alias) return "iss is not one of this provider's";
        var keys = await upstreams.KeysOf(idp, issuer).GetAsync(jws.Header.KeyId, ct);
        var failure = JwsVerifier.Verify(jws, UpstreamProfiles.Of(idp.Kind).KeysOf(keys, issuer), idp.Algorithms, out _);
        if (failure is not JwsFailure.None) return failure.ToString();
        if (!claims.Contains("aud"u8, 16, idp.SignIn!.ClientId)) return "aud is another's";
        var now = clock.GetUtcNow();
        if (JwtTimes.Check(claims, now, out var times) is { } time) return time;
        if (now - times.IssuedAt > MaxAge + JwtTimes.Skew) return "it is too old";
        if (claims.GetString("jti"u8, 255, out _) is not ClaimState.Present) return "jti is missing";
        if (claims.GetObject("events"u8, out var events) is not ClaimState.Present || events.GetObject(System.Text.Encoding.ASCII.GetBytes(LogoutEvent), out _) is not ClaimState.Present) return "it is no logout event";
        if (claims.Has("nonce"u8)) return "it has a nonce";     // §2.4: so that no ID Token is taken for it
        return claims.GetString("sub"u8, 255, out _) is ClaimState.Present || claims.GetString("sid"u8, 512, out _) is ClaimState.Present ? null : "it names neither sub nor sid";
    }

    private async Task<OAuthError?> EndAsync(CatalogIdp idp, string? sub, string? sid, ReplayKey use, HttpContext http)
    {
        var found = await sessions.FindByUpstreamAsync(idp.Issuer.Value, sub, sid, http.RequestAborted);
        if (found.Count is 0) return null;
        var (_, replayed) = await ending.EndAllAsync(found, SessionEnding.UpstreamSignedOut, [use], auditEvent => auditEvent.From(http) with { ActorKind = "upstream", ActorKey = idp.Alias }, http.RequestAborted);
        return replayed?.Refusal;
    }

    private static OAuthError Refuse(string detail) => OAuthError.InvalidRequest("the logout token is not acceptable").Because("LOGOUT_TOKEN", detail);
}
