using System.CommandLine;
using System.Text.Json.Nodes;
using IdJagBroker.Audit.Commands;
using IdJagBroker.Tests.Storage;

namespace IdJagBroker.Tests.Audit.Commands;

/// <summary><c>idjag audit search | tail | stats</c> at a whole broker.</summary>
public sealed class SearchCommandTests(BrokerPostgres postgres) : IAsyncLifetime
{
    private readonly BrokerFixture _broker = new(postgres);

    public ValueTask InitializeAsync() => _broker.InitializeAsync();

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    [Fact]
    public async Task Search_gives_lines_exactly_as_the_log_has_them()
    {
        var jti = (string)(await _broker.Token.ExchangeAsync()).IsGranted().IdJag["jti"]!;
        var (status, output, _) = await RunAsync("search", $"jti={jti}", "--output", "json");
        Assert.Equal(0, status);
        Assert.Equal(await Sql.ScalarAsync<string>(_broker.ConnectionString, $"select event from audit_event where jti = '{jti}'") + "\n", output);

        (status, output, _) = await RunAsync("search", "client=agent", "type=idjag.issued", "type=idjag.denied", "--all");
        Assert.Equal(0, status);
        Assert.StartsWith(EventText.Header + "\n", output, StringComparison.Ordinal);
        Assert.Contains("idjag.issued", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_is_status_1_and_says_what_is_wrong()
    {
        var (status, output, error) = await RunAsync("search", "from=yesterday");
        Assert.Equal((1, ""), (status, output));
        Assert.StartsWith("from: ", error, StringComparison.Ordinal);
        await File.WriteAllTextAsync(Token, "another");
        (status, _, error) = await RunAsync("stats");
        Assert.Equal(1, status);
        Assert.NotEmpty(error);
    }

    [Fact]
    public async Task Tail_shows_what_comes()
    {
        var tail = RunAsync("tail", "type=idjag.issued", "--count", "2", "--output", "json");
        for (var tries = 0; !tail.IsCompleted; tries++)
        {
            Assert.True(tries < 200, "Nothing came.");
            (await _broker.Token.ExchangeAsync()).IsGranted();
            await Task.Delay(100);
        }
        var (status, output, _) = await tail;
        Assert.Equal(0, status);
        Assert.All(output.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.Equal("idjag.issued", (string?)JsonNode.Parse(line)!["type"]));
        Assert.Equal(2, output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task Stats_counts_and_says_if_there_is_nothing()
    {
        (await _broker.Token.ExchangeAsync()).IsGranted();
        Assert.Single(await _broker.AuditAsync("type=idjag.issued"));
        var (status, output, _) = await RunAsync("stats", "type=idjag.issued", "by=client,outcome");
        Assert.Equal(0, status);
        Assert.Contains("agent", output, StringComparison.Ordinal);
        Assert.Contains("EVENTS", output, StringComparison.Ordinal);
        Assert.Equal((0, "Nothing.\n"), ((await RunAsync("stats", "client=nobody", "by=client")).Status, (await RunAsync("stats", "client=nobody", "by=client")).Output));
        Assert.Equal(1, (int)JsonNode.Parse((await RunAsync("stats", "type=idjag.issued", "by=client", "--output", "json")).Output)!["events"]!);
    }

    private string Token => Path.Combine(_broker.State, "token");

    private async Task<(int Status, string Output, string Error)> RunAsync(params string[] words)
    {
        if (!File.Exists(Token)) await File.WriteAllTextAsync(Token, BrokerFixture.ManagementToken + "\n");
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        output.NewLine = "\n";
        var status = await AuditCommand.Create().Parse([.. words, "--url", _broker.Management.ToString(), "--token-file", Token])
            .InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, Output = output, Error = error });
        return (status, output.ToString(), error.ToString());
    }
}
