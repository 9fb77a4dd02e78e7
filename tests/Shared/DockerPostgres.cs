using System.ComponentModel;
using System.Diagnostics;
using System.Security.Cryptography;
using IdJagBroker.Storage.PrivateCluster;
using Npgsql;

namespace IdJagBroker.Shared;

/// <summary>A PostgreSQL container on 127.0.0.1, through the docker CLI; removed with this process, even if that is killed.</summary>
internal sealed class DockerPostgres : IAsyncDisposable
{
    private const string Image = "postgres:18-alpine";
    private readonly LastWill will;

    private DockerPostgres(string connectionString, LastWill will) => (ConnectionString, this.will) = (connectionString, will);

    public string ConnectionString { get; }

    /// <summary>Null when there is no docker or no engine answers within five seconds.</summary>
    public static async Task<DockerPostgres?> TryStartAsync()
    {
        if (await DockerAsync(TimeSpan.FromSeconds(5), "info") is null) return null;
        var name = "idjag-test-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        var password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        var will = LastWill.Write(null, ["docker", "rm", "--force", "--volumes", name]);
        try
        {
            _ = await DockerAsync(TimeSpan.FromMinutes(5), "run", "--detach", "--name", name, "--publish", "127.0.0.1::5432",
                    "--env", $"POSTGRES_PASSWORD={password}", Image, "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=200")
                ?? throw new InvalidOperationException($"docker answers, but {Image} did not start.");
            var port = (await DockerAsync(TimeSpan.FromSeconds(10), "port", name, "5432/tcp"))!.Split(':')[^1].Trim();
            var connectionString = $"Host=127.0.0.1;Port={port};Username=postgres;Password={password};Database=postgres";
            await WaitAsync(connectionString);
            return new DockerPostgres(connectionString, will);
        }
        catch
        {
            await will.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => will.DisposeAsync();

    private static async Task WaitAsync(string connectionString)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
                await connection.OpenAsync();
                return;
            }
            catch (NpgsqlException) when (attempt < 300)
            {
                await Task.Delay(200);
            }
        }
    }

    /// <summary>The command's output; null when it fails, is missing or takes too long.</summary>
    private static async Task<string?> DockerAsync(TimeSpan limit, params string[] arguments)
    {
        var start = new ProcessStartInfo("docker", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var timeout = new CancellationTokenSource(limit);
        try
        {
            using var process = Process.Start(start)!;
            await using var kill = timeout.Token.Register(process.Kill);
            var errors = process.StandardError.ReadToEndAsync();
            var output = await process.StandardOutput.ReadToEndAsync();
            await Task.WhenAll(errors, process.WaitForExitAsync());
            return process.ExitCode is 0 ? output : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
