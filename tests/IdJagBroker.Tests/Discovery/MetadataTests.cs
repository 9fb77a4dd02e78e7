using System.Net;
using System.Text.Json.Nodes;
using IdJagBroker.Protocol;
using IdJagBroker.Tests.Storage;

namespace IdJagBroker.Tests.Discovery;

/// <summary>What clients find out by themselves (requirements §7).</summary>
public sealed class MetadataTests(BrokerFixture broker, BrokerPostgres postgres) : IClassFixture<BrokerFixture>
{
    private static readonly string[] Forms = ["/.well-known/oauth-authorization-server{0}", "/.well-known/openid-configuration{0}", "{0}/.well-known/oauth-authorization-server", "{0}/.well-known/openid-configuration"];

    [Fact, Trait("Spec", "META-01"), Trait("Spec", "META-02"), Trait("Spec", "META-03"), Trait("Spec", "META-17")]
    public async Task Stands_at_all_four_urls_of_an_issuer_with_a_path()
    {
        await using var tenant = new BrokerFixture(postgres);
        await tenant.StartAsync(path: "/acme/eu");
        var root = new Uri(tenant.Issuer).GetLeftPart(UriPartial.Authority);

        var bodies = new HashSet<string>();
        foreach (var form in Forms)
        {
            using var response = await tenant.Http.GetAsync(root + string.Format(null, form, "/acme/eu"));
            Assert.Equal((HttpStatusCode.OK, "application/json"), (response.StatusCode, response.Content.Headers.ContentType!.MediaType));
            Assert.Equal(TimeSpan.FromMinutes(5), response.Headers.CacheControl!.MaxAge);
            Assert.Equal("*", Assert.Single(response.Headers.GetValues("Access-Control-Allow-Origin")));
            bodies.Add(await response.Content.ReadAsStringAsync());
        }
        var document = JsonNode.Parse(Assert.Single(bodies))!;
        Assert.Equal(tenant.Issuer, (string?)document["issuer"]);
        Assert.Equal(tenant.Issuer + "/oauth2/token", (string?)document["token_endpoint"]);
        (await tenant.Token.ExchangeAsync()).IsGranted();
        using var unknown = await tenant.Http.GetAsync(root + "/.well-known/oauth-authorization-server/other");
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Fact, Trait("Spec", "META-04"), Trait("Spec", "META-05"), Trait("Spec", "META-08"), Trait("Spec", "META-09"), Trait("Spec", "META-13"), Trait("Spec", "META-15"), Trait("Spec", "META-16")]
    public async Task Says_what_is_enforced_and_nothing_of_whom_it_trusts()
    {
        var text = await broker.Http.GetStringAsync(broker.Issuer + "/.well-known/openid-configuration");
        var document = JsonNode.Parse(text)!.AsObject();

        Assert.Equal($"[\"{TokenType.IdJag}\"]", document["identity_chaining_requested_token_types_supported"]!.ToJsonString());
        Assert.Equal($"[\"{GrantType.TokenExchange}\"]", document["grant_types_supported"]!.ToJsonString());
        Assert.Equal("""["private_key_jwt","client_secret_basic","client_secret_post"]""", document["token_endpoint_auth_methods_supported"]!.ToJsonString());
        Assert.Equal("""["ES256","ES384","RS256","PS256"]""", document["token_endpoint_auth_signing_alg_values_supported"]!.ToJsonString());
        Assert.Equal("""["code"]""", document["response_types_supported"]!.ToJsonString());
        Assert.Null(document["client_id_metadata_document_supported"]);      // no client of this catalogue has one
        Assert.Equal("""["S256"]""", document["code_challenge_methods_supported"]!.ToJsonString());
        using var response = await broker.Http.GetAsync(broker.Issuer + "/.well-known/openid-configuration");
        Assert.False(response.Headers.Contains("Server"));
        Assert.DoesNotContain(broker.Idp.Issuer, text, StringComparison.Ordinal);
        Assert.DoesNotContain("trackr", text, StringComparison.Ordinal);
        Assert.DoesNotContain("null", text, StringComparison.Ordinal);
    }

    [Fact, Trait("Spec", "META-10"), Trait("Spec", "META-17")]
    public async Task Publishes_public_keys_with_kid_use_and_alg()
    {
        using var response = await broker.Http.GetAsync(broker.Issuer + "/oauth2/jwks");
        var keys = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["keys"]!.AsArray().Select(key => key!.AsObject()).ToList();

        // One of each for ID-JAGs, and one of each for ID Tokens (SEC-28).
        Assert.Equal(["ES256", "ES256", "RS256", "RS256"], keys.Select(key => (string)key["alg"]!).Order(StringComparer.Ordinal));
        Assert.All(keys.Where(key => (string?)key["alg"] is "ES256"), key => Assert.Equal(["alg", "crv", "kid", "kty", "use", "x", "y"], key.Select(m => m.Key).Order(StringComparer.Ordinal)));
        Assert.All(keys.Where(key => (string?)key["alg"] is "RS256"), key => Assert.Equal(["alg", "e", "kid", "kty", "n", "use"], key.Select(m => m.Key).Order(StringComparer.Ordinal)));
        Assert.Equal(4, keys.Select(key => (string)key["kid"]!).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(TimeSpan.FromMinutes(15), response.Headers.CacheControl!.MaxAge);
        using var again = new HttpRequestMessage(HttpMethod.Get, broker.Issuer + "/oauth2/jwks");
        again.Headers.IfNoneMatch.Add(response.Headers.ETag!);
        using var unchanged = await broker.Http.SendAsync(again);
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
    }

    [Fact, Trait("Spec", "META-01")]
    public async Task Lets_no_header_change_a_url()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, broker.Issuer + "/.well-known/openid-configuration");
        request.Headers.Host = "evil.example";
        request.Headers.Add("X-Forwarded-Host", "evil.example");
        request.Headers.Add("X-Forwarded-Proto", "https");
        using var response = await broker.Http.SendAsync(request);

        Assert.DoesNotContain("evil", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact, Trait("Spec", "SEC-32")]
    public async Task Allows_no_other_origin_at_the_token_endpoint()
    {
        using var preflight = new HttpRequestMessage(HttpMethod.Options, broker.Issuer + "/oauth2/token");
        preflight.Headers.Add("Origin", "https://evil.example");
        preflight.Headers.Add("Access-Control-Request-Method", "POST");
        using var response = await broker.Http.SendAsync(preflight);

        Assert.False(response.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task Refuses_politely_at_the_authorization_endpoint_that_clients_insist_on()
    {
        using var response = await broker.Http.GetAsync(broker.Issuer + "/authorize?redirect_uri=https://evil.example");

        Assert.Equal((HttpStatusCode.BadRequest, "text/html"), (response.StatusCode, response.Content.Headers.ContentType!.MediaType));
        Assert.Null(response.Headers.Location);
        Assert.DoesNotContain("evil", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
