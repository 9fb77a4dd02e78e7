using System.Diagnostics;
using System.Text.Json.Nodes;
using IdJagBroker.Audit;

namespace IdJagBroker.Upstreams.People;

/// <summary>The records of who asked who somebody is, and who had a person erased. They know the person by the random key alone.</summary>
internal static class PersonEvent
{
    /// <param name="by">How they were asked for: <c>subject_key</c>, <c>id</c>, <c>email</c>; never what was asked for.</param>
    /// <param name="found">The keys of those who were found.</param>
    /// <param name="administrator">Who asked.</param>
    /// <param name="now">When.</param>
    public static AuditEvent Revealed(string by, IReadOnlyList<string> found, Actor administrator, DateTimeOffset now) =>
        Of("audit.revealed", found is [var one] ? one : null, new JsonObject { ["by"] = by, ["found"] = new JsonArray([.. found.Select(key => (JsonNode)key)]) }, administrator, now);

    /// <param name="subjectKey">Whom nobody knows any more.</param>
    /// <param name="reason">In the administrator's words.</param>
    /// <param name="administrator">Who did it.</param>
    /// <param name="now">When.</param>
    public static AuditEvent Erased(string subjectKey, string reason, Actor administrator, DateTimeOffset now) =>
        Of("erasure.executed", subjectKey, new JsonObject { ["reason"] = reason }, administrator, now);

    /// <summary>The same event, saying from where.</summary>
    public static AuditEvent From(this AuditEvent auditEvent, HttpContext http) => auditEvent with
    {
        Network = CallerNetwork.Of(http.Connection.RemoteIpAddress),
        UserAgent = http.Request.Headers.UserAgent is [{ Length: > 0 } agent] ? agent : null,
    };

    private static AuditEvent Of(string type, string? subjectKey, JsonObject data, Actor administrator, DateTimeOffset now) => new AuditEvent
    {
        Id = Guid.CreateVersion7(now),
        OccurredAt = now,
        Type = type,
        Outcome = AuditOutcome.Ok,
        SubjectKey = subjectKey,
        TraceId = Activity.Current?.TraceId.ToString(),
        Data = EventData.Of(data),
    }.By(administrator);
}
