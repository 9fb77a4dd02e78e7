using System.Text.Json.Nodes;
using IdJagBroker.Audit.Exports;

namespace IdJagBroker.Audit.Retention;

/// <summary>What of the log was archived on the word of which proof, what was taken away, and what is on hold.</summary>
internal static class RetentionEvent
{
    public const string Archived = "log.partition_archived";
    public const string Dropped = "log.partition_dropped";

    public static AuditEvent OfArchive(LogMonth month, ExportResult archive, string root, DateTimeOffset now) => Of(Archived, now, new JsonObject
    {
        ["checkpoint"] = archive.Order.CheckpointSize, ["from"] = archive.Order.From, ["month"] = month.ToString(), ["partition"] = month.Partition, ["root"] = root, ["sha256"] = archive.Sha256,
        ["to"] = archive.Order.To,
    });

    public static AuditEvent OfDrop(LogMonth month, ArchivedMonth archived, DateTimeOffset now) => Of(Dropped, now, new JsonObject
    {
        ["from"] = archived.From, ["month"] = month.ToString(), ["partition"] = month.Partition, ["sha256"] = archived.Sha256, ["to"] = archived.To,
    });

    public static AuditEvent OfHold(LogMonth month, bool isPlaced, string reason, DateTimeOffset now) =>
        Of(isPlaced ? "log.hold_placed" : "log.hold_lifted", now, new JsonObject { ["month"] = month.ToString(), ["reason"] = reason });

    private static AuditEvent Of(string type, DateTimeOffset now, JsonObject data) => new()
    {
        Id = Guid.CreateVersion7(now), OccurredAt = now, Type = type, Outcome = AuditOutcome.Ok, ActorKey = "retention", Data = EventData.Of(data),
    };
}

/// <summary>A month that was archived, as the log tells.</summary>
internal sealed record ArchivedMonth(long From, long To, string Sha256);
