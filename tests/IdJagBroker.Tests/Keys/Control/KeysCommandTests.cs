using System.Diagnostics;
using System.Text.Json.Nodes;
using IdJagBroker.Keys.Life;
using IdJagBroker.Tests.Keys.Life;
using IdJagBroker.Tests.Storage;

namespace IdJagBroker.Tests.Keys.Control;

/// <summary><c>idjag keys …</c> as a process, on a database whose broker is away and on one whose broker runs.</summary>
public sealed class KeysCommandTests(BrokerPostgres postgres)
{
    private sealed record Ran(int Status, string Output, string Error)
    {
        public Ran Is(int status)
        {
            Assert.True(Status == status, $"{Status}: {Output}{Error}");
            return this;
        }

        public JsonArray Keys => JsonNode.Parse(Output)!["keys"]!.AsArray();
    }

    private static async Task<Ran> RunAsync(string[] arguments, string input = "")
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "idjag.dll"), "keys", .. arguments])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return new Ran(process.ExitCode, await output, await error);
    }

    private static string[] Configuration(string connectionString, string state) =>
        ["--environment", "Development", $"--Database:ConnectionString={connectionString}", $"--State={state}"];

    private static Task<Ran> RunAsync(KeyBench bench, params string[] arguments) => RunAsync([.. arguments, .. Configuration(bench.ConnectionString, bench.State)]);

    /// <summary>A database whose broker has made its keys and stopped.</summary>
    private async Task<KeyBench> StoppedAsync()
    {
        var bench = await KeyBench.StartAsync(postgres, TimeProvider.System);
        var process = bench.NewProcess();
        await process.Keeper.TurnAsync(default);
        await process.Table.LeaveAsync(process.Ring.Node, default);
        return bench;
    }

    private static async Task<string> ActiveAsync(KeyBench bench, string algorithm = "ES256") =>
        await Sql.ScalarAsync<string>(bench.ConnectionString, $"select kid from signing_key where state = 'active' and purpose = 'id_jag' and algorithm = '{algorithm}'");

    [Fact]
    public async Task Lists_for_people_and_for_programs()
    {
        await using var bench = await StoppedAsync();
        var kid = await ActiveAsync(bench);
        var table = (await RunAsync(bench, "list")).Is(0);
        Assert.StartsWith("KID ", table.Output, StringComparison.Ordinal);
        Assert.Equal(1 + 8, table.Output.TrimEnd().Split('\n').Length);
        Assert.Contains(table.Output.Split('\n'), line => line.StartsWith(kid, StringComparison.Ordinal) && line.Contains("  active  ", StringComparison.Ordinal) && line.Contains("  rotate  ", StringComparison.Ordinal));

        var json = (await RunAsync(bench, "list", "--output", "json")).Is(0);
        Assert.Equal(
            ["access_token ES256", "audit_checkpoint ES256", "audit_export ES256", "client_assertion RS256", "id_jag ES256", "id_jag RS256", "id_token ES256", "id_token RS256"],
            json.Keys.Select(key => $"{key!["purpose"]} {key["algorithm"]}").Order(StringComparer.Ordinal));
        await Sql.ExecuteAsync(bench.ConnectionString, $"update signing_key set state = 'retired', retired_at = now() where kid = '{kid}' returning 1");
        await Sql.ExecuteAsync(bench.ConnectionString, $"update signing_key set state = 'removed' where kid = '{kid}' returning 1");
        Assert.Equal(7, (await RunAsync(bench, "list", "--output=json")).Is(0).Keys.Count);
        Assert.Equal(8, (await RunAsync(bench, "list", "--output", "json", "--all")).Is(0).Keys.Count);
    }

    [Fact]
    public async Task Takes_the_steps_itself_when_no_broker_runs()
    {
        await using var bench = await StoppedAsync();
        var old = await ActiveAsync(bench);
        var asked = (await RunAsync(bench, "rotate", "--purpose", "id_jag", "--algorithm", "ES256", "--reason", "drill", "--output", "json")).Is(0);
        Assert.Contains("were taken here", asked.Output, StringComparison.Ordinal);
        Assert.Equal(["published", "active"], asked.Keys.Select(key => (string)key!["state"]!));
        var next = (string)asked.Keys[0]!["kid"]!;
        Assert.Equal(old, await ActiveAsync(bench));
        Assert.Equal(0, await Sql.ScalarAsync<long>(bench.ConnectionString, "select count(*) from replica"));       // it counts as nobody afterwards
        Assert.Equal("admin command-line drill", await Sql.ScalarAsync<string>(bench.ConnectionString,
            $"select concat_ws(' ', actor ->> 'kind', actor ->> 'key', data ->> 'reason') from {Sql.Log} where type = 'key.rotation_requested'"));

        (await RunAsync(bench, "retire", next)).Is(0);
        Assert.Equal(1, await bench.CountAsync($"kid = '{next}' and state = 'removed'"));
        Assert.Contains("no-successor", (await RunAsync(bench, "retire", await ActiveAsync(bench, "RS256"))).Is(1).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Asks_before_an_emergency_and_says_what_breaks()
    {
        await using var bench = await StoppedAsync();
        var old = await ActiveAsync(bench);
        string[] rotate = ["rotate", "--emergency", "--purpose", "id_jag", "--algorithm", "ES256", "--output", "json", .. Configuration(bench.ConnectionString, bench.State)];
        foreach (var answer in (string[])["", "no\n", "y\n"])
        {
            var refused = (await RunAsync(rotate, answer)).Is(1);
            Assert.Contains("refuse new ID-JAGs", refused.Error, StringComparison.Ordinal);
            Assert.Contains("not-confirmed", refused.Error, StringComparison.Ordinal);
        }
        Assert.Equal(8, await bench.CountAsync("rotation = 'none'"));

        (await RunAsync(rotate, "yes\n")).Is(0);
        var second = await ActiveAsync(bench);
        Assert.NotEqual(old, second);
        var done = (await RunAsync([.. rotate, "--yes"])).Is(0);
        Assert.Contains("refuse new ID-JAGs", (string?)JsonNode.Parse(done.Output)!["breaks"], StringComparison.Ordinal);
        Assert.NotEqual(second, await ActiveAsync(bench));
        Assert.Equal(2, await bench.CountAsync("state = 'retired' and algorithm = 'ES256'"));
        Assert.Equal(1, await bench.CountAsync("purpose = 'id_jag' and algorithm = 'RS256'"));
        Assert.Equal(6, await bench.CountAsync("purpose <> 'id_jag'"));
    }

    [Fact]
    public async Task Revokes_with_a_reason_and_lets_the_next_key_sign()
    {
        await using var bench = await StoppedAsync();
        var kid = await ActiveAsync(bench);
        Assert.Contains("--reason", (await RunAsync(bench, "revoke", kid, "--yes")).Is(1).Error, StringComparison.Ordinal);
        Assert.Contains("key-not-found", (await RunAsync(bench, "revoke", "nobody", "--yes", "--reason", "x")).Is(1).Error, StringComparison.Ordinal);
        Assert.Contains("503", (await RunAsync(bench, "revoke", kid, "--reason", "x")).Is(1).Error, StringComparison.Ordinal);
        Assert.Equal(kid, await ActiveAsync(bench));

        (await RunAsync(bench, "revoke", kid, "--reason", "lost with a laptop", "--yes")).Is(0);
        Assert.Equal(1, await bench.CountAsync($"kid = '{kid}' and state = 'revoked'"));
        Assert.NotEqual(kid, await ActiveAsync(bench));
        Assert.Equal("lost with a laptop", await Sql.ScalarAsync<string>(bench.ConnectionString, $"select data ->> 'reason' from {Sql.Log} where type = 'key.revoked'"));
    }

    [Fact]
    public async Task Tests_the_keys_from_where_it_runs()
    {
        await using var bench = await StoppedAsync();
        var kid = await ActiveAsync(bench);
        (await RunAsync(bench, "test")).Is(0);
        (await RunAsync(bench, "test", kid)).Is(0);
        Assert.Contains("key-not-found", (await RunAsync(bench, "test", "nobody")).Is(1).Error, StringComparison.Ordinal);
        await File.WriteAllTextAsync(Directory.GetFiles(Path.Combine(bench.State, "keys"), $"*{kid}.pem").Single(), "not a key");
        Assert.Contains("key-cannot-sign", (await RunAsync(bench, "test", kid)).Is(1).Error, StringComparison.Ordinal);
        (await RunAsync(bench, "test")).Is(1);
        (await RunAsync(bench, "test", await ActiveAsync(bench, "RS256"))).Is(0);
    }

    [Fact]
    public async Task Does_nothing_when_it_is_not_understood_or_cannot_reach_its_database()
    {
        await using var bench = await StoppedAsync();
        Assert.Contains("--emergncy", (await RunAsync(bench, "rotate", "--emergncy")).Is(2).Error, StringComparison.Ordinal);
        Assert.Contains("one word too many", (await RunAsync(bench, "rotate", "everything")).Is(2).Error, StringComparison.Ordinal);
        (await RunAsync(bench, "retire")).Is(2);
        (await RunAsync(bench, "retire", "a", "b")).Is(2);
        (await RunAsync(bench, "rotate", "--algorithm", "HS256")).Is(1);
        (await RunAsync(bench, "rotate", "--reason", "two\nlines")).Is(2);
        Assert.Equal(8, await bench.CountAsync("state = 'active' and rotation = 'none'"));
        var away = (await RunAsync(["list", .. Configuration("Host=127.0.0.1;Port=1;Username=x;Password=not-to-be-shown", bench.State)])).Is(2);
        Assert.Contains("The database cannot be used", away.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("not-to-be-shown", away.Error + away.Output, StringComparison.Ordinal);
        Assert.Contains("Development only", (await RunAsync(["list", "--environment", "Production", $"--Database:ConnectionString={bench.ConnectionString}"])).Is(2).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vault"), InlineData("wrapped")]
    public async Task Opens_the_keys_of_a_vault_as_the_broker_does(string mode)
    {
        await using var started = await Providers.VaultBroker.StartAsync(postgres, mode);
        var broker = started.Broker;
        string[] configuration = [.. Configuration(broker.ConnectionString, broker.State), $"--Broker:Issuer={broker.Issuer}", .. started.Settings];
        (await RunAsync(["test", .. configuration])).Is(0);
        await Sql.ExecuteAsync(broker.ConnectionString, "delete from replica where true returning 1");         // as if nobody ran
        var old = await new KeyAdmin(broker).ActiveAsync();
        (await RunAsync(["revoke", old, "--yes", "--reason", "drill", .. configuration])).Is(0);
        await KeyAdmin.UntilAsync(async () => (await new KeyAdmin(broker).KeysAsync("active")).Count is 1);
    }

    [Fact]
    public async Task Leaves_the_steps_to_a_broker_that_runs()
    {
        await using var broker = new BrokerFixture(postgres);
        await broker.StartAsync();
        var admin = new KeyAdmin(broker);
        var old = await admin.ActiveAsync();
        var asked = (await RunAsync(["rotate", "--purpose", "id_jag", "--algorithm", "ES256", .. Configuration(broker.ConnectionString, broker.State)])).Is(0);
        Assert.Contains("1 running broker", asked.Output, StringComparison.Ordinal);
        await KeyAdmin.UntilAsync(async () => (await admin.KeysAsync("published")).Count is 1);
        Assert.Single((await admin.GetAsync()).Body["replicas"]!.AsArray());

        (await RunAsync(["revoke", old, "--yes", "--reason", "drill", .. Configuration(broker.ConnectionString, broker.State)])).Is(0);
        await KeyAdmin.UntilAsync(async () => (await admin.KeysAsync("active")).Count is 1 && await admin.ActiveAsync() != old);
        await KeyAdmin.UntilAsync(async () => (await broker.Token.ExchangeAsync()).Status is System.Net.HttpStatusCode.OK);
    }
}
