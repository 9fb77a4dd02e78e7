using System.Text;
using IdJagBroker.Discovery;
using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.SignIn.Authorize;
using IdJagBroker.SignIn.Grants;
using IdJagBroker.SignIn.Pages;
using IdJagBroker.SignIn.Sessions;
using IdJagBroker.Clients.Registry;

namespace IdJagBroker.SignIn.Ending;

/// <summary>
/// <c>GET</c> and <c>POST /logout</c> (OpenID Connect RP-Initiated Logout): ends the session of this browser and all that was given in it. Whoever brings no ID Token of
/// just that session is asked first: a link on some page must not sign anybody out.
/// </summary>
internal sealed class LogoutEndpoint(
    Issuer issuer, SignInDoor door, BrowserState browser, OwnIdTokens idTokens, SessionTable sessions, SessionEnding ending, ClientRegistry clients)
{
    public Task Handle(HttpContext http) => door.EnterAsync(http, async snapshot =>
    {
        if (await ReadAsync(http) is not { } parameters)
        {
            await Trouble.Malformed.WriteAsync(http);
            return;
        }
        var hint = ReadHint(parameters["id_token_hint"]);
        var client = (hint?.ClientId ?? parameters["client_id"]) is { } clientId ? clients.Find(snapshot.Catalog, clientId) : null;
        if (hint is not null && parameters["client_id"] is { } named && named != hint.ClientId) client = null;      // §2: they must be the same
        var signedIn = browser.ReadSession(http);
        if (signedIn is not null && hint?.Sid != signedIn && !(HttpMethods.IsPost(http.Request.Method) && parameters["confirm"] is "yes"))
        {
            await LogoutPages.ConfirmAsync(http, EndpointPaths.Under(issuer, SignInPaths.Logout), Repeated(parameters));
            return;
        }
        foreach (var sid in new[] { signedIn, hint?.Sid }.OfType<string>().Distinct(StringComparer.Ordinal))
            if (await sessions.FindAsync(sid, http.RequestAborted) is { } session)
                await ending.EndAsync(sid, session.SubjectKey, SessionEnding.SignedOut, auditEvent => (client is null ? auditEvent : auditEvent.Through(client.Alias)).From(http), http.RequestAborted);
        // Only of a browser that brought it: from another site's form it does not come along, and taking it away would sign out whom nobody asked.
        if (signedIn is not null) BrowserState.DropSession(http);
        if (ReturnTo(client, parameters) is { } location) await SignInPages.GoOnAsync(http, client!.SignIn!.Name, location);
        else await LogoutPages.SignedOutAsync(http);
    });

    private VerifiedIdToken? ReadHint(string? text)
    {
        if (text is null || !CompactJws.TryParse(text, Upstreams.SubjectTokenValidator.MaxChars, out var jws, out _)) return null;
        using (jws) return idTokens.Verify(jws, mayBeOver: true, out _);
    }

    // Nowhere but to a registered address, or this would be an open redirector.
    private static string? ReturnTo(CatalogClient? client, AuthorizationParameters parameters)
    {
        if (client?.SignIn is not { } signIn || parameters["post_logout_redirect_uri"] is not { } asked || !RedirectUris.Allow(signIn.PostLogoutRedirectUris, asked)) return null;
        return parameters["state"] is { Length: <= AuthorizationRequest.MaxOpaqueChars } state ? $"{asked}{(asked.Contains('?') ? '&' : '?')}state={Uri.EscapeDataString(state)}" : asked;
    }

    private static IEnumerable<(string Name, string Value)> Repeated(AuthorizationParameters parameters)
    {
        foreach (var name in (string[])["id_token_hint", "client_id", "post_logout_redirect_uri", "state"])
            if (parameters[name] is { } value) yield return (name, value);
    }

    private static async Task<AuthorizationParameters?> ReadAsync(HttpContext http)
    {
        if (HttpMethods.IsGet(http.Request.Method)) return AuthorizationParameters.Parse(Encoding.ASCII.GetBytes(http.Request.QueryString.Value is { Length: > 1 } query ? query[1..] : ""));
        return await AuthorizeEndpoint.ReadFormAsync(http);
    }
}
