namespace IdJagBroker.Demo.EnterpriseIdp;

/// <summary>The pages of a sign-in: the form, and why there is none.</summary>
internal sealed class LoginPage(IdpOptions options, IdpPeople people)
{
    /// <summary>The login form for a pending sign-in.</summary>
    public IResult Form(HttpContext http, string name, PendingSignIn signIn, string? userName = null, string? problem = null)
    {
        var alert = problem is null ? "" : $"""<p class="problem" role="alert" id="problem">{IdpPage.Encode(problem)}</p>""";
        var described = problem is null ? "" : " aria-describedby=\"problem\" aria-invalid=\"true\"";
        var body = $"""
            <h1>Sign in to {IdpPage.Encode(options.Company)}</h1>
            <p>to continue to <strong>{IdpPage.Encode(signIn.Request.Client.ClientId)}</strong></p>
            {alert}
            <form method="post" action="/login">
            <input type="hidden" name="request" value="{IdpPage.Encode(name)}">
            <input type="hidden" name="token" value="{IdpPage.Encode(signIn.FormToken)}">
            <label for="username">User name</label>
            <input id="username" name="username" autocomplete="username" autocapitalize="none" spellcheck="false" required value="{IdpPage.Encode(userName ?? "")}"{described}>
            <label for="password">Password</label>
            <input id="password" name="password" type="password" autocomplete="current-password" required{described}>
            {SecurityKey(signIn.Request)}
            <button type="submit">Sign in</button>
            <button type="submit" name="cancel" value="yes" class="other" formnovalidate>Cancel</button>
            </form>
            """;
        return IdpPage.Of(http, problem is null ? "Sign in" : "Error: sign in", options.Company, body, problem is null ? 200 : 400, signIn.Request.RedirectUri);
    }

    /// <summary>Why the sign-in ends here; the browser is sent nowhere.</summary>
    public IResult Problem(HttpContext http, string problem) => IdpPage.Of(
        http, "Sign-in stopped", options.Company, $"""<h1>Sign-in stopped</h1><p role="alert">{IdpPage.Encode(problem)}</p>""", 400);

    // Offered where the application asks for what somebody here reaches only with one. Who comes is not known yet.
    private string SecurityKey(AuthorizationRequest request) =>
        people.All.SelectMany(person => person.WithSecurityKey).Any(context => request.AcrValues.Contains(context.Acr))
            ? """<div class="choice"><input type="checkbox" id="key" name="key" value="yes"><label for="key">Use a security key</label></div>""" : "";
}
