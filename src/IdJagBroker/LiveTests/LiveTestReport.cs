using System.Text.Json.Nodes;
using IdJagBroker.Audit;
using IdJagBroker.Audit.Proof;
using IdJagBroker.Policies.Yaml;
using IdJagBroker.Revisions;

namespace IdJagBroker.LiveTests;

/// <summary>What came of a run.</summary>
/// <param name="At">When it began.</param>
/// <param name="Revision">The policy that was asked.</param>
/// <param name="Results">Of each test.</param>
/// <param name="Problems">What is wrong with the files of tests; then nothing was run.</param>
internal sealed record LiveTestReport(DateTimeOffset At, string Revision, IReadOnlyList<LiveTestResult> Results, IReadOnlyList<PolicyDiagnostic> Problems)
{
    /// <summary>The most tests that an event lists.</summary>
    public const int MaxListed = 50;

    public bool IsInvalid => Problems.Any(problem => problem.Severity is PolicySeverity.Error);

    public int Failed => Results.Count(result => !result.Passed && !result.IsUnknown);

    public int Unknown => Results.Count(result => result.IsUnknown);

    /// <summary>Everything went well and there is nothing that could not be told.</summary>
    public bool IsGood => !IsInvalid && Failed is 0 && Unknown is 0;

    /// <summary>For whoever may read the policy.</summary>
    public JsonObject ToJson() => new()
    {
        ["at"] = EventTime.Write(At),
        ["revision"] = Revision,
        ["outcome"] = IsInvalid ? "invalid" : Failed > 0 ? "failed" : Unknown > 0 ? "unknown" : "passed",
        ["tests"] = Results.Count,
        ["passed"] = Results.Count(result => result.Passed),
        ["failed"] = Failed,
        ["unknown"] = Unknown,
        ["results"] = new JsonArray([.. Results.Select(Result)]),
        ["diagnostics"] = new JsonArray([.. Problems.Select(problem => PolicyProblem.Of(problem).ToJson())]),
    };

    /// <summary>The record of a run. Which tests, by their place: what they are called may name people.</summary>
    public AuditEvent ToEvent(string trigger, DateTimeOffset now)
    {
        var data = new JsonObject
        {
            ["failed"] = Failed, ["passed"] = Results.Count(result => result.Passed), ["tests"] = Results.Count, ["trigger"] = trigger, ["unknown"] = Unknown,
        };
        var listed = Results.Where(result => !result.Passed).Take(MaxListed).Select(result => new JsonObject
        {
            ["file"] = result.File, ["line"] = result.Test.At.Line, ["why"] = result.Word,
        }).ToArray<JsonNode>();
        if (listed.Length > 0) data["results"] = new JsonArray(listed);
        if (IsInvalid) data["problems"] = new JsonArray([.. Problems.Take(10).Select(problem => PolicyProblem.Of(problem).ToEvent())]);
        return new AuditEvent
        {
            Id = Guid.CreateVersion7(now), OccurredAt = now, Type = "policy.live_tests", Outcome = IsGood ? AuditOutcome.Ok : AuditOutcome.Error,
            Reason = IsInvalid ? "TESTS_INVALID" : Failed > 0 ? "LIVE_TESTS_FAILED" : Unknown > 0 ? "LIVE_TESTS_UNKNOWN" : null,
            ActorKey = trigger, PolicyRevision = Revision, Data = EventData.Of(data),
        };
    }

    private static JsonObject Result(LiveTestResult result)
    {
        var json = new JsonObject { ["file"] = result.File, ["line"] = result.Test.At.Line, ["name"] = result.Test.Name, ["result"] = result.Word };
        if (result.Result is { Passed: false } failed)
            json["mismatches"] = new JsonArray([.. failed.Mismatches.Select(mismatch => new JsonObject { ["member"] = mismatch.Member, ["expected"] = mismatch.Expected, ["got"] = mismatch.Got })]);
        if (!result.Joined.IsEmpty) json["joined"] = new JsonArray([.. result.Joined.Select(group => (JsonNode)group)]);
        if (!result.Left.IsEmpty) json["left"] = new JsonArray([.. result.Left.Select(group => (JsonNode)group)]);
        return json;
    }
}
