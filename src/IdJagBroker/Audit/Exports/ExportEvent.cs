using System.Text.Json.Nodes;

namespace IdJagBroker.Audit.Exports;

/// <summary>The records of exports: who asked for what, what came of it, and who took it away.</summary>
internal static class ExportEvent
{
    private const string Type = "audit.exported";

    /// <summary>By the job that makes exports.</summary>
    private const string Job = "export";

    public static AuditEvent Requested(ExportJob job) => Of("requested", job.Id, job.RequestedAt, new JsonObject { ["filter"] = job.Filter.DeepClone(), ["reason"] = job.Reason });

    /// <summary>It is made, or it was given up: what was found is in the log then, not only in a table.</summary>
    public static AuditEvent Ended(ExportJob job, ExportResult result, DateTimeOffset now)
    {
        var data = new JsonObject { ["checkpoint"] = result.Order.CheckpointSize, ["filter"] = job.Filter.DeepClone(), ["from"] = result.Order.From, ["to"] = result.Order.To };
        if (result.Manifest is { } manifest)
        {
            (data["bytes"], data["rows"], data["sha256"]) = (result.Bytes, manifest.Events, result.Sha256);
            return Of("done", job.Id, now, data);
        }
        data["findings"] = new JsonArray([.. result.Findings.Take(20).Select(finding => (JsonNode)finding.ToJson())]);
        return Of("failed", job.Id, now, data) with { Outcome = AuditOutcome.Error, Reason = "EXPORT_FAILED" };
    }

    /// <summary>Before the first byte leaves.</summary>
    public static AuditEvent Downloaded(ExportJob job, string file, DateTimeOffset now) => Of("downloaded", job.Id, now, new JsonObject
    {
        ["file"] = file, ["filter"] = job.Filter.DeepClone(), ["rows"] = job.Events, ["sha256"] = job.Sha256,
    });

    public static AuditEvent Removed(ExportJob job, DateTimeOffset now) => Of("removed", job.Id, now, []);

    private static AuditEvent Of(string step, Guid id, DateTimeOffset now, JsonObject data)
    {
        (data["export"], data["step"]) = (id.ToString(), step);
        return new AuditEvent { Id = Guid.CreateVersion7(now), OccurredAt = now, Type = Type, Outcome = AuditOutcome.Ok, ActorKey = Job, Data = EventData.Of(data) };
    }
}
