using System.Net;
using System.Text.Json.Nodes;
using IdJagBroker.Storage.PrivateCluster;
using IdJagBroker.Tests.Hosting;
using IdJagBroker.Tests.Storage;
using Npgsql;

namespace IdJagBroker.Tests.Revisions;

/// <summary>Several brokers on published policies: all follow, and none takes what was not approved.</summary>
public sealed class ReleaseReplicaTests(BrokerPostgres postgres) : IAsyncLifetime
{
    private readonly BrokerFixture _broker = new(postgres);

    private RevisionDesk Desk => field ??= new(_broker);

    public async ValueTask InitializeAsync()
    {
        await _broker.StartAsync([RevisionDesk.Database], changeCatalog: RevisionDesk.Administrators);
        await Desk.SeedAsync();
    }

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    [Fact]
    public async Task All_are_on_it_within_ten_seconds_and_say_so_and_no_request_fails()
    {
        await using var replica = await _broker.StartReplicaAsync();
        Assert.True(await Desk.MayCommentAsync(replica));
        using var end = new CancellationTokenSource();
        var clients = new[] { _broker.Token, new TokenClient(_broker, replica.Url) }.SelectMany(client => Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            while (!end.IsCancellationRequested) (await client.ExchangeAsync(("scope", "tickets:read"))).IsGranted();
        }))).ToList();

        var number = await Desk.ReleaseAsync(comment: false);
        await RevisionDesk.UntilAsync(async () => !await Desk.MayCommentAsync(replica));
        await RevisionDesk.UntilAsync(async () => (await Desk.GetAsync(at: replica.Management)).Body["replicas"] is var said && ((int)said!["total"]!, (int)said["on_it"]!) is (2, 2)
            && said["list"]!.AsArray().All(one => (long)one!["number"]! == number && one["problem"] is null));
        await end.CancelAsync();
        await Task.WhenAll(clients);
    }

    [Fact]
    public async Task All_follow_when_only_the_poll_works()
    {
        await using var replica = await _broker.StartReplicaAsync();
        await Sql.ExecuteAsync(_broker.ConnectionString, "drop trigger policy_release_notify on policy_release; select 1");
        await Desk.ReleaseAsync(comment: false);
        await RevisionDesk.UntilAsync(async () => !await Desk.MayCommentAsync(replica));
    }

    // Whoever owns the tables can write anything into them, past every trigger.
    [Theory]
    [InlineData("update policy_release set signature = (select signature from policy_release where number = 1) where number = 2", "is not what was signed")]
    [InlineData("update policy_release set signature = left(signature, -6) || 'AAAAAA' where number = 2", "does not verify")]
    [InlineData("update policy_release set signature = 'x' where number = 2", "has no signature")]
    [InlineData("update policy_release set approver = 'cal' where number = 2", "is not what was signed: approver")]
    [InlineData("update policy_release set author = 'cal' where number = 2", "is not what was signed: author")]
    [InlineData("update policy_release set revision = (select revision from policy_release where number = 1) where number = 2", "is not what was signed: sub")]
    [InlineData("update policy_release set approved_at = approved_at + interval '1 second' where number = 2", "is not what was signed: approved_at")]
    [InlineData("update policy_release set number = 3 where number = 2", "is not what was signed: number")]
    [InlineData("insert into policy_release select 3, kind, 'pending', revision, 2, author, comment, ticket, published_at, approver, approved_at, null, null, null, signature from policy_release where number = 1; update policy_release set state = 'superseded' where number = 2; update policy_release set state = 'active' where number = 3", "is not what was signed: number")]
    [InlineData("update policy_release set state = 'superseded' where number = 2", "is called superseded")]
    [InlineData("delete from policy_release where number = 2; update policy_release set state = 'active' where number = 1", "the newest in the database is 1")]
    [InlineData("delete from policy_release", "is not in the database any more")]
    [InlineData("update policy_revision set files = jsonb_set(files, '{1,text}', to_jsonb(replace(files #>> '{1,text}', 'tickets:read', 'tickets:admin'))) where revision = (select revision from policy_release where number = 2)", "are not those of its revision")]
    public async Task What_was_not_approved_never_decides(string sql, string why)
    {
        await Desk.ReleaseAsync(comment: false);
        await Sql.ExecuteAsync(_broker.ConnectionString, $"set session_replication_role = replica; alter table policy_release drop constraint policy_release_check; alter table policy_release drop constraint policy_release_check1; {sql}; notify idjag_policy; select 1");
        JsonNode reload = null!;
        await RevisionDesk.UntilAsync(async () => !(bool)(reload = (await Desk.GetAsync()).Body["last_reload"]!)["ok"]!);
        Assert.Equal("POLICY_NOT_GENUINE", (string?)reload["reason"]);
        Assert.Contains(why, (string?)reload["problems"]![0]!["message"], StringComparison.Ordinal);
        Assert.False(await Desk.MayCommentAsync());     // what was good goes on deciding
        (await _broker.Token.ExchangeAsync(("scope", "tickets:read"))).IsGranted();
        Assert.Equal(0, Desk.Gauge("broker.policy.reload.success"));
        Assert.Equal("ready", await _broker.ReadinessAsync());
        var e = Assert.Single(await Desk.EventsAsync("policy.rejected"));
        Assert.Equal(("reload", "POLICY_NOT_GENUINE"), ((string?)e["actor"]!["key"], (string?)e["reason"]));
    }

    [Fact]
    public async Task A_broker_that_starts_takes_nothing_that_was_not_approved_either_and_recovers_when_it_is_mended()
    {
        await Sql.ExecuteAsync(_broker.ConnectionString, "set session_replication_role = replica; update policy_release set author = 'cal'; select 1");
        await using var replica = await _broker.StartReplicaAsync();
        Assert.Equal("not ready: no policy is in force", await _broker.ReadinessAsync(replica.Management));
        (await new TokenClient(_broker, replica.Url).ExchangeAsync()).IsRefused("temporarily_unavailable", HttpStatusCode.ServiceUnavailable);
        await Task.Delay(4_000);        // both have looked again
        Assert.Equal(2, (await Desk.EventsAsync("policy.rejected")).Count);     // once each
        await Sql.ExecuteAsync(_broker.ConnectionString, "set session_replication_role = replica; update policy_release set author = 'management-token'; select 1");
        await RevisionDesk.UntilAsync(async () => await _broker.ReadinessAsync(replica.Management) is "ready");
        Assert.True(await Desk.MayCommentAsync(replica));
        await RevisionDesk.UntilAsync(async () => (bool)(await Desk.GetAsync()).Body["last_reload"]!["ok"]!);
    }

    [Fact]
    public async Task A_release_verifies_after_the_key_that_signed_it_was_changed()
    {
        using (var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_broker.Management, "/admin/v1/keys/rotate")) { Content = System.Net.Http.Json.JsonContent.Create(new { purpose = "policy_release", emergency = true }) })
        {
            request.Headers.Authorization = new("Bearer", BrokerFixture.ManagementToken);
            using var answer = await _broker.Http.SendAsync(request);
            Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        }
        await RevisionDesk.UntilAsync(async () => await Sql.ScalarAsync<long>(_broker.ConnectionString, "select count(*) from signing_key where purpose = 'policy_release' and state = 'retired'") is 1, seconds: 20);
        await using (var replica = await _broker.StartReplicaAsync()) Assert.True(await Desk.MayCommentAsync(replica));
        await Desk.ReleaseAsync(comment: false);        // by the next key
        await using (var replica = await _broker.StartReplicaAsync()) Assert.False(await Desk.MayCommentAsync(replica));
        Assert.DoesNotContain(await Sql.ScalarAsync<string>(_broker.ConnectionString, "select kid from signing_key where purpose = 'policy_release' and state = 'active'"),
            await _broker.Http.GetStringAsync(new Uri(_broker.Issuer + "/oauth2/jwks")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_last_good_one_stays_while_the_database_is_away()
    {
        await using var cluster = await PrivatePostgres.StartAsync(PrivatePostgresOptions.Temporary);
        await using var relay = new Relay(cluster.Port);
        await IdJagBroker.Storage.DatabaseSetup.MigrateAsync(cluster.ConnectionString, default);
        var through = new NpgsqlConnectionStringBuilder(cluster.ConnectionString) { Port = relay.Port, Pooling = true }.ConnectionString;
        await using var broker = new BrokerFixture(postgres);
        await broker.StartAsync([RevisionDesk.Database, $"--Database:ConnectionString={through}", "--Database:Sequencer="], changeCatalog: RevisionDesk.Administrators);
        var desk = new RevisionDesk(broker);
        await desk.SeedAsync();
        Assert.True(await desk.MayCommentAsync());

        relay.Break();
        await using var replica = await broker.StartReplicaAsync();      // starts, and is not ready
        await Task.Delay(4_000);            // polls have failed by now
        (await broker.Token.ExchangeAsync()).IsRefused("temporarily_unavailable", HttpStatusCode.ServiceUnavailable);
        (await desk.PostAsync("/publish", new JsonObject { ["files"] = await desk.FilesAsync(false) }, "\"1\"")).IsRefused(HttpStatusCode.ServiceUnavailable, "unavailable");
        relay.Mend();
        await RevisionDesk.UntilAsync(async () => await broker.ReadinessAsync() is "ready" && await broker.ReadinessAsync(replica.Management) is "ready", seconds: 20);
        Assert.True(await desk.MayCommentAsync());
        Assert.True(await desk.MayCommentAsync(replica));
        await desk.ReleaseAsync(comment: false);
        await RevisionDesk.UntilAsync(async () => !await desk.MayCommentAsync(replica));
    }
}
