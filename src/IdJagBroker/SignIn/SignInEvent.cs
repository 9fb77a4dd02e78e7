using System.Diagnostics;
using System.Text.Json.Nodes;
using IdJagBroker.Audit;

namespace IdJagBroker.SignIn;

/// <summary>What the log is told of people who sign in and of what clients are given for it (<c>signin.*</c>, <c>refresh.*</c>). The session joins it to what is issued later.</summary>
internal static class SignInEvent
{
    /// <param name="type">Such as <c>signin.session_started</c>.</param>
    /// <param name="now">When.</param>
    /// <param name="data">The rest, by type.</param>
    public static AuditEvent Of(string type, DateTimeOffset now, JsonObject? data = null) => new()
    {
        Id = Guid.CreateVersion7(now),
        OccurredAt = now,
        Type = type,
        Outcome = AuditOutcome.Ok,
        TraceId = Activity.Current?.TraceId.ToString(),
        Data = data is null ? EventData.None : EventData.Of(data),
    };

    /// <summary>The same, through which client.</summary>
    public static AuditEvent Through(this AuditEvent auditEvent, string client) => auditEvent with { ActorKind = "client", ActorKey = client, Client = client };

    /// <summary>The same, in which session and about whom.</summary>
    public static AuditEvent In(this AuditEvent auditEvent, string sid, string? subjectKey) => auditEvent with { ActorSession = sid, SubjectKey = subjectKey };

    /// <summary>The same, from where.</summary>
    public static AuditEvent From(this AuditEvent auditEvent, HttpContext http) => auditEvent with
    {
        Network = CallerNetwork.Of(http.Connection.RemoteIpAddress),
        UserAgent = http.Request.Headers.UserAgent is [{ Length: > 0 } agent] ? agent : null,
    };

    /// <summary>The same, refused.</summary>
    /// <param name="auditEvent">The event.</param>
    /// <param name="reason">A closed reason code.</param>
    public static AuditEvent Denied(this AuditEvent auditEvent, string reason) => auditEvent with { Outcome = AuditOutcome.Denied, Reason = reason };
}
