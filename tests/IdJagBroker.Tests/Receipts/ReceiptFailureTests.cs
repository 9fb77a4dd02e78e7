using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using IdJagBroker.Receipts;
using IdJagBroker.Shared;
using IdJagBroker.Storage.PrivateCluster;
using IdJagBroker.Tests.Clients.Documents;
using IdJagBroker.Tests.Hosting;
using IdJagBroker.Tests.Storage;
using IdJagBroker.Tests.Upstreams;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace IdJagBroker.Tests.Receipts;

/// <summary>What becomes of receipts when something is away, too much, or changes.</summary>
public sealed class ReceiptFailureTests(BrokerPostgres postgres) : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public void Dispose() => _key.Dispose();

    private static string Jwks(ECDsa key, string keyId) => new JsonObject { ["keys"] = new JsonArray(TestIdp.Jwk(key, keyId)) }.ToJsonString();

    private string Reporting(string catalog) => ReceiptDesk.Reporting(catalog, _key, _key);

    private static async Task<string> IssueAsync(BrokerFixture broker) => (string)(await broker.Token.ExchangeAsync()).IsGranted().IdJag["jti"]!;

    private static void IsUnavailable(ReceiptAnswer answer, long started)
    {
        Assert.Equal(("temporarily_unavailable", TimeSpan.FromSeconds(2)), (answer.Is(HttpStatusCode.ServiceUnavailable).Error, answer.Headers.RetryAfter!.Delta));
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(5), "the refusal took too long");
    }

    [Fact]
    public async Task While_postgres_is_away_nothing_is_taken_and_what_comes_again_is_recorded_once()
    {
        await using var cluster = await PrivatePostgres.StartAsync(PrivatePostgresOptions.Temporary);
        await using var broker = new BrokerFixture(postgres);
        await using var relay = new Relay(cluster.Port);
        await IdJagBroker.Storage.DatabaseSetup.MigrateAsync(cluster.ConnectionString, default);
        await broker.StartAsync([$"--Database:ConnectionString={new NpgsqlConnectionStringBuilder(cluster.ConnectionString) { Port = relay.Port }}"], changeCatalog: Reporting);
        var desk = new ReceiptDesk(broker, _key);
        var receipt = ReceiptDesk.Redeemed(await IssueAsync(broker));
        (await desk.SendAsync(ReceiptDesk.Redeemed((string)receipt["jti"]!))).IsTaken();

        foreach (var fail in (Action[])[relay.Break, relay.Hang])
        {
            fail();
            var started = Stopwatch.GetTimestamp();
            IsUnavailable(await desk.SendAsync(receipt), started);
            (await desk.SendAsync("{}", "forged")).Is(HttpStatusCode.Unauthorized);     // a stranger needs no database to be refused
            relay.Mend();
            for (var tries = 0; (await desk.SendAsync(receipt)).Status is not HttpStatusCode.OK; tries++)
            {
                Assert.True(tries < 50, "it does not recover");
                await Task.Delay(200);
            }
        }
        Assert.Equal(2, (await broker.AuditAsync($"type=idjag.redeemed&jti={receipt["jti"]}")).Count);
    }

    [Fact]
    public async Task A_token_that_the_log_has_not_placed_yet_is_waited_for_and_not_called_unknown()
    {
        await using var broker = new BrokerFixture(postgres);
        await broker.StartAsync(changeCatalog: Reporting);
        var desk = new ReceiptDesk(broker, _key);
        await using (var blocker = new NpgsqlConnection(broker.ConnectionString + ";Pooling=false"))
        {
            await blocker.OpenAsync();
            await using var transaction = await blocker.BeginTransactionAsync();
            await using (var hold = new NpgsqlCommand("select size from audit_log for update", blocker, transaction)) await hold.ExecuteScalarAsync();     // nothing is placed meanwhile
            var receipt = ReceiptDesk.Redeemed(await IssueAsync(broker));
            IsUnavailable(await desk.SendAsync(receipt), Stopwatch.GetTimestamp());

            var sending = desk.SendAsync(receipt);
            await Task.Delay(200);
            await transaction.RollbackAsync();
            (await sending).IsTaken();
            Assert.Single(await broker.AuditAsync($"type=idjag.redeemed&jti={receipt["jti"]}"));
        }
    }

    [Fact]
    public async Task A_receipt_that_was_committed_too_late_is_followed_by_nothing()
    {
        await using var broker = new BrokerFixture(postgres);
        await broker.StartAsync(["--Audit:CommitDeadline=00:00:00.300"], changeCatalog: Reporting);
        var desk = new ReceiptDesk(broker, _key);
        var jti = await IssueAsync(broker);
        Assert.Single(await broker.AuditAsync($"jti={jti}"));
        await using (var blocker = new NpgsqlConnection(broker.ConnectionString + ";Pooling=false"))
        {
            await blocker.OpenAsync();
            await using var transaction = await blocker.BeginTransactionAsync();
            await using (var hold = new NpgsqlCommand("lock table audit_inbox in share mode", blocker, transaction)) await hold.ExecuteNonQueryAsync();
            var receipt = ReceiptDesk.Redeemed(jti);
            IsUnavailable(await desk.SendAsync(receipt), Stopwatch.GetTimestamp());
            await transaction.RollbackAsync();
            (await desk.SendAsync(receipt)).IsTaken();
        }
        Assert.Equal(["idjag.redeemed", "idjag.issued"], (await broker.AuditAsync($"jti={jti}")).Select(e => (string)e!["type"]!));
    }

    [Fact, Trait("Spec", "SEC-30")]
    public async Task Limits_the_batches_of_a_server_and_of_no_other()
    {
        await using var broker = new BrokerFixture(postgres);
        await broker.StartAsync(["--RateLimits:ReceiptsPerSecond=1", "--RateLimits:ReceiptsBurst=2"], changeCatalog: Reporting);
        var (desk, wiki) = (new ReceiptDesk(broker, _key), new ReceiptDesk(broker, _key, TestPolicies.WikiIssuer, "wiki-1"));
        const string body = """{"receipts":[{}]}""";
        for (var i = 0; i < 2; i++) (await desk.SendAsync(body)).Is(HttpStatusCode.OK);

        var assertion = desk.Assertion();
        var limited = (await desk.SendAsync(body, assertion)).Is(HttpStatusCode.TooManyRequests);
        Assert.Equal("temporarily_unavailable", limited.Error);
        Assert.True(limited.Headers.RetryAfter!.Delta >= TimeSpan.FromSeconds(1));
        (await wiki.SendAsync(body)).Is(HttpStatusCode.OK);
        await Task.Delay(1200);
        (await desk.SendAsync(body, assertion)).Is(HttpStatusCode.OK);      // what was limited was not used up
        for (var i = 0; i < 5; i++) (await desk.SendAsync(body, desk.Assertion((_, claims) => claims["jti"] = 7))).Is(HttpStatusCode.Unauthorized);       // nobody else uses up what is its
    }

    [Fact]
    public async Task Works_on_few_batches_at_a_time()
    {
        await using var broker = new BrokerFixture(postgres);
        await broker.StartAsync(changeCatalog: Reporting);
        var room = broker.Services.GetRequiredService<ReceiptRoom>();
        var places = await Task.WhenAll(Enumerable.Range(0, ReceiptRoom.Places).Select(_ => room.TakeAsync(default)));
        var desk = new ReceiptDesk(broker, _key);

        var full = (await desk.SendAsync("""{"receipts":[{}]}""")).Is(HttpStatusCode.TooManyRequests);
        Assert.Equal(TimeSpan.FromSeconds(1), full.Headers.RetryAfter!.Delta);
        places[0]!.Dispose();
        (await desk.SendAsync("""{"receipts":[{}]}""")).Is(HttpStatusCode.OK);
        foreach (var place in places[1..]) place!.Dispose();
    }

    [Fact]
    public async Task A_server_that_is_disabled_is_told_so_once_it_has_proved_who_it_is()
    {
        await using var broker = new BrokerFixture(postgres);
        await broker.StartAsync(changeCatalog: catalog => Reporting(catalog).Replace("closed: {", $"closed: {{receipts: {{jwks: {{keys: [{TestIdp.Jwk(_key, "c")}]}}}}, ", StringComparison.Ordinal));
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        Assert.Equal("unauthorized_client", (await new ReceiptDesk(broker, _key, "https://closed.example", "c").SendAsync("{}")).Is(HttpStatusCode.BadRequest).Error);
        Assert.Equal("invalid_client", (await new ReceiptDesk(broker, stranger, "https://closed.example", "c").SendAsync("{}")).Is(HttpStatusCode.Unauthorized).Error);
    }

    [Fact]
    public async Task Keys_that_a_server_publishes_are_fetched_and_their_change_is_recorded_first()
    {
        await using var host = await ProviderHost.StartAsync();
        await using var broker = new BrokerFixture(postgres);
        var clock = new ShiftedClock();
        using var next = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        host.On("/jwks", Jwks(_key, "as-1"));
        await broker.StartAsync(changeCatalog: catalog => catalog.Replace(ReceiptDesk.ReportsByKey, ReceiptDesk.ReportsByKey + $", receipts: {{jwksUri: \"{host.Url}/jwks\"}}", StringComparison.Ordinal),
            plugIn: services => services.AddSingleton<TimeProvider>(clock));
        const string body = """{"receipts":[{}]}""";
        (await new ReceiptDesk(broker, _key).SendAsync(body)).Is(HttpStatusCode.OK);
        (await new ReceiptDesk(broker, next, keyId: "as-2").SendAsync(body)).Is(HttpStatusCode.Unauthorized);

        host.On("/jwks", Jwks(next, "as-2"));
        clock.Advance(TimeSpan.FromMinutes(2));
        var later = new ReceiptDesk(broker, next, keyId: "as-2");
        (await later.SendAsync(body, later.Assertion((_, claims) => claims["exp"] = clock.GetUtcNow().ToUnixTimeSeconds() + 60))).Is(HttpStatusCode.OK);
        var change = Assert.Single(await broker.AuditAsync("type=authserver.*"))!;
        Assert.Equal(("authserver.keys_changed", TestPolicies.TrackrIssuer, "publisher", null), ((string)change["type"]!, (string)change["authserver"]!, (string)change["actor"]!["kind"]!, (string?)change["client"]));
        Assert.Equal("as-2", (string)Assert.Single(change["data"]!["after"]!["keys"]!.AsArray())!["kid"]!);
    }

    [Fact]
    public async Task Counts_by_server_and_result()
    {
        await using var broker = new BrokerFixture(postgres);
        // A name that no other test's server has: the counter is the process's.
        await broker.StartAsync(changeCatalog: catalog => Reporting(catalog).Replace("  trackr:", "  counted:", StringComparison.Ordinal).Replace("as: trackr,", "as: counted,", StringComparison.Ordinal));
        var counted = new List<string>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, it) => { if (instrument.Name is "broker.receipts") it.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) => { lock (counted) counted.Add($"{string.Join(' ', tags.ToArray().Select(tag => tag.Value))} {value}"); });
        listener.Start();
        var jti = await IssueAsync(broker);
        await new ReceiptDesk(broker, _key).SendAsync(ReceiptDesk.Redeemed(jti), ReceiptDesk.Redeemed("nobody"), ReceiptDesk.Redeemed(jti), ReceiptDesk.Redeemed("no-one"), ReceiptDesk.Redeemed(""));
        lock (counted) Assert.Equal(["counted accepted 2", "counted malformed 1", "counted unknown_jti 2"], counted.Where(one => one.StartsWith("counted ", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }
}
