using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using IdJagBroker.Audit.Api;
using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Analysis;
using IdJagBroker.Revisions;

namespace IdJagBroker.PastDecisions;

/// <summary>
/// <c>POST /admin/v1/policy/replay</c> <c>{files, days}</c>: what other files would have made of the decisions of the last days, and what they give differently
/// altogether. A line of progress now and then, and the answer as the last line: it may take a while. Changes nothing.
/// </summary>
internal static class ReplayPolicy
{
    /// <summary>The longest time.</summary>
    public const int MaxDays = 400;

    private const int DefaultDays = 30;

    public static void Map(IEndpointRouteBuilder admin) => admin.MapPost("/policy/replay", async (
        HttpContext http, ActivePolicy active, RevisionCheck check, ReplayRun run, ReplayRoom room, ReadRecord record, TimeProvider clock) =>
    {
        if ((await PolicyBody.ReadAsync(http.Request, http.RequestAborted)).IsRefused(out var body, out var problem) || PolicyBody.Files(body).IsRefused(out var files, out problem)) return problem.ToResult();
        var days = Days(body);
        if (body.End() is { } fault) return fault.ToResult();
        if (days is < 0 or > MaxDays) return Problem.Invalid($"'days' is a number from 0 to {MaxDays}.", "/days").ToResult();
        var load = check.Check(files);
        if (load.Snapshot is not { } snapshot) return ReleaseProblem.Invalid(load.Diagnostics).ToResult();
        using var place = room.TryTake();
        if (place is null) return ReplayRoom.Full.ToResult();
        await record.WriteAsync(http, "replay", "json", 0, new JsonObject { ["days"] = days, ["revision"] = snapshot.Revision });
        await AnswerAsync(http, active.Current, snapshot, days, run, clock);
        return Results.Empty;
    }).RequireScope(AdminScope.PolicyWrite);

    private static int Days(JsonMembers body) => body.Optional("days") is not { } given ? DefaultDays
        : given.ValueKind is JsonValueKind.Number && given.TryGetInt32(out var days) ? days : -1;

    private static async Task AnswerAsync(HttpContext http, PolicySnapshot before, PolicySnapshot after, int days, ReplayRun run, TimeProvider clock)
    {
        http.Response.ContentType = "application/x-ndjson";
        http.Response.Headers.CacheControl = "no-store";
        var (now, last) = (clock.GetUtcNow(), clock.GetTimestamp());
        async Task Progress(long decisions, DateTimeOffset at)
        {
            if (clock.GetElapsedTime(last) < TimeSpan.FromSeconds(1)) return;
            last = clock.GetTimestamp();
            await WriteAsync(http, new JsonObject { ["decisions"] = decisions, ["up_to"] = Time(at) });
        }
        var changes = PolicyDiff.Of(before, after);
        var tally = days is 0 ? new ReplayTally() : await run.RunAsync(after, now.AddDays(-days), now, Progress, http.RequestAborted);
        await WriteAsync(http, ReplayAnswer.Of(before, after, days, changes, tally));
    }

    private static async Task WriteAsync(HttpContext http, JsonObject line)
    {
        await http.Response.WriteAsync(line.ToJsonString() + "\n", http.RequestAborted);
        await http.Response.Body.FlushAsync(http.RequestAborted);
    }

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
