using System.Text.Json.Nodes;
using IdJagBroker.Audit;
using IdJagBroker.Protocol;
using IdJagBroker.SignIn.Pages;

namespace IdJagBroker.SignIn.Authorize;

/// <summary>
/// Writes down sign-ins that do not go on, before anybody is told. Of applications that are not known nothing is written: strangers do not get to write into the log.
/// </summary>
internal sealed class SignInRecord(AuditInbox inbox, Issuer issuer, TimeProvider clock)
{
    /// <summary>Records a failure and shows why, where the application must not or cannot be told.</summary>
    /// <exception cref="AuditUnavailableException">It did not become durable in time.</exception>
    public async Task ShowAsync(HttpContext http, string? client, string reason, Trouble trouble, SignInFailure? what = null, params (string Text, string Link)[] actions)
    {
        var incident = client is null ? (Guid?)null : await WriteAsync(http, client, reason, what ?? new());
        await trouble.WriteAsync(http, incident, actions);
    }

    /// <summary>Records a refusal and tells the application.</summary>
    /// <exception cref="AuditUnavailableException">It did not become durable in time.</exception>
    public async Task AnswerAsync(HttpContext http, string client, string redirectUri, string? state, OAuthError refusal, SignInFailure? what = null)
    {
        await WriteAsync(http, client, refusal.Reason ?? refusal.Code.ToUpperInvariant(), (what ?? new()) with { Error = refusal.Code });
        AuthorizationAnswer.Redirect(http, AuthorizationAnswer.WithError(redirectUri, state, issuer, refusal));
    }

    /// <summary>Records a failure.</summary>
    /// <returns>The name of the record.</returns>
    /// <exception cref="AuditUnavailableException">It did not become durable in time.</exception>
    public async Task<Guid> WriteAsync(HttpContext http, string client, string reason, SignInFailure what)
    {
        var data = new JsonObject();
        if (what.Detail is not null) data["detail"] = what.Detail;
        if (what.Error is not null) data["error"] = what.Error;
        if (what.Lock is not null) data["lock"] = what.Lock;
        if (what.Upstream is not null) data["upstream"] = what.Upstream;
        var auditEvent = SignInEvent.Of("signin.failed", clock.GetUtcNow(), data).Through(client).From(http).Denied(reason);
        if (what.Sid is not null) auditEvent = auditEvent.In(what.Sid, what.SubjectKey);
        await inbox.AppendAsync(auditEvent, []);
        return auditEvent.Id;
    }
}

/// <summary>What is known of a sign-in that did not go on.</summary>
internal sealed record SignInFailure
{
    /// <summary>The provider's alias.</summary>
    public string? Upstream { get; init; }

    /// <summary>In words of ours.</summary>
    public string? Detail { get; init; }

    /// <summary>The code that the application, or the broker, was answered.</summary>
    public string? Error { get; init; }

    /// <summary>The lock that stopped it.</summary>
    public string? Lock { get; init; }

    /// <summary>The session, if there was one by then.</summary>
    public string? Sid { get; init; }

    /// <summary>The person of it.</summary>
    public string? SubjectKey { get; init; }
}
