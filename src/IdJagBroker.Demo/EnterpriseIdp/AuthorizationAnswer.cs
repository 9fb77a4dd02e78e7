namespace IdJagBroker.Demo.EnterpriseIdp;

/// <summary>Sends the browser back to the application (RFC 6749 §4.1.2), naming the issuer so that answers cannot be mixed up (RFC 9207 §2).</summary>
internal static class AuthorizationAnswer
{
    public static IResult Code(HttpContext http, AuthorizationRequest request, string issuer, string code) =>
        Redirect(http, request.RedirectUri, ("code", code), ("state", request.State), ("iss", issuer));

    public static IResult Error(HttpContext http, string redirectUri, string? state, string issuer, string error, string? description = null) =>
        Redirect(http, redirectUri, ("error", error), ("error_description", description), ("state", state), ("iss", issuer));

    /// <summary>A redirect that takes nothing of this request along.</summary>
    public static IResult Redirect(HttpContext http, string redirectUri, params (string Name, string? Value)[] parameters)
    {
        var query = string.Join('&', parameters.Where(p => !string.IsNullOrEmpty(p.Value)).Select(p => $"{p.Name}={Uri.EscapeDataString(p.Value!)}"));
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers["Referrer-Policy"] = "no-referrer";
        http.Response.Headers.Location = query is "" ? redirectUri : redirectUri + (redirectUri.Contains('?') ? '&' : '?') + query;
        return Results.StatusCode(StatusCodes.Status303SeeOther);      // never 307: it would carry the password along (RFC 9700 §4.12)
    }
}
