using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using IdJagBroker.SignIn.Grants;
using IdJagBroker.SignIn.Pages;

namespace IdJagBroker.SignIn.Authorize;

/// <summary>What a person does in the middle of a sign-in: chooses a provider, goes on to an application that was shown, or gives up.</summary>
internal sealed class AttemptEndpoints(SignInDoor door, Recipients recipients, BrowserState browser, SignInPerson people, SignInStart start, SignInEnd end, SignInRecord record)
{
    private static readonly OAuthError GivenUp = OAuthError.AccessDenied("the person did not go on").Because("CANCELLED");

    /// <summary><c>GET /signin/with/{idp}?attempt=…</c></summary>
    public Task With(HttpContext http, string idp) => InAttemptAsync(http, http.Request.Query["attempt"], async (attempt, recipient, snapshot) =>
    {
        if (SignInStart.ProvidersOf(recipient.SignIn, snapshot.Catalog).FirstOrDefault(one => one.Alias == idp) is not { } chosen)
        {
            await record.ShowAsync(http, recipient.Client.Alias, "PROVIDER_UNKNOWN", Trouble.Malformed);
            return;
        }
        await start.SendAsync(http, attempt, chosen);
    });

    /// <summary><c>GET /signin/ways?attempt=…</c></summary>
    public Task Ways(HttpContext http) => InAttemptAsync(http, http.Request.Query["attempt"], (attempt, recipient, snapshot) =>
        start.ChooseAsync(http, attempt with { Prompt = ["select_account"] }, recipient, SignInStart.ProvidersOf(recipient.SignIn, snapshot.Catalog)));

    /// <summary><c>GET /signin/return?attempt=…</c>: the application hears that nobody signed in.</summary>
    public Task Return(HttpContext http) => InAttemptAsync(http, http.Request.Query["attempt"], async (attempt, recipient, _) =>
    {
        BrowserState.DropAttempt(http, attempt);
        await record.AnswerAsync(http, recipient.Client.Alias, recipient.RedirectUri, attempt.State, GivenUp, new() { Upstream = attempt.Upstream });
    });

    /// <summary><c>POST /signin/continue</c>: only from the page that this browser was shown, whose cookie another site's form does not bring.</summary>
    public async Task Continue(HttpContext http)
    {
        var reading = await Hosting.FormBody.ReadAsync(http.Request, http.RequestAborted);
        if (reading.IsRefused(out var form, out _))
        {
            await Trouble.Malformed.WriteAsync(http);
            return;
        }
        await InAttemptAsync(http, form["attempt"], async (attempt, recipient, snapshot) =>
        {
            if (attempt.Sid is not { } sid)
            {
                await record.ShowAsync(http, recipient.Client.Alias, "ATTEMPT_OVER", Trouble.Over);
                return;
            }
            if (form["answer"] is not "continue")
            {
                BrowserState.DropAttempt(http, attempt);
                await record.WriteAsync(http, recipient.Client.Alias, GivenUp.Reason!, new() { Error = GivenUp.Code, Sid = sid });
                await SignInPages.GoOnAsync(http, recipient.Name, AuthorizationAnswer.WithError(recipient.RedirectUri, attempt.State, end.Issuer, GivenUp));
                return;
            }
            var finding = await people.FindAsync(sid, snapshot, http.Connection.RemoteIpAddress, http.Request.Headers.UserAgent, http.RequestAborted);
            if (finding.IsRefused(out var who, out var refusal)) await record.ShowAsync(http, recipient.Client.Alias, refusal.Reason!, Trouble.Over, new() { Sid = sid, Detail = refusal.Detail });
            else await end.ContinueAsync(http, attempt, recipient, who, snapshot);
        });
    }

    private Task InAttemptAsync(HttpContext http, string? id, Func<SignInAttempt, Recipient, PolicySnapshot, Task> serve) => door.EnterAsync(http, async snapshot =>
    {
        if (!browser.TryReadAttempt(http, id, out var attempt))
        {
            await Trouble.Over.WriteAsync(http);
            return;
        }
        // Looked up again: what an administrator has switched off meanwhile is off.
        var (recipient, fault, _) = await recipients.FindAsync(attempt.ClientId, attempt.RedirectUri, snapshot.Catalog, http.RequestAborted);
        if (recipient is null) await record.ShowAsync(http, attempt.Client, fault!, AuthorizeEndpoint.TroubleOf(fault!));
        else await serve(attempt, recipient, snapshot);
    });
}
