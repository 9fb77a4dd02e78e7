using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Text.Json.Nodes;
using IdJagBroker.McpAuthorization.Receipts;
using IdJagBroker.McpAuthorization.Tests.Support;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using Microsoft.AspNetCore.Http;

namespace IdJagBroker.McpAuthorization.Tests;

/// <summary>What the issuer is told of its ID-JAGs: all that is true, in order, and at nobody's cost.</summary>
public sealed class ReceiptTests : IAsyncLifetime
{
    private readonly LoopbackBroker _broker = new();
    private readonly ConcurrentQueue<(string Authorization, JsonNode Body)> _received = [];
    private Func<HttpContext, Task<bool>> _fault = _ => Task.FromResult(false);

    public async ValueTask InitializeAsync()
    {
        await _broker.InitializeAsync();
        _broker.Receipts = async http =>
        {
            if (await _fault(http)) return;
            var body = (await JsonNode.ParseAsync(http.Request.Body))!;
            _received.Enqueue((http.Request.Headers.Authorization.ToString(), body));
            await http.Response.WriteAsync(new JsonObject { ["accepted"] = body["receipts"]!.AsArray().Count, ["rejected"] = new JsonArray() }.ToJsonString());
        };
    }

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    private Task<Ras> StartAsync(Action<ReceiptOptions>? change = null, Action<TrustedIssuer>? trust = null, Action<IdJagAuthorizationServerOptions>? configure = null) =>
        Ras.StartAsync(_broker, new RasSetup
        {
            Trust = issuer =>
            {
                issuer.Receipts = new ReceiptOptions { Delay = TimeSpan.FromMilliseconds(20) };
                change?.Invoke(issuer.Receipts);
                trust?.Invoke(issuer);
            },
            Configure = configure ?? (_ => { }),
        });

    private List<JsonNode> Received => [.. _received.SelectMany(batch => batch.Body["receipts"]!.AsArray()).Select(receipt => receipt!)];

    private async Task<List<JsonNode>> EventuallyAsync(int count, int seconds = 10)
    {
        for (var started = Stopwatch.GetTimestamp(); Received.Count < count && Stopwatch.GetElapsedTime(started).TotalSeconds < seconds;) await Task.Delay(20);
        return Received;
    }

    private static async Task EventuallyAsync(Func<bool> condition)
    {
        for (var tries = 0; !condition(); tries++)
        {
            Assert.True(tries < 500, "it never came to pass");
            await Task.Delay(20);
        }
    }

    [Fact]
    public async Task Tells_of_a_redemption_what_the_access_token_is_and_nothing_of_the_person()
    {
        await using var ras = await StartAsync();
        var idJag = _broker.IdJag();
        (await ras.RedeemAsync(idJag, ("scope", "tickets:read"))).AssertIssued();

        var receipt = Assert.Single(await EventuallyAsync(1)).AsObject();
        Assert.True(Guid.TryParseExact((string)receipt["id"]!, "D", out _));
        receipt.Remove("id");
        Assert.Equal(new JsonObject
        {
            ["jti"] = (string)idJag.Claims["jti"]!, ["outcome"] = "redeemed", ["at"] = ManualClock.T0.ToUnixTimeSeconds(), ["client_id"] = Ras.Client,
            ["scope"] = "tickets:read", ["resource"] = Ras.Resource, ["expires_in"] = 600,
        }.ToJsonString(), receipt.ToJsonString());
    }

    public static TheoryData<string, string> Refusals => new()
    {
        { "expired", "invalid_grant BAD_TIME" }, { "another client's", "invalid_grant WRONG_CLIENT" }, { "bound to a key", "invalid_grant PROOF_MISSING" },
        { "another resource", "invalid_grant WRONG_RESOURCE" }, { "no scope left", "invalid_scope NO_SCOPE_LEFT" }, { "authorization details", "invalid_authorization_details RAR_OFF" },
    };

    [Theory, MemberData(nameof(Refusals))]
    public async Task Tells_of_a_refusal_why(string fault, string told)
    {
        await using var ras = await StartAsync();
        var idJag = _broker.IdJag();
        switch (fault)
        {
            case "expired": (idJag.Claims["iat"], idJag.Claims["exp"]) = (ManualClock.T0.ToUnixTimeSeconds() - 600, ManualClock.T0.ToUnixTimeSeconds() - 300); break;
            case "another client's": idJag.Claims["client_id"] = Ras.OtherClient; break;
            case "bound to a key": idJag.Claims["cnf"] = new JsonObject { ["jkt"] = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU" }; break;
            case "another resource": idJag.Claims["resource"] = "https://elsewhere.example/"; break;
            case "no scope left": idJag.Claims["scope"] = "other"; break;
            default: idJag.Claims["authorization_details"] = new JsonArray(); break;
        }
        Assert.NotEqual(200, (await ras.RedeemAsync(idJag)).Status);

        var receipt = Assert.Single(await EventuallyAsync(1));
        Assert.Equal(("refused", told, (string)idJag.Claims["jti"]!, Ras.Client), ((string)receipt["outcome"]!, $"{receipt["error"]} {receipt["reason"]}", (string)receipt["jti"]!, (string)receipt["client_id"]!));
        Assert.Null(receipt["scope"] ?? receipt["expires_in"]);
    }

    [Fact]
    public async Task Tells_nobody_of_what_its_issuer_did_not_sign_for_this_server()
    {
        await using var ras = await StartAsync(configure: options => options.TrustedIssuers[0].Reuse = IdJagReuse.SingleUse);
        using var stranger = Keys.P256();
        var forged = new Draft(stranger, _broker.IdJag().Header, _broker.IdJag().Claims);
        var foreign = _broker.IdJag();
        foreign.Claims["aud"] = "https://as.other.example";
        var broken = _broker.IdJag();
        broken.Claims.Remove("jti");
        var another = _broker.IdJag();
        another.Header["typ"] = "at+jwt";
        foreach (var bad in new[] { forged.Encode(), foreign.Encode(), broken.Encode(), another.Encode(), "a.b.c" }) Assert.Equal(400, (await ras.RedeemAsync(bad)).Status);
        Assert.Equal(401, (await ras.SendAsync(Ras.Basic(Ras.Client, "wrong-secret-0123456789abcdefghijklmnopq"), [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", _broker.IdJag().Encode())])).Status);

        var good = _broker.IdJag();
        (await ras.RedeemAsync(good)).AssertIssued();
        await ras.RedeemAsync(good);
        var told = await EventuallyAsync(2);
        Assert.Equal(["redeemed ", "refused ALREADY_USED"], told.Select(receipt => $"{receipt["outcome"]} {receipt["reason"]}"));
        Assert.All(told, receipt => Assert.Equal((string)good.Claims["jti"]!, (string)receipt["jti"]!));
    }

    private sealed class BrokenGuard : IReplayGuard
    {
        public static bool IsBroken { get; set; }

        public ValueTask<bool> TryUseAsync(IdJagUse use, CancellationToken ct) => IsBroken ? throw new IOException() : ValueTask.FromResult(true);

        public ValueTask ReturnAsync(IdJagUse use, CancellationToken ct) => ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Tells_nobody_of_what_only_failed_and_will_come_again()
    {
        await using var ras = await Ras.StartAsync(_broker, new RasSetup
        {
            Trust = issuer => (issuer.Receipts, issuer.Reuse) = (new ReceiptOptions { Delay = TimeSpan.Zero }, IdJagReuse.SingleUse), Build = server => server.UseReplayGuard<BrokenGuard>(),
        });
        var idJag = _broker.IdJag();
        BrokenGuard.IsBroken = true;
        Assert.Equal(503, (await ras.RedeemAsync(idJag)).Status);
        BrokenGuard.IsBroken = false;
        (await ras.RedeemAsync(idJag)).AssertIssued();
        Assert.Equal("redeemed", (string)Assert.Single(await EventuallyAsync(1))["outcome"]!);
    }

    [Fact]
    public async Task Tells_nobody_who_does_not_want_to_hear()
    {
        await using var ras = await Ras.StartAsync(_broker);
        (await ras.RedeemAsync(_broker.IdJag())).AssertIssued();
        await Task.Delay(300);
        Assert.Equal(0, _broker.ReceiptHits);
    }

    [Fact]
    public async Task Proves_who_it_is_by_an_assertion_of_its_own_for_each_attempt()
    {
        var fail = 1;
        _fault = http =>
        {
            if (fail-- <= 0) return Task.FromResult(false);
            _received.Enqueue((http.Request.Headers.Authorization.ToString(), new JsonObject { ["receipts"] = new JsonArray() }));
            http.Response.StatusCode = 503;
            return Task.FromResult(true);
        };
        await using var ras = await StartAsync();
        (await ras.RedeemAsync(_broker.IdJag())).AssertIssued();
        Assert.Single(await EventuallyAsync(1));

        var tokens = _received.Select(sent => sent.Authorization["Bearer ".Length..]).ToList();
        Assert.Equal(2, tokens.Count);
        using var jwks = System.Text.Json.JsonDocument.Parse((await ras.Http.GetStringAsync("/jwks")));
        var keys = JsonWebKeySet.TryParse(System.Text.Encoding.UTF8.GetBytes(jwks.RootElement.GetRawText()))!;
        foreach (var token in tokens)
        {
            Assert.True(CompactJws.TryParse(token, 8192, out var jws, out _));
            Assert.Equal(JwsFailure.None, JwsVerifier.Verify(jws!, keys, [JwsAlgorithm.ES256], out _));
            Assert.Equal(JwtType.ClientAuthentication, (string)Draft.HeaderOf(token)["typ"]!);
            var claims = Draft.Payload(token);
            Assert.Equal((Ras.Issuer, Ras.Issuer, _broker.Issuer), ((string)claims["iss"]!, (string)claims["sub"]!, (string)claims["aud"]!));
            Assert.Equal(60, (long)claims["exp"]! - (long)claims["iat"]!);
        }
        Assert.NotEqual((string)Draft.Payload(tokens[0])["jti"]!, (string)Draft.Payload(tokens[1])["jti"]!);
    }

    [Fact]
    public async Task Signs_with_another_key_if_it_is_given_one()
    {
        using var own = InProcessSigningKey.CreateEs256();
        await using var ras = await StartAsync(receipts => (receipts.SigningKey, receipts.Endpoint) = (own, _broker.Issuer + "/receipts/v1"));
        (await ras.RedeemAsync(_broker.IdJag())).AssertIssued();
        await EventuallyAsync(1);
        Assert.True(CompactJws.TryParse(Assert.Single(_received).Authorization["Bearer ".Length..], 8192, out var jws, out _));
        Assert.Equal(JwsFailure.None, JwsVerifier.Verify(jws!, new JsonWebKeySet([own.PublicKey]), [JwsAlgorithm.ES256], out _));
    }

    [Fact]
    public async Task Sends_many_together()
    {
        await using var ras = await StartAsync(receipts => receipts.Delay = TimeSpan.FromMilliseconds(700));
        await Task.WhenAll(Enumerable.Range(0, 30).Select(async _ => (await ras.RedeemAsync(_broker.IdJag())).AssertIssued()));
        Assert.Equal(30, (await EventuallyAsync(30)).Count);
        Assert.InRange(_received.Count, 1, 3);
    }

    [Theory]
    [InlineData(503), InlineData(429), InlineData(500), InlineData(401), InlineData(404), InlineData(302)]
    public async Task Sends_again_what_was_not_taken_in_order_and_with_the_same_ids(int status)
    {
        var (bodies, fail) = (new ConcurrentQueue<string>(), 1);
        _fault = async http =>
        {
            using var reader = new StreamReader(http.Request.Body);
            var body = await reader.ReadToEndAsync();
            bodies.Enqueue(body);
            http.Request.Body = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(body));
            if (fail-- <= 0) return false;
            (http.Response.StatusCode, http.Response.Headers.Location) = (status, "/canary");
            return true;
        };
        await using var ras = await StartAsync();
        var first = _broker.IdJag();
        (await ras.RedeemAsync(first)).AssertIssued();
        await EventuallyAsync(() => !bodies.IsEmpty);
        (await ras.RedeemAsync(_broker.IdJag())).AssertIssued();        // meanwhile

        Assert.Equal(2, (await EventuallyAsync(2)).Count);
        Assert.Equal((string)first.Claims["jti"]!, (string)Received[0]["jti"]!);
        Assert.Equal(bodies.First(), bodies.ElementAt(1));
        Assert.Equal(0, _broker.CanaryHits);
        Assert.Single(ras.Logs, line => line.StartsWith($"1010 Receipts for {_broker.Issuer} could not be sent: HTTP {status}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Waits_as_long_as_the_issuer_asks()
    {
        var times = new ConcurrentQueue<long>();
        _fault = http =>
        {
            times.Enqueue(Stopwatch.GetTimestamp());
            if (times.Count > 1) return Task.FromResult(false);
            (http.Response.StatusCode, http.Response.Headers.RetryAfter) = (429, "3");
            return Task.FromResult(true);
        };
        await using var ras = await StartAsync();
        (await ras.RedeemAsync(_broker.IdJag())).AssertIssued();
        Assert.Single(await EventuallyAsync(1));
        Assert.InRange(Stopwatch.GetElapsedTime(times.First(), times.Last()).TotalSeconds, 2.9, 6);
    }

    [Fact]
    public async Task A_batch_that_is_wrong_is_given_up_and_those_after_it_are_sent()
    {
        var fail = 1;
        _fault = http =>
        {
            http.Response.StatusCode = fail-- > 0 ? 400 : 200;
            return Task.FromResult(http.Response.StatusCode is 400);
        };
        await using var ras = await StartAsync();
        (await ras.RedeemAsync(_broker.IdJag())).AssertIssued();
        await EventuallyAsync(() => _broker.ReceiptHits is 1);
        var second = _broker.IdJag();
        (await ras.RedeemAsync(second)).AssertIssued();
        Assert.Equal((string)second.Claims["jti"]!, (string)Assert.Single(await EventuallyAsync(1))["jti"]!);
        Assert.Contains(ras.Logs, line => line.StartsWith($"1011 {_broker.Issuer} rejected 1 receipts: HTTP 400", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_the_issuer_rejects_is_said_and_not_sent_again()
    {
        _fault = async http =>
        {
            await http.Response.WriteAsync("""{"accepted":0,"rejected":[{"index":0,"error":"unknown_jti"}]}""");
            return true;
        };
        await using var ras = await StartAsync();
        (await ras.RedeemAsync(_broker.IdJag())).AssertIssued();
        await EventuallyAsync(() => ras.Logs.Any(line => line.StartsWith($"1011 {_broker.Issuer} rejected 1 receipts: unknown_jti", StringComparison.Ordinal)));
        await Task.Delay(1500);
        Assert.Equal(1, _broker.ReceiptHits);
    }

    [Theory]
    [InlineData("hangs"), InlineData("is not there"), InlineData("answers nonsense")]
    public async Task No_token_request_waits_or_fails_because_the_issuer(string fault)
    {
        var release = new TaskCompletionSource();
        _fault = async http =>
        {
            if (fault is "hangs") await release.Task.WaitAsync(http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            else await http.Response.WriteAsync("[}");
            return true;
        };
        await using var ras = await StartAsync(receipts => receipts.Endpoint = fault is "is not there" ? "http://127.0.0.1:9/receipts" : null);
        (await ras.RedeemAsync(_broker.IdJag())).AssertIssued();
        await Task.Delay(200);
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < 20; i++) (await ras.RedeemAsync(_broker.IdJag())).AssertIssued();
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(3));
        release.SetResult();
    }

    [Fact]
    public async Task Nothing_is_sent_to_a_private_address_unless_the_issuer_may_be_there()
    {
        await using var ras = await StartAsync(receipts => receipts.Endpoint = "https://10.255.255.1/receipts/v1");
        (await ras.RedeemAsync(_broker.IdJag())).AssertIssued();
        await EventuallyAsync(() => ras.Logs.Any(line => line.StartsWith("1010 ", StringComparison.Ordinal) && line.Contains("The host has no address that may be connected to.", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_oldest_give_way_when_too_many_wait_which_is_counted_and_said()
    {
        var counted = new ConcurrentQueue<string>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, it) => { if (instrument.Name is "idjag.receipts") it.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) => counted.Enqueue($"{string.Join(' ', tags.ToArray().Select(tag => tag.Value))} {value}"));
        listener.Start();
        var open = false;
        _fault = http =>
        {
            if (!open) http.Response.StatusCode = 503;
            return Task.FromResult(!open);
        };
        await using var ras = await StartAsync(receipts => receipts.MaxWaiting = 3);
        var jtis = new List<string>();
        async Task RedeemAsync()
        {
            var idJag = _broker.IdJag();
            jtis.Add((string)idJag.Claims["jti"]!);
            (await ras.RedeemAsync(idJag)).AssertIssued();
        }
        await RedeemAsync();
        await EventuallyAsync(() => _broker.ReceiptHits > 0);       // the first is under way, and waits no more
        for (var i = 0; i < 5; i++) await RedeemAsync();
        open = true;

        Assert.Equal([jtis[0], .. jtis[3..]], (await EventuallyAsync(4)).Select(receipt => (string)receipt["jti"]!));
        Assert.Equal(2, counted.Count(line => line == $"{_broker.Issuer} dropped 1"));
        // Counted once the answer is read, which is after the issuer has them.
        await EventuallyAsync(() => counted.Where(line => line.StartsWith($"{_broker.Issuer} sent", StringComparison.Ordinal)).Sum(line => int.Parse(line.Split(' ')[2], System.Globalization.CultureInfo.InvariantCulture)) is 4);
        Assert.Single(ras.Logs, line => line.StartsWith("1012 1 receipts for", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_waits_is_sent_when_the_application_stops()
    {
        var ras = await StartAsync(receipts => receipts.Delay = TimeSpan.FromMinutes(1));
        for (var i = 0; i < 3; i++) (await ras.RedeemAsync(_broker.IdJag())).AssertIssued();
        Assert.Empty(Received);
        await ras.StopAsync();
        Assert.Equal(3, Received.Count);
        await ras.DisposeAsync();
    }

    [Fact]
    public async Task A_stop_waits_for_an_issuer_that_does_not_answer_only_so_long()
    {
        var release = new TaskCompletionSource();
        _fault = async _ =>
        {
            await release.Task;
            return true;
        };
        var ras = await StartAsync();
        (await ras.RedeemAsync(_broker.IdJag())).AssertIssued();
        var started = Stopwatch.GetTimestamp();
        await ras.StopAsync();
        Assert.True(Stopwatch.GetElapsedTime(started) < ReceiptService.FlushTime + TimeSpan.FromSeconds(3));
        Assert.Contains(ras.Logs, line => line.StartsWith("1012 1 receipts for", StringComparison.Ordinal));
        release.SetResult();
        await ras.DisposeAsync();
    }

    [Fact]
    public void A_batch_is_never_larger_than_the_issuer_reads()
    {
        var queue = new ReceiptQueue("https://broker.example", 5_000, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        for (var i = 0; i < 1_500; i++) queue.Add(new Receipt("j", new string('c', 20), ManualClock.T0) { Resource = "https://mcp.example/" });
        var first = ReceiptBatch.Take(queue.Reader)!;
        Assert.Equal((1_000, 500), (first.Count, queue.Reader.Count));
        ReceiptBatch.Take(queue.Reader);
        for (var i = 0; i < 200; i++) queue.Add(new Receipt(new string('j', 255), new string('c', 2048), ManualClock.T0) { Resource = "https://" + new string('r', 2000), Scope = ScopeSet.Of([new string('s', 2040)]) });
        for (var left = 200; left > 0;)
        {
            var batch = ReceiptBatch.Take(queue.Reader)!;
            Assert.InRange(batch.Json.Length, 1, 512 * 1024);
            left -= batch.Count;
        }
        Assert.Null(ReceiptBatch.Take(queue.Reader));
    }
}
