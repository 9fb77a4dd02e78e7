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

    /// <summary>Where to write. Its connection is closed after a while without events, and replaced when it broke, as in any pool.</summary>
    public NpgsqlDataSource Source { get; } = Create(options.Value.ConnectionString);

    public ValueTask DisposeAsync() => Source.DisposeAsync();

    private static NpgsqlDataSource Create(string connectionString)
    {
        var settings = DatabaseSetup.Settings(connectionString);
        settings.ApplicationName = "idjag writer";
        (settings.MinPoolSize, settings.MaxPoolSize) = (0, 1);
        settings.WriteBufferSize = BufferBytes;
        return NpgsqlDataSource.Create(settings.ConnectionString);
    }
}
