using Microsoft.Extensions.Options;
using Npgsql;

namespace IdJagBroker.Storage;

/// <summary>
/// The database as long jobs use it: connections of their own and few, so that no job keeps a token waiting, with time limits for statements
/// that read thousands of rows.
/// </summary>
internal sealed class JobDatabase(IOptions<DatabaseOptions> options) : IAsyncDisposable
{
    private const int MaxConnections = 4;

    /// <summary>Where to read.</summary>
    public NpgsqlDataSource Source { get; } = NpgsqlDataSource.Create(Settings(options.Value.ConnectionString, pooling: true));

    /// <summary>A connection outside the pool, whose advisory locks live as long as it does.</summary>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    public Task<NpgsqlConnection> OpenAloneAsync(CancellationToken ct) => OpenAsync(options.Value.ConnectionString, ct);

    /// <summary>The same as the role that may take partitions of the log away.</summary>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    public Task<NpgsqlConnection> OpenRetentionAsync(CancellationToken ct) =>
        OpenAsync(options.Value.Retention is { Length: > 0 } own ? own : options.Value.ConnectionString, ct);

    public ValueTask DisposeAsync() => Source.DisposeAsync();

    private static async Task<NpgsqlConnection> OpenAsync(string connectionString, CancellationToken ct)
    {
        var connection = new NpgsqlConnection(Settings(connectionString, pooling: false).ConnectionString);
        try
        {
            await connection.OpenAsync(ct);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private static NpgsqlConnectionStringBuilder Settings(string connectionString, bool pooling) => new(DatabaseSetup.Settings(connectionString).ConnectionString)
    {
        ApplicationName = "idjag jobs", CommandTimeout = 60, KeepAlive = 5, Pooling = pooling, MinPoolSize = 0, MaxPoolSize = MaxConnections, MaxAutoPrepare = 0,
    };
}
