using IdJagBroker.Demo.EnterpriseIdp.Sessions;

namespace IdJagBroker.Demo.EnterpriseIdp;

/// <summary><c>GET /authorize</c>: checks the request, and answers from the browser's session or shows the login page (OpenID Connect Core §3.1.2).</summary>
internal sealed class AuthorizeEndpoint(
    IdpOptions options, IdpIssuers issuers, IdpPeople people, IdpSessions sessions, SignedInAnswer answer, LoginPage page, IdpFaults faults,
    OneTimeStore<PendingSignIn> pending)
{
    public IResult Handle(HttpContext http)
    {
        var query = http.Request.Query;
        if (AuthorizationRequest.FindRecipient(query, options.Clients) is not var (client, redirectUri))
            return page.Problem(http, "The application is not registered here, or asks to be answered at an address that is not its own.");

        var (request, error) = AuthorizationRequest.Parse(query, client, issuers.ShapeFor(client), redirectUri);
        error = faults.TakeAuthorizeError() ?? error;
        if (request is null || error is not null)
            return AuthorizationAnswer.Error(http, redirectUri, query["state"] is [{ } state] ? state : null, issuers.For(client), error!);

        if (sessions.Of(http) is { } session && IsAnsweredBy(session, request)) return answer.For(http, request, session);
        if (!request.MayShowPages) return AuthorizationAnswer.Error(http, redirectUri, request.State, issuers.For(client), "login_required");

        var signIn = new PendingSignIn(request);
        if (pending.Add(signIn) is not { } name)
            return AuthorizationAnswer.Error(http, redirectUri, request.State, issuers.For(client), "temporarily_unavailable");
        http.Response.Cookies.Append(LoginEndpoint.CookieOf(name), signIn.BrowserToken, LoginEndpoint.Cookie(issuers));
        return page.Form(http, name, signIn, request.LoginHint);
    }

    // acr_values is a wish (OpenID Connect Core §3.1.2.1): whoever cannot fulfil it is not asked again for nothing.
    private bool IsAnsweredBy(IdpSession session, AuthorizationRequest request)
    {
        if (request.ForcesLogin || options.Clock.GetUtcNow() - session.Authentication.At > request.MaxAge) return false;
        return request.AcrValues.Count is 0 || request.AcrValues.Contains(session.Authentication.Context.Acr)
            || !people[session.PersonId].WithSecurityKey.Any(context => request.AcrValues.Contains(context.Acr));
    }
}
