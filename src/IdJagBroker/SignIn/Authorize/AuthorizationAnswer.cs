using IdJagBroker.Protocol;

namespace IdJagBroker.SignIn.Authorize;

/// <summary>Sends the browser back to the application (RFC 6749 §4.1.2), naming the issuer so that answers cannot be mixed up (RFC 9207 §2).</summary>
internal static class AuthorizationAnswer
{
    /// <summary>Where a code is brought.</summary>
    public static string WithCode(string redirectUri, string? state, Issuer issuer, string code) => With(redirectUri, ("code", code), ("state", state), ("iss", issuer.Value));

    /// <summary>Where a refusal is brought (RFC 6749 §4.1.2.1).</summary>
    public static string WithError(string redirectUri, string? state, Issuer issuer, OAuthError refusal) =>
        With(redirectUri, ("error", refusal.Code), ("error_description", refusal.Description), ("state", state), ("iss", issuer.Value));

    /// <summary>Sends it there: 303, so that no form is posted on (RFC 9700 §4.12).</summary>
    public static void Redirect(HttpContext http, string location)
    {
        http.Response.StatusCode = StatusCodes.Status303SeeOther;
        http.Response.Headers.Location = location;
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers["Referrer-Policy"] = "no-referrer";
    }

    private static string With(string redirectUri, params ReadOnlySpan<(string Name, string? Value)> parameters)
    {
        var separator = redirectUri.Contains('?') ? '&' : '?';
        var answer = redirectUri;
        foreach (var (name, value) in parameters)
        {
            if (value is null) continue;
            answer += $"{separator}{name}={Uri.EscapeDataString(value)}";
            separator = '&';
        }
        return answer;
    }
}
