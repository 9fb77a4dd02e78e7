namespace IdJagBroker.Demo.EnterpriseIdp;

/// <summary><c>GET /authorize</c>: checks the request and shows the login page (OpenID Connect Core §3.1.2).</summary>
internal sealed class AuthorizeEndpoint(IdpOptions options, IdpIssuers issuers, OneTimeStore<PendingSignIn> pending)
{
    public IResult Handle(HttpContext http)
    {
        var query = http.Request.Query;
        if (AuthorizationRequest.FindRecipient(query, options.Clients) is not var (client, redirectUri))
            return LoginPage.Problem(http, "The application is not registered here, or asks to be answered at an address that is not its own.");

        var (request, error) = AuthorizationRequest.Parse(query, client, redirectUri);
        if (request is null)
            return AuthorizationAnswer.Error(http, redirectUri, query["state"] is [{ } state] ? state : null, issuers.For(client), error!);

        var signIn = new PendingSignIn(request);
        if (pending.Add(signIn) is not { } name)
            return AuthorizationAnswer.Error(http, redirectUri, request.State, issuers.For(client), "temporarily_unavailable");
        http.Response.Cookies.Append(LoginEndpoint.CookieOf(name), signIn.BrowserToken, LoginEndpoint.Cookie(http));
        return LoginPage.Form(http, name, signIn);
    }
}
