using System.Net;
using System.Text.Json.Nodes;
using IdJagBroker.Policies;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Revisions;
using IdJagBroker.Shared;
using IdJagBroker.Storage.PrivateCluster;
using IdJagBroker.Tests.Hosting;
using IdJagBroker.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace IdJagBroker.Tests.Revisions;

/// <summary>A broker that follows a directory: what is good there decides within seconds, and nothing else ever does.</summary>
public sealed class DirectoryWatchTests(BrokerPostgres postgres) : IAsyncLifetime
{
    private readonly BrokerFixture _broker = new(postgres);

    private RevisionDesk Desk => field ??= new(_broker);

    public async ValueTask InitializeAsync() => await _broker.StartAsync();

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    private async Task<JsonNode> ReloadAsync() => (await Desk.GetAsync()).Is(HttpStatusCode.OK).Body["last_reload"]!;

    [Fact]
    public async Task A_changed_file_decides_within_seconds_and_the_log_knew_it_before()
    {
        var first = Desk.Revision();
        Assert.True(await Desk.MayCommentAsync());
        await Desk.WriteAsync("10-rules.yaml", RevisionDesk.Rules(comment: false));
        var second = Desk.Revision();
        Assert.NotEqual(first, second);
        await RevisionDesk.UntilAsync(async () => !await Desk.MayCommentAsync());

        var status = (await Desk.GetAsync()).Is(HttpStatusCode.OK);
        Assert.Null(status.Tag);
        Assert.Equal(("directory", second, true), ((string?)status.Body["source"], (string?)status.Body["revision"], (bool)status.Body["last_reload"]!["ok"]!));
        var denied = Assert.Single(await _broker.AuditAsync("type=idjag.denied&limit=1"))!;
        Assert.Equal(second, (string?)denied["policy_rev"]);
        var events = await Desk.EventsAsync();
        Assert.Equal([("policy.activated", "start", first), ("policy.activated", "reload", second)], events.Select(e => ((string)e["type"]!, (string)e["actor"]!["key"]!, (string)e["policy_rev"]!)));
        Assert.True((long)events[1]["seq"]! < (long)denied["seq"]!);

        var history = (await Desk.GetAsync("/revisions?limit=1")).Is(HttpStatusCode.OK).Body;
        Assert.Equal(second, (string?)Assert.Single(history["revisions"]!.AsArray())!["revision"]);
        history = (await Desk.GetAsync("/revisions?limit=1&after=" + history["next"])).Is(HttpStatusCode.OK).Body;
        Assert.Equal(first, (string?)Assert.Single(history["revisions"]!.AsArray())!["revision"]);
        var files = (await Desk.GetAsync("/revisions/" + second)).Is(HttpStatusCode.OK).Body["files"]!.AsArray();
        Assert.Equal(RevisionDesk.Rules(comment: false), (string?)files[1]!["text"]);
        (await Desk.GetAsync("/revisions/sha256:" + new string('0', 64))).IsRefused(HttpStatusCode.NotFound, "revision-not-found");
        (await Desk.GetAsync("/revisions/x")).IsRefused(HttpStatusCode.NotFound, "revision-not-found");
        (await Desk.GetAsync("/revisions?after=x")).IsRefused(HttpStatusCode.BadRequest, "invalid-request");
        (await Desk.GetAsync("/revisions?limit=0")).IsRefused(HttpStatusCode.BadRequest, "invalid-request");
    }

    [Fact]
    public async Task A_bad_file_leaves_what_was_good_and_is_told_once()
    {
        Assert.Equal(1, Desk.Gauge("broker.policy.reload.success"));
        var goodAt = Desk.Gauge("broker.policy.reload.timestamp");
        await Desk.WriteAsync("10-rules.yaml", RevisionDesk.Rules(comment: false).Replace("[tickets:read]", "[tickets:raed]", StringComparison.Ordinal));
        await RevisionDesk.UntilAsync(async () => !(bool)(await ReloadAsync())["ok"]!);

        Assert.True(await Desk.MayCommentAsync());
        Assert.Equal("ready", await _broker.ReadinessAsync());
        Assert.Equal(0, Desk.Gauge("broker.policy.reload.success"));
        var reload = await ReloadAsync();
        Assert.Equal("POLICY_INVALID", (string?)reload["reason"]);
        var problem = Assert.Single(reload["problems"]!.AsArray())!;
        Assert.Equal(("policies/10-rules.yaml", "SCOPE_UNKNOWN", "error"), ((string?)problem["file"], (string?)problem["code"], (string?)problem["severity"]));
        Assert.True((int)problem["line"]! > 10 && (int)problem["column"]! > 10);

        await Task.Delay(2_500);       // looked at again, and again
        var rejected = Assert.Single(await Desk.EventsAsync("policy.rejected"));
        Assert.Equal(("reload", "error", "POLICY_INVALID"), ((string?)rejected["actor"]!["key"], (string?)rejected["outcome"], (string?)rejected["reason"]));
        Assert.StartsWith("sha256:", (string?)rejected["policy_rev"], StringComparison.Ordinal);
        Assert.DoesNotContain("raed", rejected.ToJsonString(), StringComparison.Ordinal);      // what a file says is not for the log

        await Desk.WriteAsync("10-rules.yaml", "rules: [");
        await RevisionDesk.UntilAsync(async () => (await Desk.EventsAsync("policy.rejected")).Count is 2);
        await Desk.WriteAsync("10-rules.yaml", RevisionDesk.Rules(comment: true));        // as it was: nothing new decides, and nothing is wrong any more
        await RevisionDesk.UntilAsync(async () => (bool)(await ReloadAsync())["ok"]!);
        Assert.Equal(1, Desk.Gauge("broker.policy.reload.success"));
        Assert.True(Desk.Gauge("broker.policy.reload.timestamp") >= goodAt);
        Assert.Single(await Desk.EventsAsync("policy.activated"));
    }

    [Fact]
    public async Task A_file_that_is_still_written_is_not_taken()
    {
        // A directory beside the broker's, looked at when this test says so.
        var folder = Directory.CreateDirectory(Path.Combine(_broker.State, "beside")).FullName;
        foreach (var file in Directory.GetFiles(Desk.Folder)) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        using var watch = ActivatorUtilities.CreateInstance<DirectoryWatch>(_broker.Services, folder);
        var first = Desk.Revision();
        async Task LookAsync(string deciding)
        {
            await watch.LookAsync(default);
            Assert.Equal(deciding, (string?)(await Desk.GetAsync()).Body["revision"]);
        }
        await LookAsync(first);
        await LookAsync(first);
        // Good at every moment, and not finished: the rule against contractors was the last one.
        var written = RevisionDesk.Rules(comment: false);
        foreach (var more in new[] { "# and\n", "# so\n", "# on\n" })
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "10-rules.yaml"), written += more);
            await LookAsync(first);
        }
        Assert.Single(await Desk.EventsAsync());
        await LookAsync(PolicyFiles.Load(folder, allowLoopbackHttp: true).Snapshot!.Revision);
        Assert.False(await Desk.MayCommentAsync());
    }

    [Fact]
    public async Task What_the_catalogue_brings_in_is_there_without_a_restart()
    {
        var catalog = await Desk.CatalogAsync();
        (await _broker.Token.ExchangeAsync(("client_id", "newcomer"))).IsRefused("invalid_client", HttpStatusCode.Unauthorized);
        // A client, a server that reads RS256 alone, and an administrator, which the metadata tells of.
        catalog = RevisionDesk.Administrators(catalog)
            .Replace("clients:\n", "clients:\n  newcomer: {clientIds: [newcomer], auth: client_secret, secretHashes: " + Hash(catalog) + ", subjectTokenAudiences: {okta: [agent-at-okta]}}\n", StringComparison.Ordinal)
            .Replace("authorizationServers:\n", "authorizationServers:\n  fresh: {issuer: \"https://as.fresh.example\", clientIds: {newcomer: fr}, algorithm: RS256}\n", StringComparison.Ordinal)
            .Replace("resources:\n", "resources:\n  fresh-mcp: {as: fresh, uri: \"https://mcp.fresh.example/\", scopes: [read]}\n", StringComparison.Ordinal);
        await Desk.WriteAsync("00-catalog.yaml", catalog);
        await Desk.WriteAsync("10-rules.yaml", TestPolicies.Rules + "\n  - {id: fresh, effect: allow, why: New, who: {everyone: true}, client: {ids: [newcomer]}, grant: {fresh-mcp: [read]}}\n");
        Assert.NotEmpty(Desk.Revision());

        TokenAnswer answer = null!;
        await RevisionDesk.UntilAsync(async () => (answer = await _broker.Token.ExchangeAsync(
            ("client_id", "newcomer"), ("audience", "https://as.fresh.example"), ("resource", "https://mcp.fresh.example/"), ("scope", "read"))).Status is HttpStatusCode.OK);
        var token = (string)answer.Body!["access_token"]!;
        Assert.True(CompactJws.TryParse(token, 8192, out var jws, out _));
        using (jws)
        {
            var keys = JsonWebKeySet.TryParse(await _broker.Http.GetByteArrayAsync(new Uri(_broker.Issuer + "/oauth2/jwks")))!;
            Assert.Equal((JwsAlgorithm.RS256, JwsFailure.None), (jws.Header.Algorithm, JwsVerifier.Verify(jws, keys, [JwsAlgorithm.RS256], out _)));
        }
        Assert.Contains("client_credentials", await _broker.Http.GetStringAsync(new Uri(_broker.Issuer + "/.well-known/oauth-authorization-server")), StringComparison.Ordinal);
        (await Desk.GetAsync(by: "cal")).Is(HttpStatusCode.OK);

        await Desk.WriteAsync("10-rules.yaml", TestPolicies.Rules);
        await Desk.WriteAsync("00-catalog.yaml", (await Desk.CatalogAsync()).Replace("cal: {", "cal: {enabled: false, ", StringComparison.Ordinal));
        await RevisionDesk.UntilAsync(async () => (await Desk.GetAsync(by: "cal")).Status is HttpStatusCode.Unauthorized);       // with a token that is still in its time
    }

    [Fact]
    public async Task What_the_start_would_refuse_is_refused_then_too()
    {
        await Desk.WriteAsync("00-catalog.yaml", (await Desk.CatalogAsync()).Replace("kind: okta, algorithms", "kind: okta, groupDirectory: {kind: okta}, algorithms", StringComparison.Ordinal));
        Assert.NotEmpty(Desk.Revision());       // as files they are good: this broker lacks the directory's secret
        await RevisionDesk.UntilAsync(async () => !(bool)(await ReloadAsync())["ok"]!);
        Assert.Equal("DIRECTORY_SECRET_MISSING", (string?)(await ReloadAsync())["problems"]![0]!["code"]);
        Assert.True(await Desk.MayCommentAsync());
    }

    [Fact]
    public async Task Git_owns_the_policy_and_the_api_says_so()
    {
        foreach (var path in new[] { "/publish", "/rollback", "/releases/1/approve", "/releases/1/reject" })
            (await Desk.PostAsync(path, new JsonObject(), null)).IsRefused(HttpStatusCode.Conflict, "owned-by-git");
        var validated = (await Desk.PostAsync("/validate", new JsonObject { ["files"] = await Desk.FilesAsync() }, null)).Is(HttpStatusCode.OK);
        Assert.Equal(Desk.Revision(), (string?)validated.Body["revision"]);
    }

    [Fact]
    public async Task No_request_fails_while_policies_change()
    {
        using var end = new CancellationTokenSource();
        var granted = 0;
        var clients = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (!end.IsCancellationRequested)
            {
                (await _broker.Token.ExchangeAsync(("scope", "tickets:read"))).IsGranted();
                Interlocked.Increment(ref granted);
            }
        })).ToList();
        for (var round = 0; round < 3; round++)
        {
            await Desk.WriteAsync("10-rules.yaml", RevisionDesk.Rules(comment: round % 2 is 1));
            var revision = Desk.Revision();
            await RevisionDesk.UntilAsync(async () => (string?)(await Desk.GetAsync()).Body["revision"] == revision, seconds: 20);
        }
        await end.CancelAsync();
        await Task.WhenAll(clients);
        Assert.True(granted > 20, $"only {granted} requests were sent");
        var named = (await _broker.AuditAsync("type=idjag.issued&limit=1000")).Select(e => (string)e!["policy_rev"]!).ToHashSet();
        Assert.Subset((await Desk.EventsAsync("policy.activated")).Select(e => (string)e["policy_rev"]!).ToHashSet(), named);
    }

    [Fact]
    public async Task Two_brokers_on_one_directory_say_when_they_agree()
    {
        var replica = await _broker.StartReplicaAsync();
        async Task<(int Total, int OnIt)> ReplicasAsync(Uri? at = null) =>
            (await Desk.GetAsync(at: at)).Is(HttpStatusCode.OK).Body["replicas"] is var said ? ((int)said!["total"]!, (int)said["on_it"]!) : default;
        await RevisionDesk.UntilAsync(async () => await ReplicasAsync() is (2, 2));
        await Desk.WriteAsync("10-rules.yaml", RevisionDesk.Rules(comment: false));
        await RevisionDesk.UntilAsync(async () => !await Desk.MayCommentAsync() && !await Desk.MayCommentAsync(replica));
        await RevisionDesk.UntilAsync(async () => await ReplicasAsync(replica.Management) is (2, 2));
        await replica.DisposeAsync();
        await RevisionDesk.UntilAsync(async () => await ReplicasAsync() is (1, 1));
    }

    private static string Hash(string catalog)
    {
        const string mark = "secretHashes: ";
        var at = catalog.IndexOf(mark, StringComparison.Ordinal) + mark.Length;
        return catalog[at..catalog.IndexOf('\n', at)].TrimEnd();
    }
}

/// <summary>A directory that is gone, or empty: what decided goes on deciding, until that is too long ago for whoever set it so.</summary>
public sealed class DirectoryAwayTests(BrokerPostgres postgres)
{
    [Theory]
    [InlineData("keep")]
    [InlineData("deny")]
    public async Task A_source_that_is_away_for_too_long_is_an_alarm_and_an_end_where_that_is_wanted(string action)
    {
        await using var broker = new BrokerFixture(postgres);
        await broker.StartAsync(["--Policies:StaleAfter=00:00:05", "--Policies:StaleAction=" + action]);
        var desk = new RevisionDesk(broker);
        Assert.True(await desk.MayCommentAsync());
        Assert.InRange(desk.Gauge("broker.policy.source.age"), 0, 5);
        var aside = desk.Folder + "-aside";
        Directory.Move(desk.Folder, aside);
        Directory.CreateDirectory(desk.Folder);        // as a mount point without its mount

        await RevisionDesk.UntilAsync(async () => (await desk.EventsAsync("policy.stale")).Count is 1);
        await Task.Delay(1_500);
        var stale = Assert.Single(await desk.EventsAsync("policy.stale"));
        Assert.Equal(("reload", "error", "SOURCE_UNREACHABLE"), ((string?)stale["actor"]!["key"], (string?)stale["outcome"], (string?)stale["reason"]));
        Assert.InRange(desk.Gauge("broker.policy.source.age"), 5, 60);
        var answer = await broker.Token.ExchangeAsync(("scope", "tickets:comment"));
        if (action is "keep")
        {
            answer.IsGranted();
            Assert.Equal("ready", await broker.ReadinessAsync());
        }
        else
        {
            answer.IsRefused("temporarily_unavailable", HttpStatusCode.ServiceUnavailable);
            Assert.Equal(30, answer.Headers.RetryAfter!.Delta!.Value.TotalSeconds);
            Assert.StartsWith("not ready: the source of policies", await broker.ReadinessAsync(), StringComparison.Ordinal);
        }

        Directory.Delete(desk.Folder);
        Directory.Move(aside, desk.Folder);
        await RevisionDesk.UntilAsync(desk.IsGrantedAsync);
        Assert.Equal("ready", await broker.ReadinessAsync());
    }

    [Theory]
    [InlineData("StaleAfter=00:00:00")]
    [InlineData("StaleAfter=31.00:00:00")]
    [InlineData("StaleAction=refuse")]
    public async Task Does_not_start_with_a_setting_that_means_nothing(string setting)
    {
        await using var broker = new BrokerFixture(postgres);
        var refused = await Assert.ThrowsAnyAsync<Exception>(() => broker.StartAsync(["--Policies:" + setting]));
        Assert.Contains("Policies:" + setting[..setting.IndexOf('=', StringComparison.Ordinal)], refused.ToString(), StringComparison.Ordinal);
    }
}

/// <summary>The same while the database is away: nothing decides that is not recorded.</summary>
public sealed class DirectoryWatchOutageTests(BrokerPostgres postgres)
{
    [Fact]
    public async Task A_good_file_waits_until_it_can_be_recorded()
    {
        await using var cluster = await PrivatePostgres.StartAsync(PrivatePostgresOptions.Temporary);
        await using var relay = new Relay(cluster.Port);
        await IdJagBroker.Storage.DatabaseSetup.MigrateAsync(cluster.ConnectionString, default);
        var through = new NpgsqlConnectionStringBuilder(cluster.ConnectionString) { Port = relay.Port, Pooling = true }.ConnectionString;
        await using var broker = new BrokerFixture(postgres);
        await broker.StartAsync(extraConfiguration: [$"--Database:ConnectionString={through}", "--Database:Sequencer="]);
        var desk = new RevisionDesk(broker);
        Assert.True(await desk.MayCommentAsync());

        relay.Break();
        await desk.WriteAsync("10-rules.yaml", RevisionDesk.Rules(comment: false));
        await RevisionDesk.UntilAsync(() => Task.FromResult(desk.Gauge("broker.policy.reload.success") is 0), seconds: 20);
        (await broker.Token.ExchangeAsync(("scope", "tickets:comment"))).IsRefused("temporarily_unavailable", HttpStatusCode.ServiceUnavailable);
        (await desk.GetAsync()).IsRefused(HttpStatusCode.ServiceUnavailable, "unavailable");

        relay.Mend();
        await RevisionDesk.UntilAsync(() => Task.FromResult(desk.Gauge("broker.policy.reload.success") is 1), seconds: 20);
        Assert.False(await desk.MayCommentAsync());
        Assert.Equal(["start", "reload"], (await desk.EventsAsync()).Select(e => (string)e["actor"]!["key"]!));
    }
}
