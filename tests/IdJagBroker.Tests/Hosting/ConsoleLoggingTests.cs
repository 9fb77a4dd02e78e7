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

    private async Task<string> FirstLineAsync(params string[] settings)
    {
        using var process = await ServeAsync(settings);
        try
        {
            return await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60)) ?? await process.StandardError.ReadToEndAsync();
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
    }

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
        using var process = await ServeAsync("--Logging:Console:FormatterName=yaml");
        var said = await process.StandardError.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(60));
        await process.WaitForExitAsync();

        Assert.Contains("Logging:Console:FormatterName must be simple, json, systemd.", said, StringComparison.Ordinal);
        Assert.Equal(2, process.ExitCode);
    }
}
