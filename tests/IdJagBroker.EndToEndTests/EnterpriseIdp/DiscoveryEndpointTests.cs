using System.Text.Json;

namespace IdJagBroker.EndToEndTests.EnterpriseIdp;

public sealed class DiscoveryEndpointTests
{
    [Fact]
    public async Task Publishes_what_clients_and_the_broker_look_for_and_no_null()
    {
        await using var idp = await RunningIdp.StartAsync();
        var document = await idp.JsonAsync(idp.Provider.Issuer + "/.well-known/openid-configuration");

        Assert.Equal(idp.Provider.Issuer, (string?)document["issuer"]);
        Assert.All(document, member => Assert.NotNull(member.Value));
        foreach (var name in new[] { "authorization_endpoint", "token_endpoint", "jwks_uri" })
            Assert.StartsWith(idp.Provider.Issuer + "/", (string?)document[name], StringComparison.Ordinal);
        Assert.Equal("""["S256"]""", document["code_challenge_methods_supported"]!.ToJsonString());
        Assert.Equal("""["ES256"]""", document["id_token_signing_alg_values_supported"]!.ToJsonString());
    }

    [Fact]
    public async Task Publishes_no_private_member_of_a_key()
    {
        await using var idp = await RunningIdp.StartAsync();
        var keys = await idp.JsonAsync(idp.Provider.Issuer + "/keys");

        var key = Assert.Single(keys["keys"]!.AsArray())!.AsObject();
        Assert.Equal(["kty", "crv", "x", "y", "use", "alg", "kid"], key.Select(member => member.Key));
        Assert.Equal(JsonValueKind.String, key["kid"]!.GetValueKind());
    }
}
