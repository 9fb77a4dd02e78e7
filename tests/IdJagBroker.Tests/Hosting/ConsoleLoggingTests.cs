using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using IdJagBroker.Shared;
using IdJagBroker.Tests.Storage;

namespace IdJagBroker.Tests.Hosting;

/// <summary>What the process writes to standard output, by the settings that every .NET service has.</summary>
public sealed class ConsoleLoggingTests(BrokerPostgres postgres) : IDisposable
{
    private readonly string _state = Directory.CreateTempSubdirectory("idjag-console-").FullName;

    public void Dispose() => Directory.Delete(_state, recursive: true);

    private async Task<Process> ServeAsync(params string[] settings)
    {
        var (issuer, management) = ($"http://127.0.0.1:{FreePort.Next()}", $"http://127.0.0.1:{FreePort.Next()}");
        return Process.Start(new ProcessStartInfo("dotnet",
        [
            "exec", Path.Combine(AppContext.BaseDirectory, "idjag.dll"), "serve", "--environment", "Development", $"--State={_state}",
            $"--Database:ConnectionString={await postgres.CreateDatabaseAsync()}", $"--Broker:Issuer={issuer}", $"--Broker:PublicUrl={issuer}", $"--Broker:ManagementUrl={management}",
            $"--Broker:Policies={Path.Combine(AppContext.BaseDirectory, "policies")}", .. settings,
        ]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _state })!;
    }

    // Standard output's first line, or what was said instead of starting; the process is over either way.
    private async Task<(string Said, int? ExitCode)> RunAsync(params string[] settings)
    {
        using var process = await ServeAsync(settings);
        try
        {
            var line = await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60));
            if (line is not null) return (line, null);
            var said = await process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            return (said, process.ExitCode);
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
    }

    private async Task<string> FirstLineAsync(params string[] settings) => (await RunAsync(settings)).Said;

    [Fact]
    public async Task Writes_lines_of_json_if_asked_and_plain_text_if_not()
    {
        var line = JsonNode.Parse(await FirstLineAsync("--Logging:Console:FormatterName=json", "--Logging:Console:FormatterOptions:TimestampFormat=yyyy"))!;
        Assert.Equal(JsonValueKind.String, line["Category"]!.GetValueKind());
        Assert.Equal(4, ((string)line["Timestamp"]!).Length);

        Assert.Matches("^(info|warn): ", await FirstLineAsync());
        Assert.Matches("^<[0-9]>", await FirstLineAsync("--Logging:Console:FormatterName=systemd"));
    }

    [Fact]
    public async Task Does_not_start_with_a_formatter_that_nobody_has()
    {
        var (said, exitCode) = await RunAsync("--Logging:Console:FormatterName=yaml");

        Assert.Contains("Logging:Console:FormatterName must be simple, json, systemd.", said, StringComparison.Ordinal);
        Assert.Equal(2, exitCode);
    }
}
