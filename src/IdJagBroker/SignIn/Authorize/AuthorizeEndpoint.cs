using System.Text;
using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using IdJagBroker.SignIn.Grants;
using IdJagBroker.SignIn.Pages;
using IdJagBroker.SignIn.Sessions;

namespace IdJagBroker.SignIn.Authorize;

/// <summary><c>GET</c> and <c>POST /authorize</c> (RFC 6749 §3.1, OpenID Connect Core §3.1.2): reads the request, and answers from a session or sends the person to their provider.</summary>
internal sealed class AuthorizeEndpoint(
    SignInDoor door, Recipients recipients, BrowserState browser, SessionDirectory sessions, SignInPerson people, SignInStart start, SignInEnd end, SignInRecord record, TimeProvider clock)
{
    public Task Handle(HttpContext http) => door.EnterAsync(http, async snapshot =>
    {
        if (await ReadAsync(http) is not { } parameters)
        {
            await Trouble.Malformed.WriteAsync(http);
            return;
        }
        var (recipient, fault, known) = await recipients.FindAsync(parameters["client_id"], parameters["redirect_uri"], snapshot.Catalog, http.RequestAborted);
        if (recipient is null)
        {
            await record.ShowAsync(http, known?.Alias, fault!, TroubleOf(fault!));
            return;
        }
        var parsing = AuthorizationRequest.Parse(parameters);
        if (parsing.IsRefused(out var request, out var refusal))
        {
            await record.AnswerAsync(http, recipient.Client.Alias, recipient.RedirectUri, parameters["state"], refusal.Because("AUTHORIZE_REQUEST", refusal.Description));
            return;
        }
        var attempt = SignInAttempt.Begin(SignInStart.NewName(), clock.GetUtcNow(), recipient.Client.Alias, recipient.ClientId, recipient.RedirectUri, request);
        if (await SessionForAsync(http, request, recipient, snapshot) is { } who) await end.AnswerAsync(http, attempt, recipient, who, snapshot);
        else if (request.IsSilent) await record.AnswerAsync(http, recipient.Client.Alias, recipient.RedirectUri, request.State, OAuthError.OfAuthorization("login_required", "nobody is signed in"));
        else await start.BeginAsync(http, attempt, recipient, snapshot.Catalog);
    });

    /// <summary>What a person is told whose application cannot be answered.</summary>
    internal static Trouble TroubleOf(string fault) => fault switch
    {
        "REQUEST_INCOMPLETE" => Trouble.Malformed,
        "REDIRECT_URI_MISMATCH" => Trouble.WrongAddress,
        "CLIENT_DISABLED" or "SIGN_IN_OFF" => Trouble.ApplicationOff,
        "CLIENT_DOCUMENT_UNAVAILABLE" => Trouble.NoDocument,
        _ => Trouble.UnknownApplication,
    };

    private static async Task<AuthorizationParameters?> ReadAsync(HttpContext http)
    {
        if (HttpMethods.IsGet(http.Request.Method)) return AuthorizationParameters.Parse(Encoding.ASCII.GetBytes(http.Request.QueryString.Value is { Length: > 1 } query ? query[1..] : ""));
        return await ReadFormAsync(http);
    }

    /// <summary>Reads a form that a browser posts; null if it is none, or too long.</summary>
    internal static async Task<AuthorizationParameters?> ReadFormAsync(HttpContext http)
    {
        if (!OAuthForm.IsForm(http.Request.ContentType) || http.Request.ContentLength > AuthorizationParameters.MaxBytes) return null;
        using var body = new MemoryStream();
        var buffer = new byte[4096];
        for (int count; (count = await http.Request.Body.ReadAsync(buffer, http.RequestAborted)) > 0;)
        {
            if (body.Length + count > AuthorizationParameters.MaxBytes) return null;
            body.Write(buffer, 0, count);
        }
        return AuthorizationParameters.Parse(body.GetBuffer().AsSpan(0, (int)body.Length));
    }

    // The person of this browser, if that sign-in is what is asked for.
    private async Task<SignedIn?> SessionForAsync(HttpContext http, AuthorizationRequest request, Recipient recipient, PolicySnapshot snapshot)
    {
        if (request.Prompt.Contains("login", StringComparer.Ordinal) || request.Prompt.Contains("select_account", StringComparer.Ordinal)) return null;
        if (browser.ReadSession(http) is not { } sid || await sessions.FindAsync(sid, http.RequestAborted) is not { } session || clock.GetUtcNow() >= session.ExpiresAt) return null;
        if (request.MaxAge is { } maxAge && clock.GetUtcNow() - session.SignedInAt > maxAge) return null;
        if (!SignInStart.ProvidersOf(recipient.SignIn, snapshot.Catalog).Any(idp => idp.Issuer.Value == session.Upstream)) return null;
        var finding = await people.FindAsync(sid, snapshot, http.Connection.RemoteIpAddress, http.Request.Headers.UserAgent, http.RequestAborted);
        if (finding.IsRefused(out var who, out _)) return null;
        return request.AcrValues.Count is 0 || who.Subject.AuthenticationContexts.Any(context => request.AcrValues.Contains(context, StringComparer.Ordinal)) ? who : null;
    }
}
