using System.Text.Json.Nodes;
using IdJagBroker.Shared;
using IdJagBroker.Tests.Storage;

namespace IdJagBroker.Tests.Upstreams;

/// <summary>An upstream that rotates its keys while people work (SEC-14).</summary>
public sealed class KeyRotationTests(BrokerPostgres postgres)
{
    [Fact, Trait("Spec", "SEC-14")]
    public async Task Loses_no_request_while_the_upstream_rotates_with_overlap()
    {
        await using var broker = new BrokerFixture(postgres);
        await broker.StartAsync();
        using var stop = new CancellationTokenSource();
        var workers = Enumerable.Range(0, 8).Select(_ => WorkAsync(broker, stop.Token)).ToArray();

        for (var i = 2; i <= 3; i++)
        {
            await Task.Delay(TimeSpan.FromSeconds(7));      // the cool-down, and what a fetch takes on a busy machine
            var old = TestIdp.Jwk(broker.Idp.Key, broker.Idp.KeyId);
            var next = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
            broker.Idp.PublishedKeys = new JsonArray(old, TestIdp.Jwk(next, $"up-{i}"));
            broker.Idp.Rotate($"up-{i}", next);
        }
        await Task.Delay(TimeSpan.FromSeconds(1));
        await stop.CancelAsync();

        var done = await Task.WhenAll(workers);
        Assert.All(done, count => Assert.True(count > 20));
        Assert.InRange(broker.Idp.KeyFetches, 3, 4);
    }

    private static async Task<int> WorkAsync(BrokerFixture broker, CancellationToken stop)
    {
        var count = 0;
        for (; !stop.IsCancellationRequested; count++)
        {
            (await broker.Token.ExchangeAsync()).IsGranted();
            await Task.Delay(40, CancellationToken.None);
        }
        return count;
    }
}
