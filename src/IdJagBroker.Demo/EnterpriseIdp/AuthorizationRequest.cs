using System.Globalization;
using IdJagBroker.Demo.EnterpriseIdp.Shapes;

namespace IdJagBroker.Demo.EnterpriseIdp;

/// <summary>A well-formed request to sign somebody in (OpenID Connect Core §3.1.2.1, RFC 7636 §4.3).</summary>
internal sealed record AuthorizationRequest
{
    /// <summary>Who asks.</summary>
    public required IdpClient Client { get; init; }

    /// <summary>Where the answer goes; one of the client's own, character for character.</summary>
    public required string RedirectUri { get; init; }

    /// <summary>Given back unread.</summary>
    public string? State { get; init; }

    /// <summary>Copied into the ID Token.</summary>
    public string? Nonce { get; init; }

    /// <summary>What is asked for and can be had, space-separated.</summary>
    public required string Scope { get; init; }

    /// <summary>SHA-256 of the verifier that must come with the code, base64url.</summary>
    public required string CodeChallenge { get; init; }

    /// <summary>How old the sign-in may be.</summary>
    public TimeSpan? MaxAge { get; init; }

    /// <summary>Whether an earlier sign-in does not count: <c>prompt=login</c>, or <c>select_account</c>, or <c>max_age=0</c>, which means the same.</summary>
    public bool ForcesLogin { get; init; }

    /// <summary>Whether the person may be asked anything: not with <c>prompt=none</c>.</summary>
    public bool MayShowPages { get; init; } = true;

    /// <summary>Who the application thinks will sign in; anybody can have written it.</summary>
    public string? LoginHint { get; init; }

    /// <summary>How strong the sign-in should be, the most wanted first.</summary>
    public IReadOnlyList<string> AcrValues { get; init; } = [];

    /// <summary>Whether the application is to get a refresh token (OpenID Connect Core §11).</summary>
    public bool IsOffline { get; init; }

    /// <summary>
    /// Finds whom to answer. Until client and redirect URI are known to belong together nothing is sent anywhere: an open redirector
    /// would carry codes and errors to whoever asked (RFC 9700 §4.11).
    /// </summary>
    /// <returns>Null if the request may only be answered with a page.</returns>
    public static (IdpClient Client, string RedirectUri)? FindRecipient(IQueryCollection query, IReadOnlyList<IdpClient> clients)
    {
        if (query["client_id"] is not [{ } clientId] || query["redirect_uri"] is not [{ } redirectUri]) return null;
        var client = clients.FirstOrDefault(c => string.Equals(c.ClientId, clientId, StringComparison.Ordinal));
        return client is not null && client.RedirectUris.Contains(redirectUri, StringComparer.Ordinal) ? (client, redirectUri) : null;
    }

    /// <summary>Reads the rest.</summary>
    /// <returns>The request, or the error code that the recipient gets (RFC 6749 §4.1.2.1).</returns>
    public static (AuthorizationRequest? Request, string? Error) Parse(IQueryCollection query, IdpClient client, IdTokenShape shape, string redirectUri)
    {
        if (query.Any(parameter => parameter.Value.Count > 1)) return (null, "invalid_request");       // RFC 6749 §3.1
        if (query["response_type"] != "code") return (null, "unsupported_response_type");
        if (query.ContainsKey("request")) return (null, "request_not_supported");
        if (query.ContainsKey("request_uri")) return (null, "request_uri_not_supported");
        if (query["response_mode"].ToString() is not ("" or "query")) return (null, "invalid_request");
        var scopes = Words(query, "scope");
        if (!scopes.Contains("openid") || (scopes.Contains("offline_access") && !shape.Scopes.Contains("offline_access"))) return (null, "invalid_scope");
        if (query["code_challenge_method"] != "S256" || query["code_challenge"].ToString() is not { Length: 43 } challenge)
            return (null, "invalid_request");                                                          // RFC 7636 §4.4.1
        var age = query["max_age"].ToString();
        if (age is not "" && !uint.TryParse(age, NumberStyles.None, CultureInfo.InvariantCulture, out _)) return (null, "invalid_request");
        TimeSpan? maxAge = age is "" ? null : TimeSpan.FromSeconds(uint.Parse(age, CultureInfo.InvariantCulture));
        var prompts = Words(query, "prompt");
        if (prompts.Contains("none") && prompts.Count > 1) return (null, "invalid_request");           // OpenID Connect Core §3.1.2.1
        var granted = scopes.Where(scope => shape.Scopes.Contains(scope) && (scope is not "offline_access" || client.MayStayOffline)).ToList();
        return (new AuthorizationRequest
        {
            Client = client, RedirectUri = redirectUri, State = Value(query, "state"), Nonce = Value(query, "nonce"), Scope = string.Join(' ', granted),
            CodeChallenge = challenge, MaxAge = maxAge, LoginHint = Value(query, "login_hint"), AcrValues = Words(query, "acr_values"),
            ForcesLogin = prompts.Contains("login") || prompts.Contains("select_account") || maxAge == TimeSpan.Zero, MayShowPages = !prompts.Contains("none"),
            IsOffline = client.MayStayOffline && (granted.Contains("offline_access") || shape.IsOffline(query)),
        }, null);
    }

    private static string? Value(IQueryCollection query, string name) => query[name].ToString() is { Length: > 0 } value ? value : null;

    private static List<string> Words(IQueryCollection query, string name) =>
        [.. query[name].ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal)];
}
