using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace IdJagBroker.Storage.PrivateCluster;

/// <summary>The commands on one cluster: make it, start it, stop it. Call under the directory's lock.</summary>
internal sealed class ClusterServer(ClusterDirectory directory, ClusterAccount account, PostgresBinaries binaries)
{
    public const string Superuser = "idjag";
    private const int StartAttempts = 10;

    /// <exception cref="PrivateClusterException">The data is of another major version, or the account cannot reach the binaries.</exception>
    public async Task CheckBinariesAsync(CancellationToken ct)
    {
        if (directory.DataVersion() is { } made && made != binaries.MajorVersion)
            throw new PrivateClusterException(
                $"{directory.Data} was made by PostgreSQL {made}, and the server found here is version {binaries.MajorVersion} ({binaries.Directory}). "
                + $"Install PostgreSQL {made}, name its folder in PG_BIN, or move the data directory away to start with an empty one.");
        if (!await account.CanAsync("-x", binaries.Postgres, ct))
            throw new PrivateClusterException($"The account {account} cannot run {binaries.Postgres}: a folder on the way is closed to it.");
    }

    /// <summary>Makes the data directory as a whole or not at all.</summary>
    public async Task InitializeAsync(bool durable, CancellationToken ct)
    {
        await directory.PrepareUnfinishedAsync(account, ct);
        string[] sync = durable ? [] : ["--no-sync"];
        var (exitCode, output) = await ClusterCommand.RunAsync(account.Command(binaries.Initdb,
            ["-D", directory.Unfinished, "-U", Superuser, "-A", "scram-sha-256", $"--pwfile={directory.PasswordFile}",
             "--encoding=UTF8", "--locale=C", .. sync]), ct);
        if (exitCode is not 0) throw PrivateClusterException.WithOutput($"initdb failed in {directory.Root}.", output);
        Directory.Move(directory.Unfinished, directory.Data);
    }

    /// <summary>Starts the server on a free port of 127.0.0.1 and waits until it accepts connections.</summary>
    public async Task<PostmasterFile> StartAsync(bool durable, CancellationToken ct)
    {
        PostmasterFile.Read(directory.Data)?.ForgetStranger();
        for (var attempt = 1; ; attempt++)
        {
            File.Delete(directory.ServerLog);
            var command = account.Command(binaries.PgCtl, "start", "-w", "-s", "-t", "120", "-D", directory.Data, "-l", directory.ServerLog,
                "-o", Settings(FreePort(), durable));
            if (await ClusterCommand.RunDetachedAsync(command, directory.StartLog, ct) is 0)
                return PostmasterFile.Read(directory.Data) ?? throw new PrivateClusterException($"The server in {directory.Data} ended at once.");
            var output = Output();
            if (attempt is StartAttempts || !PassesWithTime(output))
                throw PrivateClusterException.WithOutput($"PostgreSQL {binaries.MajorVersion} did not start in {directory.Data}.", output);
            await Task.Delay(TimeSpan.FromMilliseconds(100 * attempt), ct);
        }
    }

    public IReadOnlyList<string> StopCommand(string mode) =>
        account.Command(binaries.PgCtl, "stop", "-w", "-s", "-t", "60", "-D", directory.Data, "-m", mode);

    // Command-line settings outrank the files of the data directory, so ALTER SYSTEM cannot open the server to a network. By default every database is
    // looked at once a minute for what to vacuum: where tests have made five hundred, that is a new process eight times a second.
    private static string Settings(int port, bool durable) => string.Create(CultureInfo.InvariantCulture,
        $"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c timezone=UTC -c max_connections=200")
        + (durable ? "" : " -c fsync=off -c full_page_writes=off -c autovacuum_naptime=600");

    // The port may have been taken since we let it go; the children of a server that was killed may hold its shared memory for a moment.
    private static bool PassesWithTime(string output) =>
        output.Contains("could not create any TCP/IP sockets", StringComparison.Ordinal)
        || output.Contains("pre-existing shared memory block", StringComparison.Ordinal);

    private string Output() => string.Join(Environment.NewLine,
        new[] { directory.StartLog, directory.ServerLog }.Where(File.Exists).Select(File.ReadAllText)).Trim();

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
