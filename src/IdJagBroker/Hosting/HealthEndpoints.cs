using Npgsql;

namespace IdJagBroker.Hosting;

/// <summary>
/// Liveness: the process answers. Readiness: the log can be written, which is what a token needs; key and policies were proved before
/// the port opened.
/// </summary>
internal static partial class HealthEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", () => Results.Text("live"));
        routes.MapGet("/health/ready", ReadyAsync);
    }

    private static async Task<IResult> ReadyAsync(NpgsqlDataSource database, ILoggerFactory logs, CancellationToken ct)
    {
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
