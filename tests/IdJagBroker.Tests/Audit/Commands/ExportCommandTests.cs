using System.CommandLine;
using IdJagBroker.Audit.Commands;
using IdJagBroker.Audit.Exports;
using IdJagBroker.Hosting;
using IdJagBroker.Tests.Storage;

namespace IdJagBroker.Tests.Audit.Commands;

/// <summary>Exports on the command line, from the database of a broker.</summary>
public sealed class ExportCommandTests(BrokerPostgres postgres) : IAsyncLifetime
{
    private readonly BrokerFixture _broker = new(postgres);

    public async ValueTask InitializeAsync() => await _broker.StartAsync(["--Audit:Checkpoints:Every=00:00:01"]);

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    [Fact]
    public async Task Export_is_recorded_and_goes_nowhere_twice()
    {
        (await _broker.Token.ExchangeAsync()).IsGranted();
        await CoveredAsync();
        var directory = Path.Combine(_broker.State, "bundle");
        var (status, output, _) = await RunAsync("export", "--out", directory, "--reason", "quarterly");
        Assert.Equal(0, status);
        Assert.Contains(new ExportFolder(directory).Result(ExportFilter.None).Sha256, output, StringComparison.Ordinal);
        Assert.Equal("command-line requested quarterly, command-line done ", await Sql.ScalarAsync<string>(_broker.ConnectionString,
            $"select string_agg((actor ->> 'key') || ' ' || (data ->> 'step') || ' ' || coalesce(data ->> 'reason', ''), ', ' order by e ->> 'occurred_at') from {Sql.Log} where type = 'audit.exported'"));
        await UnusableAsync("has an export already", "export", "--out", directory);
    }

    [Fact]
    public async Task Export_of_a_log_that_somebody_was_at_is_status_1_and_names_the_row()
    {
        (await _broker.Token.ExchangeAsync()).IsGranted();
        await CoveredAsync();
        await Sql.ExecuteAsync(_broker.ConnectionString, "set session_replication_role = replica; update audit_event set client = 'x' where type = 'idjag.issued'; select 1");
        var (status, output, error) = await RunAsync("export", "--out", Path.Combine(_broker.State, "bundle"));
        Assert.Equal(1, status);
        Assert.Contains("is not what its columns say: client.", error, StringComparison.Ordinal);
        Assert.Contains("Given up", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_done_is_told()
    {
        await UnusableAsync("no time such as", "export", "--out", "x", "--from", "yesterday");
        await UnusableAsync("ok, denied or error", "export", "--out", "x", "--outcome", "good");
        await UnusableAsync("is empty", "export", "--out", "x", "--client", "");
        await UnusableAsync("There is no option", "export", "--out", "x", "--user", "a");
        await UnusableAsync("one word too many", "export", "--out", "x", "y");
        await UnusableAsync("is not empty", "export", "--out", _broker.State);
        await UnusableAsync("Audit:Retention:Archive", "retain");
    }

    [Fact]
    public async Task Retain_with_nothing_old_enough_is_status_0()
    {
        var (status, output, _) = await RunAsync("retain", $"--Audit:Retention:Archive={Path.Combine(_broker.State, "archive")}");
        Assert.Equal((0, "No month is old enough." + Environment.NewLine), (status, output));
    }

    private async Task CoveredAsync()
    {
        for (var tries = 0; !await Sql.ScalarAsync<bool>(_broker.ConnectionString, "select coalesce((select max(size) from audit_checkpoint) > (select seq from audit_event where type = 'idjag.issued'), false)"); tries++)
        {
            Assert.True(tries < 400, "No checkpoint covers it.");
            await Task.Delay(50);
        }
    }

    private async Task UnusableAsync(string why, params string[] words) => Assert.Contains(why, (await Assert.ThrowsAsync<StartupFailedException>(() => RunAsync(words))).Message, StringComparison.Ordinal);

    private async Task<(int Status, string Output, string Error)> RunAsync(params string[] words)
    {
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        var status = await AuditCommand.Create().Parse([.. words, "--environment", "Development", $"--State={_broker.State}", $"--Database:ConnectionString={_broker.ConnectionString}"])
            .InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, Output = output, Error = error });
        return (status, output.ToString(), error.ToString());
    }
}
