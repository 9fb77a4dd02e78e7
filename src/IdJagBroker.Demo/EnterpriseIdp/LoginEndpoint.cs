using IdJagBroker.Protocol;

namespace IdJagBroker.Demo.EnterpriseIdp;

/// <summary><c>POST /login</c>: takes the login form, checks the password and answers the application with a code.</summary>
internal sealed class LoginEndpoint(
    IdpOptions options, IdpIssuers issuers, OneTimeStore<PendingSignIn> pending, OneTimeStore<GrantedCode> codes)
{
    /// <summary>The cookie of one pending sign-in; several tabs do not disturb each other.</summary>
    public static string CookieOf(string name) => $"idp-sign-in-{name[..8]}";

    /// <summary>How that cookie is kept: for the form's own POST and nothing else.</summary>
    public static CookieOptions Cookie(HttpContext http) =>
        new() { HttpOnly = true, SameSite = SameSiteMode.Strict, Path = "/login", Secure = http.Request.IsHttps };

    public async Task<IResult> HandleAsync(HttpContext http)
    {
        var read = await FormBody.ReadAsync(http.Request);
        if (read.IsRefused(out var form, out _)) return LoginPage.Problem(http, "The form could not be read.");

        var name = form["request"];
        if (pending.Find(name) is not { } signIn) return LoginPage.Problem(http, "This sign-in has expired. Please start again in the application.");
        if (!signIn.IsFrom(form["token"], http.Request.Cookies[CookieOf(name!)]))
            return LoginPage.Problem(http, "This form was not opened in this browser. Please start again in the application.");
        if (!signIn.TryAttempt())
        {
            pending.Take(name);
            return LoginPage.Problem(http, "Too many attempts. Please start again in the application.");
        }
        if (Authenticate(form) is not { } person)
            return LoginPage.Form(http, name!, signIn, form["username"], "The user name or the password is not right.");

        if (pending.Take(name) is null || codes.Add(Grant(signIn.Request, person)) is not { } code)
            return LoginPage.Problem(http, "This sign-in could not be completed. Please start again in the application.");
        http.Response.Cookies.Delete(CookieOf(name!), Cookie(http));
        return AuthorizationAnswer.Code(http, signIn.Request, issuers.For(signIn.Request.Client), code);
    }

    private Person? Authenticate(OAuthForm form)
    {
        var person = options.People.FirstOrDefault(p => string.Equals(p.UserName, form["username"], StringComparison.OrdinalIgnoreCase));
        var matches = (person?.Password ?? PasswordHash.OfNobody).Matches(form["password"] ?? "");
        return matches ? person : null;
    }

    private GrantedCode Grant(AuthorizationRequest request, Person person)
    {
        var now = options.Clock.GetUtcNow();
        var fresh = request.ForcesLogin || person.SessionAge > request.MaxAge;
        return new GrantedCode(request, person, fresh ? now : now - person.SessionAge);
    }
}
