using IdJagBroker.Audit;
using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using IdJagBroker.Revisions;

namespace IdJagBroker.LiveTests;

/// <summary>
/// <c>POST /admin/v1/policy/live-tests</c> <c>{files?}</c>: runs live tests now, those of the files or of this broker, and answers with the report. It is
/// recorded who did: the answer tells what groups people are in.
/// </summary>
internal static class RunLiveTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly Problem NoFiles = new(StatusCodes.Status409Conflict, "no-test-files", "This broker has no files of tests (Policies:LiveTests:Directory); send some.");

    public static void Map(IEndpointRouteBuilder tests) => tests.MapPost("", async (HttpContext http, LiveTestFiles own, LiveTestRun run, AuditInbox inbox, TimeProvider clock) =>
    {
        if ((await PolicyBody.ReadAsync(http.Request, http.RequestAborted)).IsRefused(out var body, out var problem)) return problem.ToResult();
        PolicyReading? reading = null;
        if (body.Optional("files") is not null && PolicyBody.Tests(body).IsRefused(out reading, out problem)) return problem.ToResult();
        if (body.End() is { } fault) return fault.ToResult();
        if (reading is null && !own.HasPlace) return NoFiles.ToResult();
        reading ??= own.Read();

        var report = await run.RunAsync(reading.Sources, Patience, http.RequestAborted);
        var problems = reading.Problems.Sorted().Concat(report.Problems).ToList();
        if (problems.Exists(one => one.Severity is Policies.Yaml.PolicySeverity.Error)) return ReleaseProblem.Invalid(problems).ToResult();
        await inbox.AppendAsync(report.ToEvent("asked", clock.GetUtcNow()).By(CurrentAdministrator.Of(http)), []);
        return Results.Json(report.ToJson());
    }).RequireScope(AdminScope.PolicyWrite);
}
