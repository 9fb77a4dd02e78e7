using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Tests.Hosting;
using IdJagBroker.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace IdJagBroker.Tests.TokenExchange;

/// <summary>Runs alone: a meter is one for the whole process.</summary>
[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class Alone;

/// <summary>What a monitoring system sees of requests, those of strangers included.</summary>
[Collection("alone")]
public sealed class RequestCountTests(BrokerPostgres postgres)
{
    [Fact]
    public async Task Counts_every_request_by_how_it_ended_and_by_nothing_that_a_client_chose()
    {
        var counted = new ConcurrentQueue<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) => { if (instrument.Name is "broker.idjag.requests") self.EnableMeasurementEvents(instrument); },
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) => counted.Enqueue($"{value} {string.Join(' ', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"))}"));
        using var key = new FaultyKey();
        await using var broker = new BrokerFixture(postgres);
        await broker.StartAsync(plugIn: IdJagBroker.Tests.Keys.GivenKeys.PlugIn(key));
        listener.Start();

        async Task CountsAsync(string expected, Func<Task> request)
        {
            await request();
            Assert.Equal([expected], counted);
            counted.Clear();
        }

        await CountsAsync("1 outcome=ok client=agent", () => broker.Token.ExchangeAsync());
        await CountsAsync("1 outcome=denied reason=REQ_UNKNOWN_CLIENT", () => broker.Token.ExchangeAsync(("client_id", "canary")));
        await CountsAsync("1 outcome=denied reason=REQ_CLIENT_AUTH client=agent", () => broker.Token.ExchangeAsync(("client_secret", "canary")));
        await CountsAsync("1 outcome=denied reason=CLIENT_DISABLED client=retired", () => broker.Token.ExchangeAsync(("client_id", "retired")));
        await CountsAsync("1 outcome=denied reason=REQ_UNKNOWN_AUDIENCE client=agent", () => broker.Token.ExchangeAsync(("audience", "https://canary.example")));
        await CountsAsync("1 outcome=denied reason=INVALID_REQUEST client=agent", () => broker.Token.ExchangeAsync(("requested_token_type", "canary")));
        await CountsAsync("1 outcome=denied reason=INVALID_REQUEST", () => broker.Token.SendAsync(new StringContent("canary=%")));
        await CountsAsync("1 outcome=denied reason=INVALID_REQUEST", () => broker.Token.ExchangeAsync(("client_assertion", "canary"), ("client_assertion_type", "canary")));
        await CountsAsync("1 outcome=denied reason=INVALID_REQUEST", () => broker.Http.GetAsync(new Uri(broker.Issuer + "/oauth2/token")));

        broker.Idp.IsDown = true;
        key.IsBroken = true;
        await CountsAsync("1 outcome=error reason=FAULT client=agent", () => broker.Token.ExchangeAsync());
        await CountsAsync("1 outcome=error reason=UPSTREAM_UNAVAILABLE client=agent", async () => Assert.Equal(
            HttpStatusCode.ServiceUnavailable, (await broker.Token.ExchangeAsync(("subject_token", broker.Entra.IdToken("agent-at-entra", change: Unfetchable)))).Status));

        void Unfetchable(System.Text.Json.Nodes.JsonObject header, System.Text.Json.Nodes.JsonObject claims) => broker.Entra.IsDown = true;
    }

    [Fact]
    public async Task Counts_what_an_address_asked_too_often()
    {
        var limited = 0L;
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) => { if (instrument.Name is "broker.idjag.requests") self.EnableMeasurementEvents(instrument); },
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) => { if (tags.ToArray().Any(tag => tag.Value is "RATE_LIMITED")) Interlocked.Add(ref limited, value); });
        await using var broker = new BrokerFixture(postgres);
        await broker.StartAsync(["--RateLimits:AddressPerSecond=1", "--RateLimits:AddressBurst=1"]);
        listener.Start();

        var refused = 0;
        for (var i = 0; i < 5; i++) refused += (await broker.Token.ExchangeAsync()).Status is HttpStatusCode.TooManyRequests ? 1 : 0;
        Assert.InRange(refused, 1, 5);
        Assert.Equal(refused, Interlocked.Read(ref limited));
    }
}
