using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.Audit;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Revisions;

/// <summary>The records of what is done with releases, each committed together with it; and of what a replica would not take.</summary>
internal static class ReleaseEvent
{
    private const int MaxProblems = 10;

    /// <param name="release">As it was added.</param>
    /// <param name="files">Its files.</param>
    /// <param name="needsApproval">Whether it waits for somebody.</param>
    public static AuditEvent Published(PolicyRelease release, IEnumerable<PolicySource> files, bool needsApproval) => Of("policy.published", release, release.PublishedAt, new JsonObject
    {
        ["approval"] = needsApproval ? "required" : "none",
        ["base"] = release.Base,
        ["comment"] = release.Comment,
        ["files"] = new JsonArray([.. files.Select(file => new JsonObject { ["bytes"] = Encoding.UTF8.GetByteCount(file.Text), ["name"] = file.Name })]),
        ["kind"] = ReleaseWords.Kind(release.IsRollback),
        ["number"] = release.Number,
        ["ticket"] = release.Ticket,
    });

    /// <param name="release">As it was approved.</param>
    /// <param name="kid">The key that signed it.</param>
    public static AuditEvent Approved(PolicyRelease release, string? kid) => Of("policy.approved", release, release.ApprovedAt!.Value, new JsonObject
    {
        ["author"] = release.Author, ["number"] = release.Number, ["ticket"] = release.Ticket,
    }) with { Kid = kid };

    /// <param name="release">That takes an earlier revision back.</param>
    /// <param name="from">That decided before it.</param>
    public static AuditEvent RolledBack(PolicyRelease release, PolicyRelease from) => Of("policy.rolled_back", release, release.ApprovedAt!.Value, new JsonObject
    {
        ["author"] = release.Author, ["from"] = from.Number, ["from_revision"] = from.Revision, ["number"] = release.Number, ["reason"] = release.Comment,
    });

    public static AuditEvent Rejected(PolicyRelease release) => Of("policy.rejected", release, release.RejectedAt!.Value, new JsonObject
    {
        ["author"] = release.Author, ["number"] = release.Number, ["reason"] = release.Rejection,
    });

    /// <summary>By a replica, of what its source has: nobody's decision.</summary>
    public static AuditEvent Refused(Refusal refusal, DateTimeOffset now)
    {
        var data = new JsonObject { ["problems"] = new JsonArray([.. refusal.Problems.Take(MaxProblems).Select(problem => problem.ToEvent())]) };
        if (refusal.Number is { } number) data["number"] = number;
        if (refusal.Problems.Count > MaxProblems) data["more"] = refusal.Problems.Count - MaxProblems;
        return Of("policy.rejected", now, refusal.Revision, data) with { Outcome = AuditOutcome.Error, Reason = refusal.Reason, ActorKey = "reload" };
    }

    /// <summary>By a replica that has not been able to read its source for too long.</summary>
    public static AuditEvent Stale(TimeSpan age, DateTimeOffset now) =>
        Of("policy.stale", now, null, new JsonObject { ["age_s"] = (long)age.TotalSeconds }) with { Outcome = AuditOutcome.Error, Reason = "SOURCE_UNREACHABLE", ActorKey = "reload" };

    private static AuditEvent Of(string type, PolicyRelease release, DateTimeOffset now, JsonObject data) =>
        Of(type, now, release.Revision, data) with { TraceId = Activity.Current?.TraceId.ToString() };

    private static AuditEvent Of(string type, DateTimeOffset now, string? revision, JsonObject data) => new()
    {
        Id = Guid.CreateVersion7(now), OccurredAt = now, Type = type, Outcome = AuditOutcome.Ok, PolicyRevision = revision, Data = EventData.Of(data),
    };
}
