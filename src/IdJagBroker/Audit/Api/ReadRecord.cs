using System.Diagnostics;
using System.Text.Json.Nodes;
using IdJagBroker.Audit.Proof;
using IdJagBroker.Clients;

namespace IdJagBroker.Audit.Api;

/// <summary>
/// Writes down who read the log, before anything is shown: those who watch are watched. Says what was asked for in the log's words: people by
/// their keys, and a text that was searched for as a keyed hash, because it may be a name.
/// </summary>
internal sealed class ReadRecord(AuditInbox inbox, ClientSecretHash secrets, TimeProvider clock)
{
    public const string EventType = "audit.read";

    private readonly byte[] _key = secrets.DeriveKey("audit search text");

    /// <param name="http">The request.</param>
    /// <param name="operation">Such as <c>search</c>.</param>
    /// <param name="format">In which the lines are given.</param>
    /// <param name="rows">How many.</param>
    /// <param name="asked">What was asked for; null if it was one event.</param>
    /// <param name="part">Of what is not given at once: <c>begin</c> or <c>end</c>.</param>
    /// <exception cref="AuditUnavailableException">It did not become durable in time; nothing may be shown.</exception>
    public Task WriteAsync(HttpContext http, string operation, string format, long rows, JsonObject asked, string? part = null)
    {
        var now = clock.GetUtcNow();
        var data = new JsonObject { ["filter"] = asked, ["format"] = format, ["operation"] = operation, ["rows"] = rows };
        if (part is not null) data["part"] = part;
        return inbox.AppendAsync(new AuditEvent
        {
            Id = Guid.CreateVersion7(now),
            OccurredAt = now,
            Type = EventType,
            Outcome = AuditOutcome.Ok,
            TraceId = Activity.Current?.TraceId.ToString(),
            Network = CallerNetwork.Of(http.Connection.RemoteIpAddress),
            UserAgent = http.Request.Headers.UserAgent is [{ Length: > 0 } agent] ? agent : null,
            Data = EventData.Of(data),
        }.By(CurrentAdministrator.Of(http)), []);
    }

    /// <summary>A filter as it is written down.</summary>
    public JsonObject Of(ResolvedFilter resolved, bool newest)
    {
        var asked = new JsonObject { ["order"] = newest ? "desc" : "asc" };
        if (resolved.Filter.From is { } from) asked["from"] = EventTime.Write(from);
        if (resolved.Filter.To is { } to) asked["to"] = EventTime.Write(to);
        foreach (var (parameter, values) in resolved.Filter.Given)
        {
            var said = parameter switch { "subject" => resolved.Subjects, "q" => values.Select(Keyed), _ => values };
            asked[parameter] = new JsonArray([.. said.Select(value => (JsonNode)value)]);
        }
        return asked;
    }

    private string Keyed(string text) => "hmac-sha256:" + Convert.ToHexStringLower(System.Security.Cryptography.HMACSHA256.HashData(_key, System.Text.Encoding.UTF8.GetBytes(text)));
}
