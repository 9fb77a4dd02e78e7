using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using IdJagBroker.Tests.Storage;

namespace IdJagBroker.Tests.Locks;

/// <summary><c>idjag lock …</c> as a process, on the database of a broker that runs.</summary>
public sealed class LockCommandTests(LocksBroker locks) : IClassFixture<LocksBroker>, IAsyncLifetime
{
    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync() => await locks.Desk.LiftAllAsync();

    private sealed record Ran(int Status, string Output, string Error)
    {
        public Ran Is(int status)
        {
            Assert.True(Status == status, $"{Status}: {Output}{Error}");
            return this;
        }

        public JsonArray Locks => JsonNode.Parse(Output)!["locks"]!.AsArray();
    }

    private BrokerFixture Broker => locks.Broker;

    private Task<Ran> RunAsync(params string[] arguments) => RunAsync(Path.Combine(Broker.State, "policies"), Broker.ConnectionString, arguments);

    private async Task<Ran> RunAsync(string policies, string connectionString, string[] arguments)
    {
        string[] configuration = ["--environment", "Development", $"--Database:ConnectionString={connectionString}", $"--State={Broker.State}", $"--Broker:Policies={policies}"];
        using var process = Process.Start(new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "idjag.dll"), "lock", .. arguments, .. configuration])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return new Ran(process.ExitCode, await output, await error);
    }

    [Fact]
    public async Task Stops_a_client_at_a_running_broker_and_lets_it_go_again()
    {
        (await Broker.Token.ExchangeAsync()).IsGranted();
        var set = (await RunAsync("set", "--client", BrokerFixture.AgentId, "--reason", "key found in a build log", "--ticket", "INC-1", "--for", "2h", "--output", "json")).Is(0);
        var one = Assert.Single(set.Locks)!;
        Assert.Equal(("client", "agent", "active", "command-line", "INC-1"), ((string?)one["kind"], (string?)one["target"], (string?)one["state"], (string?)one["set_by"], (string?)one["ticket"]));
        Assert.Equal(TimeSpan.FromHours(2).TotalSeconds, ((DateTimeOffset)one["expires_at"]! - (DateTimeOffset)one["set_at"]!).TotalSeconds, 30.0);
        await LockDesk.UntilAsync(async () => (await Broker.Token.ExchangeAsync()).Error is "access_denied", 5);      // how fast it is, other tests say
        await locks.Desk.IsLockedAsync(await Broker.Token.ExchangeAsync(), one);

        var table = (await RunAsync("list")).Is(0);
        Assert.StartsWith("ID ", table.Output, StringComparison.Ordinal);
        Assert.Contains(table.Output.Split('\n'), line => line.StartsWith((string)one["id"]!, StringComparison.Ordinal) && line.Contains("  agent  ", StringComparison.Ordinal) && line.EndsWith("key found in a build log", StringComparison.Ordinal));

        var lifted = (await RunAsync("lift", (string)one["id"]!, "--reason", "key was changed", "--output", "json")).Is(0);
        Assert.Equal(("lifted", "command-line", "key was changed"), ((string?)lifted.Locks[0]!["state"], (string?)lifted.Locks[0]!["lifted_by"], (string?)lifted.Locks[0]!["lift_reason"]));
        await LockDesk.UntilAsync(async () => (await Broker.Token.ExchangeAsync()).Status is HttpStatusCode.OK, 5);
        Assert.DoesNotContain((string)one["id"]!, (await RunAsync("list")).Is(0).Output, StringComparison.Ordinal);
        Assert.Contains((string)one["id"]!, (await RunAsync("list", "--all")).Is(0).Output, StringComparison.Ordinal);
        Assert.Contains("lock-not-in-force", (await RunAsync("lift", (string)one["id"]!, "--reason", "x")).Is(1).Error, StringComparison.Ordinal);

        Assert.Equal("admin command-line key found in a build log|admin command-line key was changed", await Sql.ScalarAsync<string>(Broker.ConnectionString,
            $"select string_agg(concat_ws(' ', actor ->> 'kind', actor ->> 'key', data ->> 'reason'), '|' order by type desc) from {Sql.Log} where data ->> 'lock' = '{one["id"]}' and type like 'lock.%'"));
    }

    [Fact]
    public async Task Stops_everything_also_when_no_policy_can_be_read()
    {
        var nowhere = Path.Combine(Broker.State, "nowhere");
        var one = Assert.Single((await RunAsync(nowhere, Broker.ConnectionString, ["everything", "--reason", "forged ID-JAGs", "--for", "1h", "--output", "json"])).Is(0).Locks)!;
        await LockDesk.UntilAsync(async () => (await Broker.Token.ExchangeAsync()).Error is "access_denied", 5);
        var kid = await Sql.ScalarAsync<string>(Broker.ConnectionString, "select kid from signing_key where state = 'active' and purpose = 'id_jag' and algorithm = 'RS256'");
        var key = Assert.Single((await RunAsync(nowhere, Broker.ConnectionString, ["set", "--key", kid, "--reason", "drill", "--for", "5m", "--output", "json"])).Is(0).Locks)!;

        Assert.Contains("nowhere", (await RunAsync(nowhere, Broker.ConnectionString, ["set", "--client", "agent", "--reason", "x", "--for", "1h"])).Is(2).Error, StringComparison.Ordinal);
        foreach (var set in new[] { one, key }) (await RunAsync(nowhere, Broker.ConnectionString, ["lift", (string)set["id"]!, "--reason", "over"])).Is(0);
        await LockDesk.UntilAsync(async () => (await Broker.Token.ExchangeAsync()).Status is HttpStatusCode.OK, 5);
    }

    [Fact]
    public async Task Names_things_by_the_release_in_force_where_the_database_has_the_policy()
    {
        string[] fromDatabase = ["--reason", "drill", "--for", "1h", "--output", "json", "--Policies:Source=database"];
        Assert.Contains("No release", (await RunAsync(["set", "--client", BrokerFixture.AgentId, .. fromDatabase])).Is(2).Error, StringComparison.Ordinal);
        Assert.Single((await RunAsync(["everything", .. fromDatabase])).Is(0).Locks);

        await Sql.ExecuteAsync(Broker.ConnectionString,
            """
            insert into policy_release (number, kind, revision, base, author, published_at) select 1, 'publish', revision, 0, 'x', now() from policy_revision limit 1;
            update policy_release set state = 'active', approver = 'y', approved_at = now(), signature = 'looked at by brokers' where number = 1;
            select 1
            """);
        Assert.Equal("agent", (string?)Assert.Single((await RunAsync(["set", "--client", BrokerFixture.AgentId, .. fromDatabase])).Is(0).Locks)!["target"]);
        Assert.Contains("unknown-target", (await RunAsync(["set", "--client", "nobody", .. fromDatabase])).Is(1).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stops_people_and_servers_by_name()
    {
        foreach (var (option, name, target) in new[]
        {
            ("--subject", "okta|00u-cli", "s_"), ("--audience", "wiki", TestPolicies.WikiIssuer), ("--resource", TestPolicies.Wiki, TestPolicies.Wiki),
        })
        {
            var one = Assert.Single((await RunAsync("set", option, name, "--reason", "drill", "--for", "1d", "--output=json")).Is(0).Locks)!;
            Assert.StartsWith(target, (string?)one["target"], StringComparison.Ordinal);
            await locks.Desk.LiftAsync(one);
        }
    }

    [Fact]
    public async Task Does_nothing_when_it_is_not_understood_or_cannot_reach_its_database()
    {
        var before = await Sql.ScalarAsync<long>(Broker.ConnectionString, "select count(*) from issuance_lock");
        Assert.Contains("--reason", (await RunAsync("set", "--client", "agent", "--for", "1h")).Is(2).Error, StringComparison.Ordinal);
        Assert.Contains("--for", (await RunAsync("everything", "--reason", "x")).Is(2).Error, StringComparison.Ordinal);
        foreach (var life in (string[])["0h", "-1h", "2", "h", "2w", "1.5h", "367d", "99999999999d"])
            Assert.Contains("--for", (await RunAsync("set", "--client", "agent", "--reason", "x", $"--for={life}")).Is(2).Error, StringComparison.Ordinal);
        Assert.Contains("Give one of", (await RunAsync("set", "--reason", "x", "--for", "1h")).Is(2).Error, StringComparison.Ordinal);
        Assert.Contains("Give one of", (await RunAsync("set", "--client", "agent", "--audience", "wiki", "--reason", "x", "--for", "1h")).Is(2).Error, StringComparison.Ordinal);
        (await RunAsync("set", "--client", "agent", "--reason", "two\nlines", "--for", "1h")).Is(2);
        Assert.Contains("one word too many", (await RunAsync("everything", "now", "--reason", "x", "--for", "1h")).Is(2).Error, StringComparison.Ordinal);
        Assert.Contains("--fro", (await RunAsync("everything", "--reason", "x", "--fro", "1h")).Is(2).Error, StringComparison.Ordinal);
        var unknown = (await RunAsync("set", "--client", "agnet", "--reason", "x", "--for", "1h")).Is(1);
        Assert.Contains("unknown-target", unknown.Error, StringComparison.Ordinal);
        Assert.Contains("Did you mean 'agent'?", unknown.Error, StringComparison.Ordinal);
        Assert.Contains("lock-not-found", (await RunAsync("lift", "nothing", "--reason", "x")).Is(1).Error, StringComparison.Ordinal);
        (await RunAsync("lift", "--reason", "x")).Is(2);
        (await RunAsync("lift", Guid.CreateVersion7().ToString())).Is(2);
        Assert.Equal(before, await Sql.ScalarAsync<long>(Broker.ConnectionString, "select count(*) from issuance_lock"));

        var away = (await RunAsync(Broker.State, "Host=127.0.0.1;Port=1;Username=x;Password=not-to-be-shown", ["list"])).Is(2);
        Assert.Contains("The database cannot be used", away.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("not-to-be-shown", away.Error + away.Output, StringComparison.Ordinal);
    }
}
