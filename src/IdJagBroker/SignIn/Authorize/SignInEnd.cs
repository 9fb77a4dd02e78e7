using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using IdJagBroker.Audit;
using IdJagBroker.Discovery;
using IdJagBroker.Locks;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using IdJagBroker.SignIn.Grants;
using IdJagBroker.SignIn.Pages;
using Microsoft.Extensions.Options;
using Npgsql;

namespace IdJagBroker.SignIn.Authorize;

/// <summary>A person is signed in: gives the application its code, after the person was shown, once, who an application is for which nobody vouches.</summary>
internal sealed class SignInEnd(
    NpgsqlDataSource database, Issuer issuer, BrowserState browser, ShownClients shown, HeldLocks locks, SignInRecord record, PolicyActivation activation, IOptions<SignInOptions> options, TimeProvider clock)
{
    /// <summary>Who answers.</summary>
    public Issuer Issuer => issuer;

    /// <summary>Answers the application, or shows the person who asks.</summary>
    /// <param name="http">The request.</param>
    /// <param name="attempt">The sign-in.</param>
    /// <param name="recipient">Who asks, looked up again.</param>
    /// <param name="who">Who signed in.</param>
    /// <param name="snapshot">The policy in force.</param>
    /// <exception cref="NpgsqlException">The database is away; nothing was given.</exception>
    public async Task AnswerAsync(HttpContext http, SignInAttempt attempt, Recipient recipient, SignedIn who, PolicySnapshot snapshot)
    {
        if (await IsLockedAsync(http, attempt, recipient, who)) return;
        if (recipient.IsIntroduced && !await shown.IsKnownAsync(who.Person.SubjectKey, recipient, http.RequestAborted))
        {
            if (attempt.Prompt is ["none"])
            {
                await record.AnswerAsync(http, recipient.Client.Alias, recipient.RedirectUri, attempt.State, OAuthError.OfAuthorization("interaction_required", "the person has to be asked"));
                return;
            }
            browser.WriteAttempt(http, attempt with { Sid = who.Session.Sid });
            await SignInPages.IntroduceAsync(
                http, recipient.Name, recipient.ClientId, RedirectUris.PlaceOf(recipient.RedirectUri), EndpointPaths.Under(issuer, SignInPaths.Continue), attempt.Id);
            return;
        }
        BrowserState.DropAttempt(http, attempt);
        AuthorizationAnswer.Redirect(http, await GiveCodeAsync(http, attempt, recipient, who, snapshot, introduced: false));
    }

    /// <summary>The person has seen who asks, and goes on. Answers by a page, which the browser leaves at once.</summary>
    /// <inheritdoc cref="AnswerAsync" path="/exception"/>
    public async Task ContinueAsync(HttpContext http, SignInAttempt attempt, Recipient recipient, SignedIn who, PolicySnapshot snapshot)
    {
        if (await IsLockedAsync(http, attempt, recipient, who)) return;
        BrowserState.DropAttempt(http, attempt);
        await SignInPages.GoOnAsync(http, recipient.Name, await GiveCodeAsync(http, attempt, recipient, who, snapshot, introduced: true));
    }

    private async Task<bool> IsLockedAsync(HttpContext http, SignInAttempt attempt, Recipient recipient, SignedIn who)
    {
        var notes = new IssuanceAttempt(Guid.Empty, null, null, null);
        if (locks.ForSignIn(recipient.Client.Alias, recipient.ClientId, who.Person.SubjectKey, notes) is null) return false;
        BrowserState.DropAttempt(http, attempt);
        await record.ShowAsync(http, recipient.Client.Alias, "LOCKED", Trouble.Locked, new() { Lock = notes.Lock, Sid = who.Session.Sid, SubjectKey = who.Person.SubjectKey, Upstream = who.Subject.Upstream });
        return true;
    }

    // Code, grant and record in one commit: there is no code that the log does not know.
    private async Task<string> GiveCodeAsync(HttpContext http, SignInAttempt attempt, Recipient recipient, SignedIn who, PolicySnapshot snapshot, bool introduced)
    {
        activation.MustBeRecorded(snapshot.Revision);
        var now = clock.GetUtcNow();
        var code = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        var scope = ScopeSet.TryParse(attempt.Scope, out var asked) ? asked.Intersect(SignInTokenFactory.Scopes) : ScopeSet.Empty;
        var grant = new SignInGrant
        {
            Id = Guid.CreateVersion7(now), Sid = who.Session.Sid, Client = recipient.Client.Alias, ClientId = recipient.ClientId, RedirectUri = recipient.RedirectUri, Scope = scope,
            Resources = attempt.Resources, Nonce = attempt.Nonce, CodeChallenge = attempt.CodeChallenge, CodeExpiresAt = now + SignInGrant.CodeLifetime, KeyThumbprint = attempt.DpopKeyThumbprint,
            ExpiresAt = now + options.Value.RefreshLifetime,
        };
        var auditEvent = SignInEvent.Of("signin.code_issued", now, new JsonObject
        {
            ["grant"] = grant.Id.ToString(), ["introduced"] = introduced, ["redirect_to"] = RedirectUris.PlaceOf(recipient.RedirectUri), ["scope"] = scope.ToString(), ["upstream"] = who.Subject.Upstream,
        }).Through(recipient.Client.Alias).In(who.Session.Sid, who.Person.SubjectKey).From(http) with { PolicyRevision = snapshot.Revision };

        await using var connection = await database.OpenConnectionAsync(http.RequestAborted);
        await using var transaction = await connection.BeginTransactionAsync(http.RequestAborted);
        await GrantTable.AddAsync(connection, grant, GrantTable.DigestOf(code), http.RequestAborted);
        if (introduced) await ShownClients.KeepAsync(connection, who.Person.SubjectKey, recipient, now, http.RequestAborted);
        await AuditBatch.AppendAsync(connection, auditEvent, http.RequestAborted);
        await transaction.CommitAsync(http.RequestAborted);
        return AuthorizationAnswer.WithCode(recipient.RedirectUri, attempt.State, issuer, code);
    }
}
