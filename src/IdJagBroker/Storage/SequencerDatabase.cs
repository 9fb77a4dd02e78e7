using Microsoft.Extensions.Options;
using Npgsql;

namespace IdJagBroker.Storage;

/// <summary>
/// The database as the role that may write the log proper, and nobody else may. A connection of its own, outside the pool: an advisory
/// lock is held for as long as it lives.
/// </summary>
internal sealed class SequencerDatabase(IOptions<DatabaseOptions> options)
{
    // A leader whose host is cut off must not keep the lock: the server finds out within 5 s that nobody is at the other end.
    private const string Probes = "-c tcp_keepalives_idle=2 -c tcp_keepalives_interval=1 -c tcp_keepalives_count=2 -c tcp_user_timeout=3000";

    // Whole batches go over this connection: fewer, larger calls into the system.
    private const int BufferBytes = 64 * 1024;

    /// <exception cref="NpgsqlException">The database is away.</exception>
    public async Task<NpgsqlConnection> OpenAsync(CancellationToken ct)
    {
        var given = options.Value.Sequencer is { Length: > 0 } own ? own : options.Value.ConnectionString;
        var settings = new NpgsqlConnectionStringBuilder(DatabaseSetup.Settings(given).ConnectionString)
        {
            Pooling = false, ApplicationName = "idjag sequencer", CommandTimeout = 30,
            ReadBufferSize = BufferBytes, WriteBufferSize = BufferBytes,
        };
        settings.Options = $"{settings.Options} {Probes}".Trim();
        var connection = new NpgsqlConnection(settings.ConnectionString);
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
}
