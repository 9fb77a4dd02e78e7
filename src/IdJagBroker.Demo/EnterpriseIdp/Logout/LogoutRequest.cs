using IdJagBroker.Protocol;

namespace IdJagBroker.Demo.EnterpriseIdp.Logout;

/// <summary>A request to sign out (OpenID Connect RP-Initiated Logout §2). Anybody's link can carry one.</summary>
/// <param name="Hint">Whose ID Token came along; null if none did.</param>
/// <param name="RedirectUri">Where the browser goes afterwards; one of the client's own, character for character.</param>
/// <param name="State">Given back unread.</param>
internal sealed record LogoutRequest(LogoutHint? Hint, string? RedirectUri, string? State)
{
    /// <summary>Reads; null if the request names a token, a client or an address that does not hold.</summary>
    public static LogoutRequest? Parse(OAuthForm form, IdpOptions options, IdpIssuers issuers, IdpKeys keys)
    {
        LogoutHint? hint = null;
        if (form["id_token_hint"] is { } token && (hint = LogoutHint.Read(token, options, issuers, keys)) is null) return null;
        var client = hint?.Client ?? options.Clients.FirstOrDefault(client => client.ClientId == form["client_id"]);
        if (form["client_id"] is { } clientId && client?.ClientId != clientId) return null;
        if (form["post_logout_redirect_uri"] is not { } redirectUri) return new LogoutRequest(hint, null, null);
        // Until it is known to be the client's own it is an address like any: nobody is sent there.
        return client?.PostLogoutRedirectUris.Contains(redirectUri, StringComparer.Ordinal) is true ? new LogoutRequest(hint, redirectUri, form["state"]) : null;
    }
}
