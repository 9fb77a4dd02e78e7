using Npgsql;

namespace IdJagBroker.Storage.PrivateCluster;

/// <summary>
/// A PostgreSQL server of our own on 127.0.0.1, started from binaries on this machine: for trials, development and tests.
/// A kept cluster is shared by the processes that start it in one folder and stops with the last of them;
/// a temporary one stops, and its folder goes, with this process, even if that is killed.
/// </summary>
public sealed class PrivatePostgres : IAsyncDisposable
{
    private readonly ClusterDirectory directory;
    private readonly ClusterServer server;
    private readonly PrivatePostgresOptions options;
    private readonly LastWill? will;      // of a temporary cluster
    private readonly FileStream? mark;    // of a kept one
    private string password = "";
    private bool disposed;

    private PrivatePostgres(ClusterDirectory directory, ClusterServer server, PrivatePostgresOptions options)
    {
        (this.directory, this.server, this.options) = (directory, server, options);
        if (options.Directory is null) will = LastWill.Write(directory.Root, server.StopCommand("immediate"));
        else mark = directory.JoinUsers();
    }

    /// <summary>The cluster's data directory. Not always below the wanted folder: root's home is closed to the server's account.</summary>
    public string DataDirectory => directory.Data;

    /// <summary>The TCP port on 127.0.0.1; another one after each start.</summary>
    public int Port { get; private set; }

    /// <summary>The server's process.</summary>
    public int ServerProcessId { get; private set; }

    /// <summary>Whether the server was running already when this process joined it.</summary>
    public bool Reused { get; private set; }

    /// <summary>An Npgsql connection string for the database of the options. It holds the password: never log it.</summary>
    public string ConnectionString => ConnectionStringFor(options.Database);

    /// <summary>
    /// Makes the cluster if there is none, starts it if it does not run, makes the database if it is missing.
    /// The first start takes under a second, later ones about 0.1 s.
    /// </summary>
    /// <exception cref="PostgresNotFoundException">No server binaries; the message has the command to type.</exception>
    /// <exception cref="PrivateClusterException">The cluster cannot be made, started or reached; the message says why.</exception>
    public static async Task<PrivatePostgres> StartAsync(PrivatePostgresOptions options, CancellationToken ct = default)
    {
        if (OperatingSystem.IsWindows())
            throw new PrivateClusterException("A private cluster needs Linux or macOS. Give a connection string to a PostgreSQL server instead.");
        var wanted = options.Directory is null ? null : Path.GetFullPath(options.Directory);
        var binaries = options.Binaries ?? PostgresBinaries.Locate();   // before anything is written
        var account = await ClusterAccount.ForAsync(wanted is null ? null : Path.Combine(wanted, "data"), ct);
        var directory = await ClusterDirectory.OpenAsync(wanted, account, ct);

        using var alone = await directory.LockAsync(ct);
        if (options.Binaries is null && directory.DataVersion() is { } made && made != binaries.MajorVersion)
            binaries = PostgresBinaries.Locate(made);
        var cluster = new PrivatePostgres(directory, new ClusterServer(directory, account, binaries), options);
        try
        {
            await cluster.RunAsync(account, ct);
            return cluster;
        }
        catch
        {
            await cluster.LeaveAsync();
            throw;
        }
    }

    /// <summary>The connection string for another database of this server.</summary>
    public string ConnectionStringFor(string database) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = Port,
        Username = ClusterServer.Superuser,
        Password = password,
        Database = database,
        SslMode = SslMode.Disable,   // loopback
        GssEncryptionMode = GssEncryptionMode.Disable,
        Timeout = 5,
        CommandTimeout = 30,
        MaxPoolSize = 40,
        ApplicationName = "idjag",
    }.ConnectionString;

    /// <summary>Leaves a kept cluster, and stops it if nobody else uses it; stops and deletes a temporary one.</summary>
    public async ValueTask DisposeAsync()
    {
        if (disposed) return;
        disposed = true;
        using var alone = mark is null ? null : await directory.LockAsync(CancellationToken.None);
        await LeaveAsync();
    }

    private async Task LeaveAsync()
    {
        if (will is not null) await will.DisposeAsync();
        if (mark is null || !directory.LeaveUsers(mark) || PostmasterFile.Read(directory.Data)?.IsAlive() is not true) return;
        var (exitCode, output) = await ClusterCommand.RunAsync(server.StopCommand("fast"), CancellationToken.None);
        if (exitCode is not 0) throw PrivateClusterException.WithOutput($"The server in {directory.Data} did not stop.", output);
    }

    private async Task RunAsync(ClusterAccount account, CancellationToken ct)
    {
        await server.CheckBinariesAsync(ct);
        password = await directory.PasswordAsync(account, ct);
        var running = PostmasterFile.Read(directory.Data) is { } found && found.IsAlive() ? found : null;
        Reused = running is not null;
        if (!Directory.Exists(directory.Data)) await server.InitializeAsync(options.Durable, ct);
        running ??= await server.StartAsync(options.Durable, ct);
        (Port, ServerProcessId) = (running.Port, running.ProcessId);
        await EnsureDatabaseAsync(ct);
    }

    private async Task EnsureDatabaseAsync(CancellationToken ct)
    {
        await using var source = NpgsqlDataSource.Create(ConnectionStringFor("postgres") + ";Pooling=false");
        await using var connection = await OpenAsync(source, ct);
        await using var query = new NpgsqlCommand("select 1 from pg_database where datname = $1", connection)
        {
            Parameters = { new() { Value = options.Database } },
        };
        if (await query.ExecuteScalarAsync(ct) is not null) return;
        var name = new NpgsqlCommandBuilder().QuoteIdentifier(options.Database);
        await using var create = new NpgsqlCommand($"create database {name}", connection);
        await create.ExecuteNonQueryAsync(ct);
    }

    // A server that another process started and was killed over may still be recovering: 57P03 passes with time.
    private async Task<NpgsqlConnection> OpenAsync(NpgsqlDataSource source, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await source.OpenConnectionAsync(ct);
            }
            catch (NpgsqlException failure) when (failure.SqlState is PostgresErrorCodes.CannotConnectNow || failure is not PostgresException)
            {
                if (attempt is 100) throw new PrivateClusterException($"The server in {directory.Data} does not answer on port {Port}.", failure);
                await Task.Delay(100, ct);
            }
            catch (PostgresException failure)
            {
                throw new PrivateClusterException($"The server in {directory.Data} refuses the password in {directory.PasswordFile}.", failure);
            }
        }
    }
}
