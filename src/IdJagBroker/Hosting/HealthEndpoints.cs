using IdJagBroker.Keys;
using IdJagBroker.Keys.Life;
using IdJagBroker.Locks;
using IdJagBroker.Policies;
using IdJagBroker.Revisions;
using IdJagBroker.Storage;
using Npgsql;

namespace IdJagBroker.Hosting;

/// <summary>
/// Liveness: the process answers. Readiness: the log can be written, a policy is in force, the locks are known and the keys sign, which is what a token
/// needs. A newer policy that is no good does not matter here: what was good before decides.
/// </summary>
internal static partial class HealthEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", () => Results.Text("live"));
        routes.MapGet("/health/ready", ReadyAsync);
    }

    private const string MayWrite =
        """
        select has_table_privilege('audit_inbox', 'insert') and has_table_privilege('replay_key', 'insert') and has_table_privilege('person', 'insert')
            and has_table_privilege('issuance_lock', 'select')
        """;

    private static async Task<IResult> ReadyAsync(
        NpgsqlDataSource database, ActivePolicy policy, SigningKeyRing keys, KeyNeeds needs, HeldLocks locks, SourceAge source, ILoggerFactory logs, CancellationToken ct)
    {
        var log = logs.CreateLogger(typeof(HealthEndpoints));
        try
        {
            await using var command = database.CreateCommand(MayWrite);
            if (await command.ExecuteScalarAsync(ct) is not true) return NotReady(log, DatabaseRefusal.OfPrivileges, null);
            if (policy.Current.IsNone) return NotReady("no policy is in force");
            if (source.Denies) return NotReady("the source of policies has not been read for too long");
            if (!locks.IsCurrent) return NotReady("the locks have not been read lately");
            return keys.IsReady(needs.OfIdJags) ? Results.Text("ready") : NotReady("a signing key is missing");
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            return NotReady(log, DatabaseRefusal.Of(e), e);
        }
    }

    private static IResult NotReady(string why) => Results.Text("not ready: " + why, statusCode: StatusCodes.Status503ServiceUnavailable);

    // An outage passes; a refusal waits for an operator, who should not have to guess what for.
    private static IResult NotReady(ILogger log, DatabaseRefusal? refusal, Exception? exception)
    {
        if (refusal is null) Away(log, exception);
        else Refused(log, refusal.What, refusal.SqlState, exception);
        return NotReady("the database cannot be written" + (refusal is null ? "" : $": {refusal.What} (SQLSTATE {refusal.SqlState})"));
    }

    [LoggerMessage(1302, LogLevel.Warning, "Not ready: the database cannot be written")]
    private static partial void Away(ILogger logger, Exception? exception);

    [LoggerMessage(1304, LogLevel.Error, "Not ready until the database is mended: {What} (SQLSTATE {SqlState})")]
    private static partial void Refused(ILogger logger, string what, string sqlState, Exception? exception);
}
