using System.Security.Cryptography;
using System.Text.Json.Nodes;
using IdJagBroker.Shared;
using IdJagBroker.Tests.Storage;

namespace IdJagBroker.Tests.Upstreams;

/// <summary>An upstream that publishes more keys than one, and stranger ones (SEC-11, SEC-12, SEC-13).</summary>
public sealed class KeySetTests(KeySetTests.Upstream upstream) : IClassFixture<KeySetTests.Upstream>
{
    /// <summary>A broker before its first fetch, so that the key set is this one from the start.</summary>
    public sealed class Upstream(BrokerPostgres postgres) : IAsyncLifetime
    {
        internal BrokerFixture Broker { get; } = new(postgres);

        internal ECDsa Odd { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        public async ValueTask InitializeAsync()
        {
            await Broker.StartAsync();
            JsonObject With(string keyId, string member, JsonNode value)
            {
                var key = TestIdp.Jwk(Odd, keyId);
                key[member] = value;
                return key;
            }
            Broker.Idp.PublishedKeys = new JsonArray(
                TestIdp.Jwk(Broker.Idp.Key, Broker.Idp.KeyId), TestIdp.Jwk(Odd, "twin"), TestIdp.Jwk(Broker.Idp.Key, "twin"),
                With("enc", "use", "enc"), With("sign-only", "key_ops", new JsonArray("sign")), With("es384", "alg", "ES384"),
                new JsonObject { ["kty"] = "oct", ["kid"] = "oct", ["k"] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" });
        }

        public async ValueTask DisposeAsync()
        {
            await Broker.DisposeAsync();
            Odd.Dispose();
        }
    }

    private BrokerFixture Broker => upstream.Broker;

    private async Task RefusesAsync(string idToken, string detail)
    {
        var answer = await Broker.Token.ExchangeAsync(("subject_token", idToken));
        answer.IsRefused("invalid_grant");
        Assert.Equal(detail, (string?)(await Broker.ExplainAsync(answer))["data"]!["detail"]);
    }

    [Fact]
    public async Task Serves_with_its_good_key() => (await Broker.Token.ExchangeAsync()).IsGranted();

    [Fact, Trait("Spec", "SEC-11")]
    public async Task Is_not_asked_to_choose_between_two_keys()
    {
        await RefusesAsync(Broker.IdToken((header, _) => header["kid"] = "twin"), "KeyAmbiguous");
        await RefusesAsync(Broker.IdToken((header, _) => header.Remove("kid")), "KeyAmbiguous");
    }

    [Theory, Trait("Spec", "SEC-13")]
    [InlineData("enc"), InlineData("sign-only"), InlineData("es384")]
    public async Task Serves_with_no_key_that_is_meant_for_something_else(string keyId) =>
        await RefusesAsync(Broker.Idp.IdToken("agent-at-okta", change: (header, _) => header["kid"] = keyId, key: upstream.Odd), "KeyNotFound");

    [Theory, Trait("Spec", "SEC-12")]
    [InlineData("../../x", "KeyNotFound")]
    [InlineData("' or 1=1 --", "KeyNotFound")]
    [InlineData("UP-1", "KeyNotFound")]
    [InlineData("up-1 ", "KeyNotFound")]
    [InlineData("", "HeaderMalformed")]
    public async Task Compares_a_kid_and_does_nothing_else_with_it(string keyId, string detail) =>
        await RefusesAsync(Broker.IdToken((header, _) => header["kid"] = keyId), detail);

    [Fact, Trait("Spec", "SEC-12")]
    public async Task Reads_no_kid_of_more_than_256_characters() =>
        await RefusesAsync(Broker.IdToken((header, _) => header["kid"] = new string('k', 257)), "HeaderMalformed");
}
