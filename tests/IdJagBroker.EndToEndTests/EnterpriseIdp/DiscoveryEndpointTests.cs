using System.Text.Json;
using IdJagBroker.Demo.EnterpriseIdp.Shapes;

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
    public async Task Says_what_can_be_asked_for_and_how_clients_prove_themselves()
    {
        await using var idp = await RunningIdp.StartAsync();
        var document = await idp.JsonAsync(idp.Provider.Issuer + "/.well-known/openid-configuration");

        Assert.Equal("""["authorization_code","refresh_token"]""", document["grant_types_supported"]!.ToJsonString());
        Assert.Equal("""["openid","profile","email","groups","offline_access"]""", document["scopes_supported"]!.ToJsonString());
        Assert.Equal("""["none","login","select_account"]""", document["prompt_values_supported"]!.ToJsonString());
        Assert.Equal("""["mfa","phr"]""", document["acr_values_supported"]!.ToJsonString());
        Assert.Equal("""["client_secret_basic","client_secret_post","private_key_jwt"]""", document["token_endpoint_auth_methods_supported"]!.ToJsonString());
        Assert.Equal("""["ES256","ES384","RS256","PS256"]""", document["token_endpoint_auth_signing_alg_values_supported"]!.ToJsonString());
    }

    [Fact]
    public async Task Says_where_to_sign_out_unless_the_provider_has_no_such_place()
    {
        foreach (var shape in new IdTokenShape[] { new PlainShape(), new OktaShape(), new EntraShape("6f1c2a34-0b5d-4e7f-8a9b-0c1d2e3f4a5b"), new PingShape(), new GoogleShape() })
        {
            await using var idp = await RunningIdp.StartAsync(shape);
            var document = await idp.JsonAsync(idp.Provider.Issuer + "/.well-known/openid-configuration");
            var has = shape is not GoogleShape;

            Assert.Equal(has, ((string?)document["end_session_endpoint"])?.EndsWith("/logout", StringComparison.Ordinal) ?? false);
            Assert.Equal(has, (bool?)document["backchannel_logout_supported"] ?? false);
            Assert.Equal(has, (bool?)document["backchannel_logout_session_supported"] ?? false);
            Assert.Equal(has, document["scopes_supported"]!.AsArray().Any(scope => (string?)scope is "offline_access"));
            if (!has) continue;
            using var response = await idp.Http.GetAsync((string)document["end_session_endpoint"]!);
            Assert.Equal(System.Net.HttpStatusCode.OK, response.StatusCode);
        }
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
