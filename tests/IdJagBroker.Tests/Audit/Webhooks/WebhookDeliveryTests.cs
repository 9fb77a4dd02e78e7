using System.Net;
using System.Security.Cryptography;
using System.Text;
using IdJagBroker.Audit.Webhooks;
using IdJagBroker.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace IdJagBroker.Tests.Audit.Webhooks;

/// <summary>What a receiver gets, over real HTTP: signed, in order, at least once, whoever sends.</summary>
public sealed class WebhookDeliveryTests(BrokerPostgres postgres) : IAsyncLifetime
{
    private readonly BrokerFixture _broker = new(postgres);
    private TestReceiver _receiver = null!;
    private WebhookDesk _desk = null!;

    public async ValueTask InitializeAsync()
    {
        await _broker.StartAsync(["--Audit:Webhooks:FirstRetry=00:00:00.020", "--Audit:Webhooks:MaxRetry=00:00:00.050", "--Audit:Webhooks:MaxAttempts=3"]);
        (_receiver, _desk) = (await TestReceiver.StartAsync(), new WebhookDesk(_broker));
    }

    public async ValueTask DisposeAsync()
    {
        await _receiver.DisposeAsync();
        await _broker.DisposeAsync();
    }

    [Fact]
    public async Task An_event_comes_as_a_CloudEvent_with_its_line_verbatim_and_a_signature_that_anybody_can_compute()
    {
        var (_, key) = await _desk.RegisterAsync(_receiver.Url);
        await _desk.HappenAsync(1, client: "notes-agent");
        var delivery = (await _receiver.WaitAsync(all => all.Count is 1))[0];

        var line = await Sql.ScalarAsync<string>(_broker.ConnectionString, "select event from audit_event where type = 'test.happened'");
        Assert.StartsWith($"{{\"data\":{line},", Encoding.UTF8.GetString(delivery.Body), StringComparison.Ordinal);
        Assert.Equal("application/cloudevents+json; charset=utf-8", delivery.ContentType);
        Assert.Equal(
            ("1.0", delivery.Id, "//" + _broker.Issuer["http://".Length..] + "/audit", "idjag-broker.test.happened", "application/json"),
            ((string)delivery.Event["specversion"]!, (string)delivery.Event["id"]!, (string)delivery.Event["source"]!, (string)delivery.Event["type"]!, (string)delivery.Event["datacontenttype"]!));
        Assert.Equal(delivery.Id, (string)delivery.Event["data"]!["id"]!);
        Assert.InRange(DateTimeOffset.FromUnixTimeSeconds(long.Parse(delivery.Timestamp, System.Globalization.CultureInfo.InvariantCulture)), DateTimeOffset.UtcNow.AddMinutes(-2), DateTimeOffset.UtcNow.AddMinutes(1));
        Assert.Equal([Signature(key, delivery)], delivery.Signatures);
    }

    [Fact]
    public async Task While_two_secrets_are_live_each_signs_and_a_retired_one_no_more()
    {
        var (id, old) = await _desk.RegisterAsync(_receiver.Url);
        var (_, added, _) = await _desk.SendAsync(HttpMethod.Post, $"/{id}/secrets");
        var young = Convert.FromBase64String(((string)added!["secret"]!)["whsec_".Length..]);
        await _desk.HappenAsync(1);
        var first = (await _receiver.WaitAsync(all => all.Count is 1))[0];
        Assert.Equal([Signature(old, first), Signature(young, first)], first.Signatures);

        var (_, webhook, _) = await _desk.SendAsync(HttpMethod.Get, "/" + id);
        await _desk.SendAsync(HttpMethod.Delete, $"/{id}/secrets/{webhook!["secrets"]![0]!["id"]}");
        await _desk.HappenAsync(1);
        var second = (await _receiver.WaitAsync(all => all.Count is 2))[1];
        Assert.Equal([Signature(young, second)], second.Signatures);
    }

    [Fact]
    public async Task The_next_is_not_sent_before_the_one_before_is_acknowledged()
    {
        var failures = 0;
        _receiver.Answer = delivery => delivery.Session is "1" && failures++ < 2 ? 503 : 200;
        await _desk.RegisterAsync(_receiver.Url);
        await _desk.HappenAsync(4);
        var all = await _receiver.WaitAsync(all => all.Count is 6);
        Assert.Equal(["0", "1", "1", "1", "2", "3"], all.Select(delivery => delivery.Session));
        Assert.Single(all.Where(delivery => delivery.Session is "1").Select(delivery => delivery.Id).Distinct());
    }

    [Fact]
    public async Task Only_what_the_filter_asks_for_comes()
    {
        await _desk.RegisterAsync(_receiver.Url, """ "types":["test.*","other.exact"],"outcomes":["denied"],"clients":["a"] """);
        await _desk.HappenAsync(1, "wrong-outcome", client: "a");
        await _desk.HappenAsync(1, "wrong-client", client: "b", outcome: IdJagBroker.Audit.AuditOutcome.Denied);
        await _desk.HappenAsync(1, "wrong-type", "other.exactly", "a", IdJagBroker.Audit.AuditOutcome.Denied);
        await _desk.HappenAsync(1, "prefix", client: "a", outcome: IdJagBroker.Audit.AuditOutcome.Denied);
        await _desk.HappenAsync(1, "exact", "other.exact", "a", IdJagBroker.Audit.AuditOutcome.Denied);
        Assert.Equal(["prefix0", "exact0"], (await _receiver.WaitAsync(all => all.Count is 2)).Select(delivery => delivery.Session));
    }

    [Fact]
    public async Task What_is_never_taken_is_a_dead_letter_and_an_event_and_the_next_has_its_turn()
    {
        _receiver.Answer = delivery => delivery.Session is "0" ? 500 : 200;
        var (id, _) = await _desk.RegisterAsync(_receiver.Url);
        await _desk.HappenAsync(2);
        Assert.Equal(["0", "0", "0", "1"], (await _receiver.WaitAsync(all => all.Count is 4)).Select(delivery => delivery.Session));

        var letter = Assert.Single((await DeadLettersAsync(id)).AsArray())!;
        Assert.Equal((3, "HTTP 500", _receiver.Deliveries[0].Id), ((int)letter["attempts"]!, (string)letter["failure"]!, (string)letter["event_id"]!));
        Assert.Equal(id, await Sql.ScalarAsync<string>(_broker.ConnectionString, $"select data ->> 'webhook' from {Sql.Log} where type = 'delivery.failed'"));

        var replay = $"/{id}/dead-letters/{letter["seq"]}/replay";
        Assert.False((bool)(await _desk.SendAsync(HttpMethod.Post, replay)).Body!["delivered"]!);
        Assert.Single((await DeadLettersAsync(id)).AsArray());
        _receiver.Answer = _ => 200;
        Assert.True((bool)(await _desk.SendAsync(HttpMethod.Post, replay)).Body!["delivered"]!);
        Assert.Empty((await DeadLettersAsync(id)).AsArray());
        Assert.Equal(HttpStatusCode.NotFound, (await _desk.SendAsync(HttpMethod.Post, replay)).Status);
    }

    [Fact]
    public async Task Two_endpoints_that_fail_do_not_tell_each_other_of_it_for_ever()
    {
        await using var other = await TestReceiver.StartAsync();
        (_receiver.Answer, other.Answer) = (_ => 500, _ => 500);
        var (one, _) = await _desk.RegisterAsync(_receiver.Url, """ "types":["test.*","delivery.failed"] """);
        var (two, _) = await _desk.RegisterAsync(other.Url, """ "types":["test.*","delivery.failed"] """);
        await _desk.HappenAsync(1);

        // Each fails at the event, and at being told that the other failed; that is the end.
        foreach (var id in new[] { one, two })
        {
            await _desk.StatusAsync(id, webhook => (long)webhook["status"]!["lag"]! is 0);
            for (var i = 0; i < 400 && (await DeadLettersAsync(id)).AsArray().Count < 2; i++) await Task.Delay(25);
        }
        await Task.Delay(500);
        Assert.Equal((2, 2), ((await DeadLettersAsync(one)).AsArray().Count, (await DeadLettersAsync(two)).AsArray().Count));
        Assert.Equal(2L, await Sql.ScalarAsync<long>(_broker.ConnectionString, $"select count(*) from {Sql.Log} where type = 'delivery.failed'"));
        Assert.DoesNotContain(_receiver.Deliveries, delivery => (string?)delivery.Event["data"]!["data"]!["webhook"] == one);
        Assert.Contains(_receiver.Deliveries, delivery => (string?)delivery.Event["data"]!["data"]!["webhook"] == two);
    }

    [Fact]
    public async Task A_receiver_that_is_gone_is_sent_nothing_more()
    {
        _receiver.Answer = _ => 410;
        var (id, _) = await _desk.RegisterAsync(_receiver.Url);
        await _desk.HappenAsync(3);
        await _desk.StatusAsync(id, webhook => !(bool)webhook["enabled"]!);
        Assert.Single(_receiver.Deliveries);
        Assert.Empty((await DeadLettersAsync(id)).AsArray());
        Assert.Equal("ENDPOINT_GONE", await Sql.ScalarAsync<string>(_broker.ConnectionString, $"select e ->> 'reason' from {Sql.Log} where type = 'webhook.disabled'"));
    }

    [Fact]
    public async Task After_the_sender_ends_between_two_deliveries_another_replica_goes_on_where_it_stood()
    {
        await using var replica = await _broker.StartReplicaAsync();
        var sender = _broker.Services.GetServices<IHostedService>().OfType<WebhookSender>().Single();
        var (id, _) = await _desk.RegisterAsync(_receiver.Url);
        await _desk.HappenAsync(3, "a");
        await _receiver.WaitAsync(all => all.Count is 3);
        await _desk.StatusAsync(id, webhook => (long)webhook["status"]!["lag"]! is 0);      // else the third is under way still, and comes twice
        await sender.StopAsync(default);
        await _desk.HappenAsync(3, "b");
        Assert.Equal(["a0", "a1", "a2", "b0", "b1", "b2"], (await _receiver.WaitAsync(all => all.Count >= 6)).Select(delivery => delivery.Session));
    }

    [Fact]
    public async Task A_sender_that_the_database_has_lost_loses_no_event_and_no_order()
    {
        await _desk.RegisterAsync(_receiver.Url);
        var killed = 0;
        _receiver.Answer = delivery =>
        {
            if (delivery.Session is "2" && Interlocked.Exchange(ref killed, 1) is 0)
                Sql.ExecuteAsync(_broker.ConnectionString, "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'idjag webhooks' and datname = current_database()").Wait();
            return 200;
        };
        await _desk.HappenAsync(6);
        var all = await _receiver.WaitAsync(all => all.Any(delivery => delivery.Session is "5"));
        Assert.Equal(["0", "1", "2", "3", "4", "5"], all.Select(delivery => delivery.Session).Distinct());      // one may come twice, with the same id
        Assert.Equal(6, all.Select(delivery => delivery.Id).Distinct().Count());
    }

    [Fact]
    public async Task One_process_sends_however_many_run()
    {
        await using var replica = await _broker.StartReplicaAsync();
        await _desk.RegisterAsync(_receiver.Url);
        await _desk.HappenAsync(20);
        await _receiver.WaitAsync(all => all.Count >= 20);
        await Task.Delay(1_500);
        Assert.Equal(20, _receiver.Deliveries.Count);
    }

    [Fact]
    public async Task Everything_from_a_number_on_is_sent_again_under_its_old_id()
    {
        var (id, _) = await _desk.RegisterAsync(_receiver.Url);
        await _desk.HappenAsync(3);
        var first = await _receiver.WaitAsync(all => all.Count is 3);
        var (status, _, _) = await _desk.SendAsync(HttpMethod.Post, $"/{id}/replay", $$"""{"from_seq":{{first[1].Event["data"]!["seq"]}}}""");
        Assert.Equal(HttpStatusCode.OK, status);
        var all = await _receiver.WaitAsync(all => all.Count is 5);
        Assert.Equal(first.Skip(1).Select(delivery => delivery.Id), all.Skip(3).Select(delivery => delivery.Id));
    }

    [Fact]
    public async Task A_receiver_that_asks_for_time_gets_it()
    {
        (_receiver.Answer, _receiver.RetryAfter) = (_ => 503, "3600");
        await using var fixture = new BrokerFixture(postgres);
        await fixture.StartAsync();
        var desk = new WebhookDesk(fixture);
        var (id, _) = await desk.RegisterAsync(_receiver.Url);
        await desk.HappenAsync(1);
        var status = (await desk.StatusAsync(id, webhook => (int)webhook["status"]!["attempts"]! is 1))["status"]!;
        Assert.InRange((DateTimeOffset)status["next_attempt_at"]!, DateTimeOffset.UtcNow.AddMinutes(55), DateTimeOffset.UtcNow.AddMinutes(61));
        Assert.Equal("HTTP 503", (string)status["last_failure"]!);
    }

    private async Task<System.Text.Json.Nodes.JsonNode> DeadLettersAsync(string id) => (await _desk.SendAsync(HttpMethod.Get, $"/{id}/dead-letters")).Body!["dead_letters"]!;

    // Standard Webhooks, computed here and not by what is tested.
    private static string Signature(byte[] key, Delivery delivery)
    {
        using var mac = new HMACSHA256(key);
        byte[] signed = [.. Encoding.ASCII.GetBytes(delivery.Id), (byte)'.', .. Encoding.ASCII.GetBytes(delivery.Timestamp), (byte)'.', .. delivery.Body];
        return "v1," + Convert.ToBase64String(mac.ComputeHash(signed));
    }
}
