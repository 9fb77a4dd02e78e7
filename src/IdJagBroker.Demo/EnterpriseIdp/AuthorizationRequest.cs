using System.Globalization;
using Microsoft.AspNetCore.Http;

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

    /// <summary>What is asked for.</summary>
    public required string Scope { get; init; }

    /// <summary>SHA-256 of the verifier that must come with the code, base64url.</summary>
    public required string CodeChallenge { get; init; }

    /// <summary>How old the sign-in may be.</summary>
    public TimeSpan? MaxAge { get; init; }

    /// <summary>Whether an earlier sign-in does not count.</summary>
    public bool ForcesLogin { get; init; }

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
    public static (AuthorizationRequest? Request, string? Error) Parse(IQueryCollection query, IdpClient client, string redirectUri)
    {
        if (query.Any(parameter => parameter.Value.Count > 1)) return (null, "invalid_request");       // RFC 6749 §3.1
        if (query["response_type"] != "code") return (null, "unsupported_response_type");
        if (query.ContainsKey("request")) return (null, "request_not_supported");
        if (query.ContainsKey("request_uri")) return (null, "request_uri_not_supported");
        if (query["response_mode"].ToString() is not ("" or "query")) return (null, "invalid_request");
        var scope = query["scope"].ToString();
        if (!scope.Split(' ').Contains("openid", StringComparer.Ordinal)) return (null, "invalid_scope");
        if (query["code_challenge_method"] != "S256" || query["code_challenge"].ToString() is not { Length: 43 } challenge)
            return (null, "invalid_request");                                                          // RFC 7636 §4.4.1
        var maxAge = query["max_age"].ToString();
        if (maxAge is not "" && !uint.TryParse(maxAge, NumberStyles.None, CultureInfo.InvariantCulture, out _)) return (null, "invalid_request");
        if (query["prompt"] == "none") return (null, "login_required");                                // there are no sessions to answer from
        return (new AuthorizationRequest
        {
            Client = client, RedirectUri = redirectUri, State = Value(query, "state"), Nonce = Value(query, "nonce"), Scope = scope,
            CodeChallenge = challenge, ForcesLogin = query["prompt"] == "login",
            MaxAge = maxAge is "" ? null : TimeSpan.FromSeconds(uint.Parse(maxAge, CultureInfo.InvariantCulture)),
        }, null);
    }

    private static string? Value(IQueryCollection query, string name) => query[name].ToString() is { Length: > 0 } value ? value : null;
}
