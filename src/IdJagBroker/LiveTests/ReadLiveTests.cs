using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using Npgsql;

namespace IdJagBroker.LiveTests;

/// <summary><c>GET /admin/v1/policy/live-tests</c>: how the last night's run ended.</summary>
internal static class ReadLiveTests
{
    private static readonly Problem None = new(StatusCodes.Status404NotFound, "no-live-tests", "The live tests have not been run yet.");

    public static void Map(IEndpointRouteBuilder tests) => tests.MapGet("", async (HttpContext http, NpgsqlDataSource database) =>
        await LiveTestTable.NewestAsync(database, http.RequestAborted) is { } report ? Results.Json(report) : None.ToResult()).RequireScope(AdminScope.PolicyRead);
}
