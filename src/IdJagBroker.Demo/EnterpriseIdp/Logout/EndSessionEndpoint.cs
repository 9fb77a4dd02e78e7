using System.Text;
using IdJagBroker.Demo.EnterpriseIdp.Sessions;
using IdJagBroker.Protocol;

namespace IdJagBroker.Demo.EnterpriseIdp.Logout;

/// <summary>
/// <c>GET</c> or <c>POST /logout</c> (OpenID Connect RP-Initiated Logout): signs out whom an ID Token of the browser's own session names,
/// and asks everybody else first, so that nobody's link or picture signs people out.
/// </summary>
internal sealed class EndSessionEndpoint(
    IdpOptions options, IdpIssuers issuers, IdpKeys keys, IdpSessions sessions, BackChannelLogout backChannel, OneTimeStore<PendingLogout> pending)
{
    public async Task<IResult> HandleAsync(HttpContext http)
    {
        var read = HttpMethods.IsPost(http.Request.Method)
            ? await FormBody.ReadAsync(http.Request)
            : OAuthForm.Parse(Encoding.UTF8.GetBytes(http.Request.QueryString.Value?.TrimStart('?') ?? ""));
        if (read.IsRefused(out var form, out _) || LogoutRequest.Parse(form, options, issuers, keys) is not { } request)
            return Problem(http, "The application's request to sign out is not one that it may make. You are still signed in.");

        if (sessions.Of(http) is not { } session) return Done(http, request);
        if (request.Hint?.SessionId != session.Id) return Ask(http, request, session);
        return await EndAsync(http, request, session);
    }

    /// <summary><c>POST /logout/confirm</c>: the person has pressed the button.</summary>
    public async Task<IResult> ConfirmAsync(HttpContext http)
    {
        var read = await FormBody.ReadAsync(http.Request);
        if (read.IsRefused(out var form, out _) || pending.Take(form["request"]) is not { } asked || sessions.Of(http) != asked.Session)
            return Problem(http, "This page has expired. You may still be signed in.");
        return await EndAsync(http, asked.Request, asked.Session);
    }

    private async Task<IResult> EndAsync(HttpContext http, LogoutRequest request, IdpSession session)
    {
        await backChannel.EndAsync(session);
        sessions.Forget(http);
        return Done(http, request);
    }

    private IResult Done(HttpContext http, LogoutRequest request) => request.RedirectUri is { } redirectUri
        ? AuthorizationAnswer.Redirect(http, redirectUri, ("state", request.State))
        : IdpPage.Of(http, "Signed out", options.Company, $"<h1>You are signed out of {IdpPage.Encode(options.Company)}</h1><p>You can close this page.</p>");

    private IResult Ask(HttpContext http, LogoutRequest request, IdpSession session)
    {
        if (pending.Add(new PendingLogout(request, session)) is not { } name) return Problem(http, "Too many people are signing out. Please try again later.");
        var body = $"""
            <h1>Sign out of {IdpPage.Encode(options.Company)}?</h1>
            <p>An application asks you to. If you did not want to sign out, close this page.</p>
            <form method="post" action="/logout/confirm">
            <input type="hidden" name="request" value="{IdpPage.Encode(name)}">
            <button type="submit">Sign out</button>
            </form>
            """;
        return IdpPage.Of(http, "Sign out", options.Company, body, answerUri: request.RedirectUri ?? issuers.BaseUrl);
    }

    private IResult Problem(HttpContext http, string problem) => IdpPage.Of(
        http, "Not signed out", options.Company, $"""<h1>Not signed out</h1><p role="alert">{IdpPage.Encode(problem)}</p>""", 400);
}
