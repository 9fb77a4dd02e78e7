using IdJagBroker.Dpop;
using IdJagBroker.Hosting;
using IdJagBroker.Keys.Sealing;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using IdJagBroker.TokenExchange;

namespace IdJagBroker.SignIn.Grants;

/// <summary><c>GET</c> and <c>POST /userinfo</c> (OpenID Connect Core §5.3): what is known now of the person whose access token it is.</summary>
internal sealed class UserInfoEndpoint(SealingKeyRing sealing, GrantTable grants, SignInPerson people, ActivePolicy policy, RateLimits limits, UserInfoProof proofs, TimeProvider clock)
{
    public async Task Handle(HttpContext http)
    {
        http.Response.Headers.CacheControl = "no-store";
        if (limits.ForAddress(http.Connection.RemoteIpAddress) is { } tooMany)
        {
            await OAuthResponse.WriteAsync(http, tooMany);
            return;
        }
        if (!TryReadToken(http, out var text, out var isDpop))
        {
            Challenge(http, null);
            return;
        }
        if (await FindAsync(http, text, isDpop) is not var (grant, who))
        {
            Challenge(http, isDpop ? "DPoP" : "Bearer");
            return;
        }
        http.Response.Headers.AccessControlAllowOrigin = "*";       // the token is what is asked for; no cookie counts here
        await OAuthResponse.WriteAsync(http, json =>
        {
            json.WriteStartObject();
            json.WriteString("sub"u8, who.Person.Sub);
            if (grant.Scope.Contains("profile") && who.Subject.Name is { } name) json.WriteString("name"u8, name);
            if (grant.Scope.Contains("email") && who.Subject.VerifiedEmail is { } email)
            {
                json.WriteString("email"u8, email);
                json.WriteBoolean("email_verified"u8, true);
            }
            json.WriteEndObject();
        });
    }

    private async Task<(SignInGrant Grant, SignedIn Who)?> FindAsync(HttpContext http, string text, bool isDpop)
    {
        if (!SignInAccessToken.TryOpen(sealing, text, out var token) || clock.GetUtcNow() >= token.ExpiresAt) return null;
        // A bound token without its proof is a stolen one, and a proof for a token that is not bound proves nothing (RFC 9449 §7.1).
        if (isDpop != token.KeyThumbprint is not null) return null;
        if (token.KeyThumbprint is { } bound && !await proofs.IsProvenAsync(http, text, bound)) return null;
        if (await grants.FindAsync(token.Grant, http.RequestAborted) is not { IsRevoked: false } grant) return null;
        var finding = await people.FindAsync(grant.Sid, policy.Current, http.Connection.RemoteIpAddress, http.Request.Headers.UserAgent, http.RequestAborted);
        return finding.IsRefused(out var who, out _) ? null : (grant, who);
    }

    // RFC 6750 §2.1, RFC 9449 §7.1: the header alone. In a URL a token would be kept by whoever keeps URLs.
    private static bool TryReadToken(HttpContext http, out string token, out bool isDpop)
    {
        (token, isDpop) = ("", false);
        if (http.Request.Headers.Authorization is not [{ } header]) return false;
        var space = header.IndexOf(' ');
        if (space < 0) return false;
        isDpop = header.AsSpan(0, space).Equals("DPoP", StringComparison.OrdinalIgnoreCase);
        token = header[(space + 1)..].Trim();
        return isDpop || header.AsSpan(0, space).Equals("Bearer", StringComparison.OrdinalIgnoreCase);
    }

    // RFC 6750 §3: nothing is said of an error to whoever brought no token.
    private static void Challenge(HttpContext http, string? scheme)
    {
        http.Response.StatusCode = StatusCodes.Status401Unauthorized;
        http.Response.Headers.WWWAuthenticate = scheme is null ? "Bearer" : $"{scheme} error=\"invalid_token\"";
    }
}
