using System.Diagnostics;
using Microsoft.Extensions.Options;
using Npgsql;

namespace IdJagBroker.Storage;

/// <summary>
/// The database as the one writer of the audit log uses it: a pool of one connection, which nobody else can hold, so that no other work keeps
/// a record waiting. It is also the same one each time: a pool hands its connections out in turn, and a server process that comes up once in
/// thirty batches finds nothing of the last one in its memory, which cost PostgreSQL more than the rows.
/// </summary>
internal sealed class WriterDatabase(IOptions<DatabaseOptions> options) : IAsyncDisposable
{
    // A batch goes over in few calls into the system.
    private const int BufferBytes = 64 * 1024;

    // For so long a connection is taken to live on. In a common pool others find out that the database was away; here nobody would before the
    // first record afterwards, of which it would not be known whether it was committed.
    private static readonly TimeSpan Trusted = TimeSpan.FromSeconds(1);

    private readonly NpgsqlDataSource _source = Create(options.Value.ConnectionString);
    private long _openedAt;

    /// <summary>The connection, which was alive a moment ago; closed after a while without events, as in any pool. For one thread. Blocks.</summary>
    /// <exception cref="NpgsqlException">The database is away; nothing was sent.</exception>
    public NpgsqlConnection Open()
    {
        var connection = _source.OpenConnection();
        if (Stopwatch.GetElapsedTime(_openedAt) > Trusted && !IsAlive(connection))
        {
            connection.Dispose();
            connection = _source.OpenConnection();
        }
        _openedAt = Stopwatch.GetTimestamp();
        return connection;
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private static bool IsAlive(NpgsqlConnection connection)
    {
        try
        {
            using var nothing = new NpgsqlCommand("select", connection);
            nothing.ExecuteNonQuery();
            return true;
        }
        catch (NpgsqlException)     // its pool has forgotten it with that
        {
            return false;
        }
    }

    private static NpgsqlDataSource Create(string connectionString)
    {
        var settings = DatabaseSetup.Settings(connectionString);
        settings.ApplicationName = "idjag writer";
        (settings.MinPoolSize, settings.MaxPoolSize) = (0, 1);
        settings.WriteBufferSize = BufferBytes;
        return NpgsqlDataSource.Create(settings.ConnectionString);
    }
}
