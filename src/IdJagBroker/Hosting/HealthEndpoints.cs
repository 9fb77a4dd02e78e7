using IdJagBroker.Keys;
using IdJagBroker.Keys.Life;
using Npgsql;

namespace IdJagBroker.Hosting;

/// <summary>
/// Liveness: the process answers. Readiness: the log can be written and the keys sign, which is what a token needs; policies were read
/// before the port opened.
/// </summary>
internal static partial class HealthEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", () => Results.Text("live"));
        routes.MapGet("/health/ready", ReadyAsync);
    }

    private static async Task<IResult> ReadyAsync(NpgsqlDataSource database, SigningKeyRing keys, KeyNeeds needs, ILoggerFactory logs, CancellationToken ct)
    {
        if (!keys.IsReady(needs.Slots)) return Results.Text("not ready: a signing key is missing", statusCode: StatusCodes.Status503ServiceUnavailable);
        try
        {
            await using var command = database.CreateCommand("select has_table_privilege('audit_inbox', 'insert')");
            if (await command.ExecuteScalarAsync(ct) is true) return Results.Text("ready");
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            NotReady(logs.CreateLogger(typeof(HealthEndpoints)), e);
        }
        return Results.Text("not ready: the database cannot be written", statusCode: StatusCodes.Status503ServiceUnavailable);
    }

    [LoggerMessage(1302, LogLevel.Warning, "Not ready: the database cannot be written")]
    private static partial void NotReady(ILogger logger, Exception exception);
}
