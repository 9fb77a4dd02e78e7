using System.Text.Json.Nodes;
using IdJagBroker.Shared;

namespace IdJagBroker.Tests.Clients.Documents;

/// <summary>Public clients by metadata document: the catalogue says that they are, the document must say the same. Over real HTTP on both sides.</summary>
public sealed class PublicDocumentTests(DocumentsBroker broker) : IClassFixture<DocumentsBroker>
{
    private Task<TokenAnswer> ByNameAsync(string address, params (string, string?)[] changes) =>
        broker.Broker.Token.ExchangeAsync([("client_id", address), ("client_secret", null), .. changes]);

    private Task RefusesAsync(string address, string detail) => broker.RefusesAsync(detail, ByNameAsync(address));

    private async Task TakesAsync(string address)
    {
        var answer = await ByNameAsync(address);
        answer.IsRefused("invalid_grant");      // what it brings is of a provider; who it is was not the question
        var recorded = await broker.Broker.ExplainAsync(answer);
        Assert.Equal(("open", "none", address),
            ((string?)recorded["client"], (string?)recorded["data"]!["facts"]!["client_auth"], (string?)recorded["data"]!["facts"]!["client_document"]));
    }

    [Fact, Trait("Spec", "C-18"), Trait("Spec", "CIMD-05")]
    public async Task Takes_a_client_whose_document_says_that_it_proves_nothing()
    {
        var address = broker.PublishPublic();
        await TakesAsync(address);
        await TakesAsync(address);
        Assert.Equal(1, broker.FetchesOf(address));
    }

    [Theory, Trait("Spec", "C-18"), Trait("Spec", "CIMD-02")]
    [InlineData("method", "the document's token_endpoint_auth_method is not none")]
    [InlineData("no method", "the document's token_endpoint_auth_method is not none")]
    [InlineData("key", "the document's token_endpoint_auth_method is not none")]
    [InlineData("keys", "the document of a public client holds keys")]
    [InlineData("place of keys", "the document of a public client holds keys")]
    [InlineData("secret", "the document holds a client secret")]
    [InlineData("somebody", "the document's client_id is not its address")]
    [InlineData("proof", "the document's dpop_bound_access_tokens is malformed")]
    public async Task Refuses_a_client_whose_document_says_something_else(string what, string detail) => await RefusesAsync(broker.PublishPublic(document =>
    {
        if (what is "method") document["token_endpoint_auth_method"] = "client_secret_basic";
        if (what is "no method") document.Remove("token_endpoint_auth_method");
        if (what is "key") document["token_endpoint_auth_method"] = "private_key_jwt";
        if (what is "key" or "keys") document["jwks"] = new JsonObject { ["keys"] = new JsonArray(TestIdp.Jwk(broker.Key, "k1")) };
        if (what is "place of keys") document["jwks_uri"] = broker.Host.Url + "/jwks";
        if (what is "secret") document["client_secret"] = "s";
        if (what is "somebody") document["client_id"] = "https://other.example/client.json";
        if (what is "proof") document["dpop_bound_access_tokens"] = "true";
    }), detail);

    [Fact, Trait("Spec", "C-18")]
    public async Task Refuses_a_client_without_a_document() => await RefusesAsync(broker.NewPublicAddress(), "HTTP 404");

    [Fact, Trait("Spec", "SEC-19"), Trait("Spec", "C-18")]
    public async Task Asks_for_no_document_of_a_public_client_that_sends_a_secret_or_an_assertion()
    {
        var address = broker.PublishPublic();
        await broker.RefusesAsync("wrong secret", ByNameAsync(address, ("client_secret", "s")));
        await broker.RefusesAsync("the client is not registered for private_key_jwt", broker.ExchangeAsync(address));
        Assert.Equal(0, broker.FetchesOf(address));
    }

    [Fact, Trait("Spec", "IDP-25")]
    public async Task Asks_for_no_document_of_a_public_client_that_is_disabled()
    {
        var address = broker.PublishPublic(at: broker.Host.Url + "/shut.json");
        await RefusesAsync(address, "the client is disabled");
        Assert.Equal(0, broker.FetchesOf(address));
    }

    [Fact, Trait("Spec", "CIMD-12"), Trait("Spec", "C-18")]
    public async Task Holds_a_client_whose_document_ceases_to_be_a_public_ones_and_says_so_in_the_log()
    {
        var address = broker.PublishPublic();
        await TakesAsync(address);
        broker.Serve(address, broker.Document(address));
        broker.Clock.Advance(TimeSpan.FromMinutes(11));

        await RefusesAsync(address, "the document's token_endpoint_auth_method is not none");
        var held = Assert.Single(await broker.Broker.AuditAsync("client=open&limit=1000"), e => (string?)e!["actor"]?["key"] == address)!;
        Assert.Equal(("client.document_held", "none", "private_key_jwt"),
            ((string?)held["type"], (string?)held["data"]!["before"]!["token_endpoint_auth_method"], (string?)held["data"]!["after"]!["token_endpoint_auth_method"]));
        broker.PublishPublic(at: address);
        broker.Clock.Advance(TimeSpan.FromMinutes(1));
        await TakesAsync(address);
    }

    [Theory, Trait("Spec", "POP-12"), InlineData(true), InlineData(false)]
    public async Task Demands_a_proof_where_the_document_says_that_there_always_is_one(bool isPublic)
    {
        void Bound(JsonObject document) => document["dpop_bound_access_tokens"] = true;
        var answer = isPublic ? await ByNameAsync(broker.PublishPublic(Bound)) : await broker.ExchangeAsync(broker.Publish(Bound));

        answer.IsRefused("invalid_request");
        Assert.Equal("DPOP_REQUIRED", (string?)(await broker.Broker.ExplainAsync(answer))["reason"]);
    }

    [Fact, Trait("Spec", "POP-12")]
    public async Task Demands_it_also_of_a_client_whose_keys_are_elsewhere_and_not_where_the_document_says_no()
    {
        broker.Host.On("/bound/jwks", new JsonObject { ["keys"] = new JsonArray(TestIdp.Jwk(broker.Key, "k1")) }.ToJsonString());
        var elsewhere = broker.Publish(document =>
        {
            document.Remove("jwks");
            (document["jwks_uri"], document["dpop_bound_access_tokens"]) = (broker.Host.Url + "/bound/jwks", true);
        });
        (await broker.ExchangeAsync(elsewhere)).IsRefused("invalid_request");
        (await broker.ExchangeAsync(broker.Publish(document => document["dpop_bound_access_tokens"] = false))).IsGranted();
    }

    [Fact, Trait("Spec", "POP-12")]
    public async Task Demands_it_from_when_the_document_says_so()
    {
        var address = broker.Publish();
        (await broker.ExchangeAsync(address)).IsGranted();
        broker.Publish(document => document["dpop_bound_access_tokens"] = true, address);
        broker.Clock.Advance(TimeSpan.FromMinutes(11));
        (await broker.ExchangeAsync(address)).IsRefused("invalid_request");
    }

    [Theory, Trait("Spec", "CIMD-04")]
    [InlineData("redirect_uris", "[\"http://ide.example/cb\"]")]
    [InlineData("client_name", "\"An\\u202eIDE\"")]
    public async Task Does_not_mind_in_an_exchange_what_is_wrong_for_signing_in(string member, string value)
    {
        (await broker.ExchangeAsync(broker.Publish(document => document[member] = JsonNode.Parse(value)))).IsGranted();
        await TakesAsync(broker.PublishPublic(document => document[member] = JsonNode.Parse(value)));
    }

    [Fact, Trait("Spec", "CIMD-12")]
    public async Task Says_in_the_log_that_a_document_sends_people_elsewhere()
    {
        var address = broker.PublishPublic();
        await TakesAsync(address);
        broker.PublishPublic(document => document["redirect_uris"] = new JsonArray("https://elsewhere.example/cb"), address);
        broker.Clock.Advance(TimeSpan.FromMinutes(11));
        await TakesAsync(address);

        var changed = Assert.Single(await broker.Broker.AuditAsync("client=open&limit=1000"), e => (string?)e!["actor"]?["key"] == address)!;
        Assert.Equal(("client.document_changed", "[\"redirect_uris\"]", "[\"http://127.0.0.1/cb\"]", "[\"https://elsewhere.example/cb\"]"),
            ((string?)changed["type"], changed["data"]!["changed"]!.ToJsonString(), changed["data"]!["before"]!["redirect_uris"]!.ToJsonString(), changed["data"]!["after"]!["redirect_uris"]!.ToJsonString()));
    }
}
