using System.Text.Json;
using System.Text.Json.Serialization;

namespace IdJagBroker.Audit;

/// <summary>One page of events.</summary>
/// <param name="Events">Newest first.</param>
/// <param name="Next">What to give as <c>before</c> for the next page; absent on the last.</param>
internal sealed record AuditPage(
    [property: JsonPropertyName("events")] IReadOnlyList<AuditEventView> Events,
    [property: JsonPropertyName("next")] long? Next);

/// <summary>An event as the API shows it.</summary>
internal sealed record AuditEventView
{
    [JsonPropertyName("seq")] public required long Seq { get; init; }
    [JsonPropertyName("id")] public required Guid Id { get; init; }
    [JsonPropertyName("occurred_at")] public required DateTimeOffset OccurredAt { get; init; }
    [JsonPropertyName("recorded_at")] public required DateTimeOffset RecordedAt { get; init; }
    [JsonPropertyName("type")] public required string Type { get; init; }
    [JsonPropertyName("outcome")] public required string Outcome { get; init; }
    [JsonPropertyName("client")] public string? Client { get; init; }
    [JsonPropertyName("subject_key")] public string? SubjectKey { get; init; }
    [JsonPropertyName("authserver")] public string? AuthServer { get; init; }
    [JsonPropertyName("resource")] public required IReadOnlyList<string> Resource { get; init; }
    [JsonPropertyName("jti")] public string? Jti { get; init; }
    [JsonPropertyName("kid")] public string? Kid { get; init; }
    [JsonPropertyName("reason")] public string? Reason { get; init; }
    [JsonPropertyName("policy_rev")] public string? PolicyRevision { get; init; }
    [JsonPropertyName("trace_id")] public string? TraceId { get; init; }
    [JsonPropertyName("node")] public required string Node { get; init; }
    [JsonPropertyName("data")] public required JsonElement Data { get; init; }

    public static AuditEventView Of(AuditEventRow row) => new()
    {
        Seq = row.Seq, Id = row.Id, OccurredAt = row.OccurredAt, RecordedAt = row.RecordedAt, Type = row.Type, Outcome = row.Outcome,
        Client = row.Client, SubjectKey = row.SubjectKey, AuthServer = row.AuthServer, Resource = row.Resource, Jti = row.Jti,
        Kid = row.Kid, Reason = row.Reason, PolicyRevision = row.PolicyRevision, TraceId = row.TraceId, Node = row.Node,
        Data = JsonElement.Parse(row.Data),
    };
}
