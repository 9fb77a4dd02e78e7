using IdJagBroker.Demo.EnterpriseIdp.Sessions;
using IdJagBroker.Protocol;

namespace IdJagBroker.Demo.EnterpriseIdp;

/// <summary><c>POST /login</c>: takes the login form, checks the password, begins a session and answers the application.</summary>
internal sealed class LoginEndpoint(
    IdpOptions options, IdpIssuers issuers, IdpPeople people, IdpSessions sessions, SignedInAnswer answer, LoginPage page, OneTimeStore<PendingSignIn> pending)
{
    /// <summary>The cookie of one pending sign-in; several tabs do not disturb each other.</summary>
    public static string CookieOf(string name) => $"idp-sign-in-{name[..8]}";

    /// <summary>How that cookie is kept: for the form's own POST and nothing else.</summary>
    public static CookieOptions Cookie(IdpIssuers issuers) =>
        new() { HttpOnly = true, SameSite = SameSiteMode.Strict, Path = "/login", Secure = issuers.IsHttps };

    public async Task<IResult> HandleAsync(HttpContext http)
    {
        var read = await FormBody.ReadAsync(http.Request);
        if (read.IsRefused(out var form, out _)) return page.Problem(http, "The form could not be read.");

        var name = form["request"];
        if (pending.Find(name) is not { } signIn) return page.Problem(http, "This sign-in has expired. Please start again in the application.");
        if (!signIn.IsFrom(form["token"], http.Request.Cookies[CookieOf(name!)]))
            return page.Problem(http, "This form was not opened in this browser. Please start again in the application.");
        if (form["cancel"] is not null) return Cancel(http, name!, signIn.Request);
        if (!signIn.TryAttempt())
        {
            pending.Take(name);
            return page.Problem(http, "Too many attempts. Please start again in the application.");
        }
        var (person, context, problem) = Authenticate(form, signIn.Request);
        if (person is null || context is null) return page.Form(http, name!, signIn, form["username"], problem);

        if (pending.Take(name) is null) return page.Problem(http, "This sign-in could not be completed. Please start again in the application.");
        http.Response.Cookies.Delete(CookieOf(name!), Cookie(issuers));
        var authentication = new Authentication(AuthenticatedAt(http, signIn.Request, person), context);
        return answer.For(http, signIn.Request, sessions.Begin(http, person, authentication));
    }

    // What is wrong with the account is said only to somebody who knows its password.
    private (Person?, AuthenticationContext?, string? Problem) Authenticate(OAuthForm form, AuthorizationRequest request)
    {
        var person = people.Named(form["username"]);
        var matches = (person?.Password ?? PasswordHash.OfNobody).Matches(form["password"] ?? "");
        if (person is null || !matches) return (null, null, "The user name or the password is not right.");
        if (person.IsDisabled) return (null, null, "This account is disabled. Please ask your administrator.");
        if (form["key"] is null) return (person, new AuthenticationContext(person.Acr, person.Amr), null);
        var context = request.AcrValues.Select(acr => person.WithSecurityKey.FirstOrDefault(context => context.Acr == acr)).FirstOrDefault(found => found is not null);
        return (person, context, "This account has no security key that would do.");
    }

    private DateTimeOffset AuthenticatedAt(HttpContext http, AuthorizationRequest request, Person person)
    {
        var now = options.Clock.GetUtcNow();
        var fresh = request.ForcesLogin || person.SessionAge > request.MaxAge || sessions.Of(http) is not null;
        return fresh ? now : now - person.SessionAge;
    }

    private IResult Cancel(HttpContext http, string name, AuthorizationRequest request)
    {
        if (pending.Take(name) is null) return page.Problem(http, "This sign-in has already ended.");
        http.Response.Cookies.Delete(CookieOf(name), Cookie(issuers));
        return AuthorizationAnswer.Error(http, request.RedirectUri, request.State, issuers.For(request.Client), "access_denied", "The person cancelled the sign-in.");
    }
}
