using System.Text.Json.Nodes;
using IdJagBroker.Audit;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using IdJagBroker.SignIn.Grants;
using IdJagBroker.SignIn.Pages;
using IdJagBroker.SignIn.Providers;
using IdJagBroker.SignIn.Sessions;
using IdJagBroker.Upstreams;
using Microsoft.Extensions.Options;
using Npgsql;

namespace IdJagBroker.SignIn.Authorize;

/// <summary>
/// <c>GET /signin/callback/{idp}</c>: the provider sends a person back (OpenID Connect Core §3.1.2.5). Only in the browser that began, once, and only as this provider's
/// answer: its address is its own, and where it names itself, it names itself rightly (RFC 9207, RFC 9700 §4.4).
/// </summary>
internal sealed partial class CallbackEndpoint(
    NpgsqlDataSource database, Issuer issuer, SignInDoor door, Recipients recipients, BrowserState browser, ProviderDirectory providers, ProviderTokens tokens, ProviderIdToken idTokens,
    SessionTable sessions, PersonDirectory people, SignInEnd end, SignInRecord record, ProviderTrouble troubles, IOptions<SignInOptions> options, TimeProvider clock, ILogger<CallbackEndpoint> log)
{
    public Task Handle(HttpContext http, string idp) => door.EnterAsync(http, async snapshot =>
    {
        var query = http.Request.Query;
        string? One(string name) => query[name] is [{ Length: > 0 } value] ? value : null;
        if (!browser.TryReadAttempt(http, One("state"), out var attempt) || attempt.UpstreamNonce is null || attempt.Sid is not null)
        {
            await Trouble.Over.WriteAsync(http);
            return;
        }
        // From here on this sign-in has had its answer: what comes again is not looked at, and what goes on does so under a new name.
        BrowserState.DropAttempt(http, attempt);
        BrowserState.DropProvider(http);        // remembered again when somebody has signed in there: whoever turned back chooses anew
        var (recipient, fault, _) = await recipients.FindAsync(attempt.ClientId, attempt.RedirectUri, snapshot.Catalog, http.RequestAborted);
        if (recipient is null)
        {
            await record.ShowAsync(http, attempt.Client, fault!, AuthorizeEndpoint.TroubleOf(fault!));
            return;
        }
        if (attempt.Upstream != idp || SignInStart.ProvidersOf(recipient.SignIn, snapshot.Catalog).FirstOrDefault(one => one.Alias == idp) is not { } upstream)
        {
            await troubles.ShowAsync(http, attempt, recipient, "UPSTREAM_MIXED_UP", Trouble.ProviderRefused, "the answer is not of the provider that was asked");
            return;
        }
        var provider = await providers.GetAsync(upstream, http.RequestAborted);
        if (One("iss") is { } iss ? !IdpIssuers.Of(upstream).Any(one => one.Value == iss) && iss != provider.Issuer : provider.NamesItselfInAnswers)
            await troubles.ShowAsync(http, attempt, recipient, "UPSTREAM_MIXED_UP", Trouble.ProviderRefused, "iss is missing, or another issuer's");
        else if (One("error") is { } error) await troubles.OfErrorAsync(http, attempt, recipient, error, One("error_description"));
        else if (One("code") is { } code) await RedeemAsync(http, attempt, recipient, upstream, code, snapshot);
        else await troubles.ShowAsync(http, attempt, recipient, "UPSTREAM_REFUSED", Trouble.ProviderRefused, "the answer has neither code nor error");
    });

    private async Task RedeemAsync(HttpContext http, SignInAttempt attempt, Recipient recipient, CatalogIdp upstream, string code, PolicySnapshot snapshot)
    {
        ProviderAnswer answer;
        OAuthResult<ProvenSignIn> verification;
        try
        {
            answer = await tokens.RedeemAsync(upstream, code, attempt.UpstreamVerifier!, SignInPaths.CallbackOf(issuer, upstream), http.RequestAborted);
            if (answer.IdToken is null)
            {
                await troubles.ShowAsync(http, attempt, recipient, "UPSTREAM_REFUSED", Trouble.ProviderRefused, answer.Error is null ? "no ID Token came" : "the code was refused");
                return;
            }
            verification = await idTokens.VerifyAsync(upstream, answer, attempt.UpstreamNonce!, snapshot, http.RequestAborted);
        }
        catch (UpstreamUnavailableException e)
        {
            NoAnswer(log, upstream.Alias, e);
            await troubles.ShowAsync(http, attempt, recipient, "UPSTREAM_UNREACHABLE", Trouble.ProviderAway, "its token endpoint or its keys cannot be had");
            return;
        }
        if (verification.IsRefused(out var proven, out var refusal))
        {
            await troubles.OfTokenAsync(http, attempt, recipient, refusal);
            return;
        }
        if (attempt.MaxAgeSeconds is { } maxAge && (proven.Subject.AuthTime is null || proven.Subject.SignInAge > TimeSpan.FromSeconds(maxAge) + Protocol.Jws.JwtTimes.Skew))
        {
            await record.AnswerAsync(http, recipient.Client.Alias, recipient.RedirectUri, attempt.State,
                OAuthError.OfAuthorization("unmet_authentication_requirements", "the provider did not sign the person in again").Because("AUTH_TOO_OLD"), new() { Upstream = upstream.Alias });
            return;
        }
        var who = await BeginSessionAsync(http, upstream, proven, snapshot);
        browser.WriteSession(http, who.Session.Sid, who.Session.ExpiresAt);
        BrowserState.WriteProvider(http, upstream.Alias);
        // Under a new name: the old one has been used.
        await end.AnswerAsync(http, attempt with { Id = SignInStart.NewName(), UpstreamNonce = null, UpstreamVerifier = null }, recipient, who, snapshot);
    }

    // Always a new one: nobody is signed in under a name that somebody else could have known before (session fixation).
    private async Task<SignedIn> BeginSessionAsync(HttpContext http, CatalogIdp upstream, ProvenSignIn proven, PolicySnapshot snapshot)
    {
        var now = clock.GetUtcNow();
        var subject = proven.Subject;
        var person = await people.ResolveAsync(upstream.Issuer.Value, subject, http.Connection.RemoteIpAddress, http.Request.Headers.UserAgent, http.RequestAborted);
        var session = new SignInSession
        {
            Sid = SignInStart.NewName(), SubjectKey = person.SubjectKey, Upstream = upstream.Issuer.Value, Facts = proven.Facts, SignedInAt = subject.AuthTime ?? proven.IssuedAt, CheckedAt = now,
            ExpiresAt = now + options.Value.SessionLifetime,
        };
        var data = new JsonObject { ["amr"] = new JsonArray([.. subject.Amr.Select(method => (JsonNode)method)]), ["rechecked"] = proven.Facts.RefreshToken is not null, ["upstream"] = upstream.Alias };
        if (subject.Acr is { } acr) data["acr"] = acr;
        if (subject.AuthTime is { } at) data["auth_time"] = at.ToUnixTimeSeconds();
        await using var connection = await database.OpenConnectionAsync(http.RequestAborted);
        await using var transaction = await connection.BeginTransactionAsync(http.RequestAborted);
        await sessions.AddAsync(connection, session, subject.Subject, proven.UpstreamSid, http.RequestAborted);
        var auditEvent = SignInEvent.Of("signin.session_started", now, data).In(session.Sid, person.SubjectKey).From(http) with { ActorKind = "upstream", ActorKey = upstream.Alias, PolicyRevision = snapshot.Revision };
        await AuditBatch.AppendAsync(connection, auditEvent, http.RequestAborted);
        await transaction.CommitAsync(http.RequestAborted);
        return new SignedIn(session, subject with { Session = session.Sid }, person);
    }

    [LoggerMessage(1702, LogLevel.Warning, "Upstream {Upstream} sent a person back and did not answer the broker")]
    private static partial void NoAnswer(ILogger logger, string upstream, Exception exception);
}
