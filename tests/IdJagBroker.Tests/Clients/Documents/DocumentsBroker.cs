using System.Security.Cryptography;
using System.Text.Json.Nodes;
using IdJagBroker.Protocol;
using IdJagBroker.Shared;
using IdJagBroker.Tests.Storage;
using IdJagBroker.Tests.Upstreams;
using Microsoft.Extensions.DependencyInjection;

namespace IdJagBroker.Tests.Clients.Documents;

/// <summary>The time of day, and what a test adds to it.</summary>
internal sealed class ShiftedClock : TimeProvider
{
    private TimeSpan _shift;

    public void Advance(TimeSpan by) => _shift += by;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + _shift;
}

/// <summary>
/// A broker whose catalogue admits clients by metadata document: <c>ide</c> and <c>mapped</c> by address, <c>tools</c> by host, <c>off</c> not at all;
/// <c>open</c> and <c>shut</c>, public ones by address, the latter disabled; and <c>keyed</c>, an ordinary client that publishes its keys.
/// </summary>
public sealed class DocumentsBroker(BrokerPostgres postgres) : IAsyncLifetime
{
    private const int Addresses = 120;
    private int _next;
    private int _nextPublic;

    internal BrokerFixture Broker { get; } = new(postgres);

    /// <summary>Where documents are that are registered one by one; and the keys of others.</summary>
    internal ProviderHost Host { get; private set; } = null!;

    /// <summary>The host of which every document is the tools'.</summary>
    internal ProviderHost Tools { get; private set; } = null!;

    internal ShiftedClock Clock { get; } = new();

    internal ECDsa Key { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public async ValueTask InitializeAsync()
    {
        (Host, Tools) = (await ProviderHost.StartAsync(), await ProviderHost.StartAsync());
        await Broker.StartAsync(changeCatalog: Change, policy: TestPolicies.Rules.Replace("unset]", "unset, ide, mapped, tools, off, keyed]", StringComparison.Ordinal),
            plugIn: services => services.AddSingleton<TimeProvider>(Clock));
    }

    public async ValueTask DisposeAsync()
    {
        await Broker.DisposeAsync();
        await Host.DisposeAsync();
        await Tools.DisposeAsync();
        Key.Dispose();
    }

    private string Change(string catalog) => PublicClientBroker.SignsPeopleIn(catalog)
        .Replace("clients:\n", $$$"""
            clients:
              ide: {registration: metadata_document, documents: [{{{string.Join(", ", Enumerable.Range(0, Addresses).Select(i => $"\"{Host.Url}/ide/{i}.json\""))}}}], auth: private_key_jwt, subjectTokenAudiences: {okta: [ide-at-okta]}}
              mapped: {registration: metadata_document, documents: ["{{{Host.Url}}}/mapped.json", "{{{Tools.Url}}}/mapped.json"], auth: private_key_jwt, subjectTokenAudiences: {okta: [ide-at-okta]}}
              tools: {registration: metadata_document, documentHosts: ["{{{new Uri(Tools.Url).Authority}}}"], auth: private_key_jwt, subjectTokenAudiences: {okta: [ide-at-okta]}}
              off: {registration: metadata_document, documents: ["{{{Host.Url}}}/off.json"], auth: private_key_jwt, enabled: false}
              open: {registration: metadata_document, documents: [{{{string.Join(", ", Enumerable.Range(0, Addresses).Select(i => $"\"{Host.Url}/open/{i}.json\""))}}}], auth: none, signIn: {name: Open}}
              shut: {registration: metadata_document, documents: ["{{{Host.Url}}}/shut.json"], auth: none, enabled: false, signIn: {}}
              keyed: {clientIds: [keyed], jwksUri: "{{{Host.Url}}}/keyed/jwks", auth: private_key_jwt, subjectTokenAudiences: {okta: [ide-at-okta]}}

            """, StringComparison.Ordinal)
        .Replace("clientIds: {agent: cl_7hQ2notes,", "clientIds: {ide: {sameAsHere: true}, tools: {sameAsHere: true}, mapped: cl_mapped, open: {sameAsHere: true}, keyed: cl_keyed, agent: cl_7hQ2notes,", StringComparison.Ordinal);

    /// <summary>A registered address that no test has used.</summary>
    internal string NewAddress()
    {
        var next = Interlocked.Increment(ref _next);
        Assert.True(next < Addresses, "register more addresses");
        return $"{Host.Url}/ide/{next}.json";
    }

    /// <summary>A registered address of a public client that no test has used.</summary>
    internal string NewPublicAddress()
    {
        var next = Interlocked.Increment(ref _nextPublic);
        Assert.True(next < Addresses, "register more addresses");
        return $"{Host.Url}/open/{next}.json";
    }

    /// <summary>Publishes a good document of a public client.</summary>
    internal string PublishPublic(Action<JsonObject>? change = null, string? at = null)
    {
        var address = at ?? NewPublicAddress();
        Serve(address, Document(address, document =>
        {
            document.Remove("jwks");
            (document["token_endpoint_auth_method"], document["redirect_uris"]) = ("none", new JsonArray("http://127.0.0.1/cb"));
            change?.Invoke(document);
        }));
        return address;
    }

    /// <summary>Publishes a good document, with whatever <paramref name="change"/> makes of it, and gives its address.</summary>
    internal string Publish(Action<JsonObject>? change = null, string? at = null, ECDsa? key = null)
    {
        var address = at ?? NewAddress();
        Serve(address, Document(address, change, key));
        return address;
    }

    internal JsonObject Document(string address, Action<JsonObject>? change = null, ECDsa? key = null)
    {
        var document = new JsonObject
        {
            ["client_id"] = address, ["token_endpoint_auth_method"] = "private_key_jwt",
            ["jwks"] = new JsonObject { ["keys"] = new JsonArray(TestIdp.Jwk(key ?? Key, "k1")) },
        };
        change?.Invoke(document);
        return document;
    }

    internal void Serve(string address, JsonNode document) => Serve(address, document.ToJsonString());

    internal void Serve(string address, string body) => HostOf(address).On(new Uri(address).AbsolutePath, body);

    internal int FetchesOf(string address) => HostOf(address).CountOf(new Uri(address).AbsolutePath);

    /// <summary>An exchange by whoever holds <paramref name="key"/>, under this client id.</summary>
    internal Task<TokenAnswer> ExchangeAsync(string clientId, ECDsa? key = null, string? keyId = "k1", Action<JsonObject, JsonObject>? change = null, params (string, string?)[] form) =>
        Broker.Token.ExchangeByAssertionAsync(Assertion(clientId, key, keyId, change), [("subject_token", IdToken()), .. form]);

    internal string Assertion(string clientId, ECDsa? key = null, string? keyId = "k1", Action<JsonObject, JsonObject>? change = null)
    {
        var now = Clock.GetUtcNow().ToUnixTimeSeconds();
        var header = new JsonObject { ["alg"] = "ES256", ["typ"] = JwtType.ClientAuthentication };
        if (keyId is not null) header["kid"] = keyId;
        var claims = new JsonObject { ["iss"] = clientId, ["sub"] = clientId, ["aud"] = Broker.Issuer, ["exp"] = now + 60, ["jti"] = Guid.NewGuid().ToString("N") };
        change?.Invoke(header, claims);
        return Jwts.Sign(header, claims, key ?? Key);
    }

    /// <summary>Refused as any client is that did not prove itself; only the log knows why.</summary>
    internal async Task RefusesAsync(string detail, Task<TokenAnswer> exchange)
    {
        var answer = await exchange;
        answer.IsRefused("invalid_client", System.Net.HttpStatusCode.Unauthorized);
        Assert.Equal("client authentication failed", (string?)answer.Body!["error_description"]);
        var recorded = await Broker.ExplainAsync(answer);
        Assert.Equal(("REQ_CLIENT_AUTH", detail), ((string?)recorded["reason"], (string?)recorded["data"]!["detail"]));
    }

    private string IdToken()
    {
        var now = Clock.GetUtcNow().ToUnixTimeSeconds();
        return Broker.Idp.IdToken("ide-at-okta", change: (_, claims) => (claims["iat"], claims["exp"], claims["auth_time"]) = (now - 5, now + 3600, now - 10));
    }

    private ProviderHost HostOf(string address) => address.StartsWith(Tools.Url, StringComparison.Ordinal) ? Tools : Host;
}
