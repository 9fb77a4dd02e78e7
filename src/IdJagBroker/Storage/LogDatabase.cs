using Microsoft.Extensions.Options;
using Npgsql;

namespace IdJagBroker.Storage;

/// <summary>
/// The database as those see it who ask the log: connections of their own, so that no question keeps a token waiting, which can only read,
/// end a statement that takes too long, and never walk a table where an index gives the order that is asked for.
/// </summary>
internal sealed class LogDatabase(IOptions<DatabaseOptions> options) : IAsyncDisposable
{
    /// <summary>The longest that one statement may take.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private const int MaxConnections = 16;

    // A plan that sorts or scans is what a page over months must never get, whatever the statistics say that day. Nothing here is asked so
    // often that a plan is worth keeping; one that is made for the very values prunes months, and proves what partial indexes ask for.
    private static readonly string Session =
        $"""
        set default_transaction_read_only = on; set statement_timeout = {(int)Patience.TotalMilliseconds};
        set enable_seqscan = off; set enable_bitmapscan = off; set enable_sort = off; set enable_incremental_sort = off;
        set jit = off; set plan_cache_mode = force_custom_plan
        """;

    /// <summary>Where to ask.</summary>
    public NpgsqlDataSource Source { get; } = Create(options.Value.ConnectionString);

    public ValueTask DisposeAsync() => Source.DisposeAsync();

    /// <summary>Such a source of a connection string.</summary>
    public static NpgsqlDataSource Create(string connectionString)
    {
        var settings = DatabaseSetup.Settings(connectionString);
        settings.ApplicationName = "idjag audit";
        settings.MaxAutoPrepare = 0;
        settings.MinPoolSize = 0;
        settings.MaxPoolSize = Math.Min(settings.MaxPoolSize, MaxConnections);
        settings.CommandTimeout = 2 * (int)Patience.TotalSeconds;       // of a database that does not answer at all
        var source = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        source.UsePhysicalConnectionInitializer(
            connection =>
            {
                using var command = new NpgsqlCommand(Session, connection);
                command.ExecuteNonQuery();
            },
            async connection =>
            {
                await using var command = new NpgsqlCommand(Session, connection);
                await command.ExecuteNonQueryAsync();
            });
        return source.Build();
    }
}
