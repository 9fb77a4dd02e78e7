using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace IdJagBroker.Audit.Exports;

/// <summary>One export as it was asked for, and how far it is.</summary>
internal sealed record ExportJob(
    [property: JsonPropertyName("id")] Guid Id,
    [property: JsonPropertyName("state")] string State,
    [property: JsonPropertyName("requested_at")] DateTimeOffset RequestedAt,
    [property: JsonPropertyName("requested_by")] string RequestedBy,
    [property: JsonPropertyName("reason")] string Reason,
    [property: JsonPropertyName("filter")] JsonNode Filter)
{
    public const string Queued = "queued";
    public const string Running = "running";
    public const string Done = "done";
    public const string Failed = "failed";

    [JsonPropertyName("started_at")] public DateTimeOffset? StartedAt { get; init; }

    [JsonPropertyName("ended_at")] public DateTimeOffset? EndedAt { get; init; }

    /// <summary>When the files were removed.</summary>
    [JsonPropertyName("removed_at")] public DateTimeOffset? RemovedAt { get; init; }

    /// <summary>The first event, settled when it begins.</summary>
    [JsonPropertyName("from")] public long? From { get; init; }

    /// <summary>The number after the last.</summary>
    [JsonPropertyName("to")] public long? To { get; init; }

    /// <summary>The size of the checkpoint to which all is proved.</summary>
    [JsonPropertyName("checkpoint")] public long? Checkpoint { get; init; }

    /// <summary>The event up to which the log was read.</summary>
    [JsonPropertyName("at")] public long? At { get; init; }

    /// <summary>0 to 100.</summary>
    [JsonPropertyName("progress")] public int Progress => State is Done ? 100 : At is { } at && To > From ? (int)Math.Clamp((at - From.Value) * 100 / (To.Value - From.Value), 0, 99) : 0;

    [JsonPropertyName("events")] public long? Events { get; init; }

    /// <summary>The length of the files together.</summary>
    [JsonPropertyName("bytes")] public long? Bytes { get; init; }

    /// <summary>Of <c>manifest.json</c>, which names every part by its own.</summary>
    [JsonPropertyName("sha256")] public string? Sha256 { get; init; }

    /// <summary>Why it failed: what in the database is not as the log has it, and where.</summary>
    [JsonPropertyName("findings")] public JsonArray? Findings { get; init; }

    [JsonIgnore] public bool IsOpen => State is Queued or Running;

    [JsonIgnore] public bool HasFiles => State is Done && RemovedAt is null;
}
