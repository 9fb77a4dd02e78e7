using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using IdJagBroker.Shared;
using IdJagBroker.Tests.Storage;
using IdJagBroker.Tests.Upstreams;

namespace IdJagBroker.Tests.Clients;

/// <summary><c>PUT /admin/v1/clients/{alias}/jwks_uri</c>: keys that a registered client publishes itself.</summary>
public sealed class RegistryKeysAddressTests(RegistryFixture registry) : IClassFixture<RegistryFixture>
{
    private RegistryBroker Broker => registry.Broker;

    private static string Keys(ECDsa key, string keyId) => new JsonObject { ["keys"] = new JsonArray(TestIdp.Jwk(key, keyId)) }.ToJsonString();

    private async Task<AdminAnswer> PutAsync(string alias, string address) =>
        await Broker.PutAsync($"clients/{alias}/jwks_uri", new JsonObject { ["jwks_uri"] = address }.ToJsonString(), await Broker.TagAsync(alias));

    [Fact, Trait("Spec", "CIMD-14"), Trait("Spec", "SEC-19")]
    public async Task Takes_assertions_under_the_keys_where_the_registration_says_that_they_are()
    {
        await using var host = await ProviderHost.StartAsync();
        host.On("/one", Keys(registry.Key, "k1"));
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        host.On("/two", Keys(other, "k1"));
        var (clientId, _) = await registry.RegisterAsync("robot", withSecret: false);

        var set = (await PutAsync("robot", host.Url + "/one")).Is(HttpStatusCode.OK);
        Assert.Equal((host.Url + "/one", true), ((string?)set.Body["jwks_uri"], set.Body["jwks"] is null));
        Assert.Empty(host.Asked);       // nothing is fetched before the client comes
        (await registry.ExchangeByAssertionAsync(clientId, registry.Key, "k1")).IsGranted();
        (await registry.ExchangeByAssertionAsync(clientId, other, "k1")).IsRefused("invalid_client", HttpStatusCode.Unauthorized);
        Assert.Single(host.Asked);

        (await PutAsync("robot", host.Url + "/two")).Is(HttpStatusCode.OK);
        (await registry.ExchangeByAssertionAsync(clientId, registry.Key, "k1")).IsRefused("invalid_client", HttpStatusCode.Unauthorized);
        (await registry.ExchangeByAssertionAsync(clientId, other, "k1")).IsGranted();

        var inline = (await Broker.PutAsync("clients/robot/jwks", Keys(registry.Key, "k1"), await Broker.TagAsync("robot"))).Is(HttpStatusCode.OK);
        Assert.Equal((true, false), (inline.Body["jwks_uri"] is null, inline.Body["jwks"] is null));
        (await registry.ExchangeByAssertionAsync(clientId, registry.Key, "k1")).IsGranted();
        (await registry.ExchangeByAssertionAsync(clientId, other, "k1")).IsRefused("invalid_client", HttpStatusCode.Unauthorized);
        Assert.Null((await PutAsync("robot", host.Url + "/two")).Is(HttpStatusCode.OK).Body["jwks"]);
    }

    [Fact, Trait("Spec", "SEC-33")]
    public async Task Records_the_address_before_and_after()
    {
        await registry.RegisterAsync("robot", withSecret: false);
        (await Broker.PutAsync("clients/robot/jwks", Keys(registry.Key, "k1"), await Broker.TagAsync("robot"))).Is(HttpStatusCode.OK);
        (await PutAsync("robot", "https://client.example/jwks")).Is(HttpStatusCode.OK);

        var last = (await registry.EventsAsync("robot"))[^1];
        Assert.Equal("client.keys_set", (string?)last["type"]);
        Assert.Equal("""["jwks_uri","keys"]""", last["data"]!["changed"]!.ToJsonString());
        Assert.Equal((null, "https://client.example/jwks"), ((string?)last["data"]!["before"]!["jwks_uri"], (string?)last["data"]!["after"]!["jwks_uri"]));
    }

    [Theory, Trait("Spec", "CIMD-14")]
    [InlineData("http://client.example/jwks")]
    [InlineData("http://10.0.0.1/jwks")]
    [InlineData("https://u:p@client.example/jwks")]
    [InlineData("https://client.example/jwks#x")]
    [InlineData("https://client.example/jw ks")]
    [InlineData("https://client.example/ä")]
    [InlineData("file:///etc/passwd")]
    [InlineData("/jwks")]
    [InlineData("")]
    public async Task Refuses_an_address_that_keys_are_not_fetched_from(string address)
    {
        await registry.RegisterAsync("robot", withSecret: false);
        (await PutAsync("robot", address)).IsProblem(HttpStatusCode.BadRequest, "invalid-request", "/jwks_uri");
        (await PutAsync("robot", "https://client.example/" + new string('a', 2048))).IsProblem(HttpStatusCode.BadRequest, "invalid-request", "/jwks_uri");
        Assert.Null((await Broker.GetAsync("clients/robot")).Body["jwks_uri"]);
    }

    [Theory]
    [InlineData("{}", "/jwks_uri")]
    [InlineData("{\"jwks_uri\":1}", "/jwks_uri")]
    [InlineData("{\"jwks_uri\":null}", "/jwks_uri")]
    [InlineData("{\"jwks_uri\":\"https://client.example/\",\"keys\":[]}", "/keys")]
    public async Task Refuses_a_bad_body_and_names_the_member(string body, string pointer)
    {
        await registry.RegisterAsync("robot", withSecret: false);
        (await Broker.PutAsync("clients/robot/jwks_uri", body, await Broker.TagAsync("robot"))).IsProblem(HttpStatusCode.BadRequest, "invalid-request", pointer);
    }

    [Fact]
    public async Task Demands_the_version_and_a_client_that_takes_keys_and_is_in_the_registry()
    {
        await registry.RegisterAsync("robot", withSecret: false);
        await registry.RegisterAsync("notes", withSecret: false);
        const string body = """{"jwks_uri":"https://client.example/jwks"}""";
        (await Broker.PutAsync("clients/robot/jwks_uri", body, null)).IsProblem(HttpStatusCode.PreconditionRequired, "precondition-required");
        (await Broker.PutAsync("clients/robot/jwks_uri", body, "\"1\"")).IsProblem(HttpStatusCode.PreconditionFailed, "precondition-failed");
        (await PutAsync("notes", "https://client.example/jwks")).IsProblem(HttpStatusCode.Conflict, "another-method");
        (await Broker.PutAsync("clients/filed/jwks_uri", body, "\"1\"")).IsProblem(HttpStatusCode.Conflict, "owned-by-catalogue", "/alias");
    }

    [Theory]
    [InlineData("jwks_uri = 'ftp://client.example/'")]
    [InlineData("jwks_uri = 'https://client.example/ x'")]
    [InlineData("jwks_uri = 'https://client.example/', jwks = '{\"keys\":[]}'")]
    public async Task Keeps_no_such_address_in_the_database_either(string assignment)
    {
        await registry.RegisterAsync("robot", withSecret: false);
        await Assert.ThrowsAsync<Npgsql.PostgresException>(() => Sql.ExecuteAsync(registry.ConnectionString, $"update client set {assignment} where alias = 'robot'; select 1"));
    }

    [Fact, Trait("Spec", "CIMD-09")]
    public async Task Shows_a_client_by_document_and_leaves_it_to_the_file()
    {
        const string client = "  ide: {registration: metadata_document, auth: private_key_jwt, documents: [\"https://ide.example/c.json\"], documentHosts: [tools.example]}\n";
        var replica = await registry.AddReplicaAsync(registry.Catalogue()
            .Replace("clients:\n", "clients:\n" + client, StringComparison.Ordinal).Replace("clientIds: {", "clientIds: {ide: {sameAsHere: true}, ", StringComparison.Ordinal));
        var shown = (await replica.GetAsync("clients/ide")).Is(HttpStatusCode.OK).Body;
        Assert.Equal(("catalogue", "active", "private_key_jwt"), ((string?)shown["owner"], (string?)shown["state"], (string?)shown["auth"]));
        Assert.Equal(("""["https://ide.example/c.json"]""", """["https://tools.example"]""", """["trackr"]"""),
            (shown["documents"]!.ToJsonString(), shown["document_origins"]!.ToJsonString(), shown["same_client_id_at_authorization_servers"]!.ToJsonString()));
        (await replica.PostAsync("clients", """{"alias":"ide"}""")).IsProblem(HttpStatusCode.Conflict, "owned-by-catalogue", "/alias");
        Assert.Null((await replica.GetAsync("clients/robot")).Body["documents"]);
    }
}
