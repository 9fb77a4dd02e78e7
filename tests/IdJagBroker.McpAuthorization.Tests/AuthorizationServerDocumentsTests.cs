using System.Text.Json.Nodes;
using IdJagBroker.McpAuthorization.Tests.Support;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.McpAuthorization.Tests;

/// <summary>What the authorization server says of itself (the catalogue's §7).</summary>
public sealed class AuthorizationServerDocumentsTests(LoopbackBroker broker) : IClassFixture<LoopbackBroker>
{
    [Fact, Trait("Spec", "META-01"), Trait("Spec", "META-02"), Trait("Spec", "META-03"), Trait("Spec", "META-17"), Trait("Spec", "SEC-32")]
    public async Task Publishes_one_document_at_all_four_places_of_an_issuer_with_a_path()
    {
        const string issuer = "https://as.trackr.example/tenants/acme";
        await using var ras = await Ras.StartAsync(broker, new RasSetup { Configure = options => options.Issuer = issuer });
        var documents = new List<string>();
        foreach (var path in new[]
        {
            "/.well-known/oauth-authorization-server/tenants/acme", "/.well-known/openid-configuration/tenants/acme",
            "/tenants/acme/.well-known/oauth-authorization-server", "/tenants/acme/.well-known/openid-configuration",
        })
        {
            var answer = await Answer.ReadAsync(await ras.Http.GetAsync(new Uri(path, UriKind.Relative)));
            Assert.Equal((200, "application/json"), (answer.Status, answer.Response.Content.Headers.ContentType?.MediaType));
            Assert.Equal(("public, max-age=300", "*"), (answer.Header("Cache-Control"), answer.Header("Access-Control-Allow-Origin")));
            Assert.Null(answer.Header("Access-Control-Allow-Credentials"));
            documents.Add(answer.Body);
        }

        Assert.Single(documents.Distinct());
        var metadata = JsonNode.Parse(documents[0])!;
        Assert.Equal(issuer, (string?)metadata["issuer"]);
        Assert.Equal(issuer + "/token", (string?)metadata["token_endpoint"]);
        Assert.Equal(issuer + "/jwks", (string?)metadata["jwks_uri"]);
        var idJag = broker.IdJag();
        idJag.Claims["aud"] = issuer;
        (await ras.SendAsync(Ras.Basic(Ras.Client, Ras.Secret), [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", idJag.Encode())],
            request => request.RequestUri = new Uri("/tenants/acme/token", UriKind.Relative))).AssertIssued();
        Assert.Equal(404, (int)(await ras.Http.GetAsync(new Uri("/.well-known/oauth-authorization-server/tenants/other", UriKind.Relative))).StatusCode);
    }

    [Fact, Trait("Spec", "META-01"), Trait("Spec", "META-06"), Trait("Spec", "META-07"), Trait("Spec", "META-08"), Trait("Spec", "META-09"), Trait("Spec", "META-15"), Trait("Spec", "META-16")]
    [Trait("Spec", "META-11"), Trait("Spec", "META-13"), Trait("Spec", "RAS-02")]     // what is off is not announced
    public async Task Says_exactly_what_it_enforces_and_not_whom_it_trusts()
    {
        await using var ras = await Ras.StartAsync(broker);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/.well-known/oauth-authorization-server");
        request.Headers.Host = "evil.example";
        request.Headers.Add("X-Forwarded-Host", "evil.example");
        var answer = await Answer.ReadAsync(await ras.Http.SendAsync(request));

        Assert.Equal(
            """
            {"issuer":"https://as.trackr.example","authorization_endpoint":"https://as.trackr.example/authorize",
            "token_endpoint":"https://as.trackr.example/token","jwks_uri":"https://as.trackr.example/jwks","response_types_supported":["code"],
            "subject_types_supported":["public"],"id_token_signing_alg_values_supported":["ES256"],
            "grant_types_supported":["urn:ietf:params:oauth:grant-type:jwt-bearer","urn:ietf:params:oauth:grant-type:jwt-dpop"],"code_challenge_methods_supported":["S256"],
            "token_endpoint_auth_methods_supported":["client_secret_basic","client_secret_post"],
            "dpop_signing_alg_values_supported":["ES256","ES384","RS256","PS256"],
            "scopes_supported":["tickets:read","tickets:comment","tickets:admin"],
            "authorization_grant_profiles_supported":["urn:ietf:params:oauth:grant-profile:id-jag"]}
            """.Replace("\n", "", StringComparison.Ordinal), answer.Body);
        Assert.DoesNotContain(broker.Issuer, answer.Body, StringComparison.Ordinal);
    }

    [Fact, Trait("Spec", "META-10"), Trait("Spec", "META-17")]
    public async Task Publishes_public_keys_only_the_next_and_the_last_among_them()
    {
        var next = InProcessSigningKey.CreateEs256().PublicKey;
        await using var ras = await Ras.StartAsync(broker, new RasSetup { Configure = options => options.PublishedKeys.Add(next) });
        var answer = await Answer.ReadAsync(await ras.Http.GetAsync(new Uri("/jwks", UriKind.Relative)));
        var keys = answer.Json["keys"]!.AsArray();

        Assert.Equal("public, max-age=900", answer.Header("Cache-Control"));
        Assert.Equal(2, keys.Count);
        Assert.Equal(next.KeyId, (string?)keys[1]!["kid"]);
        Assert.All(keys, key => Assert.Equal(["alg", "crv", "kid", "kty", "use", "x", "y"], key!.AsObject().Select(member => member.Key).Order()));
    }

    [Theory, InlineData("/.well-known/oauth-authorization-server"), InlineData("/jwks"), InlineData("/.well-known/oauth-protected-resource/v1/mcp"), Trait("Spec", "META-17"), Trait("Spec", "SEC-32")]
    public async Task Lets_a_browser_ask_first(string path)
    {
        await using var ras = await Ras.StartAsync(broker);
        using var request = new HttpRequestMessage(HttpMethod.Options, path);
        request.Headers.Add("Origin", "https://inspector.example");
        request.Headers.Add("Access-Control-Request-Method", "GET");
        request.Headers.Add("Access-Control-Request-Headers", "mcp-protocol-version");
        var answer = await Answer.ReadAsync(await ras.Http.SendAsync(request));

        Assert.Equal((204, "*", "*"), (answer.Status, answer.Header("Access-Control-Allow-Origin"), answer.Header("Access-Control-Allow-Headers")));
        Assert.Equal("GET", answer.Header("Access-Control-Allow-Methods"));
    }

    [Fact]
    public async Task Refuses_politely_at_the_authorization_endpoint_and_sends_nobody_anywhere()
    {
        await using var ras = await Ras.StartAsync(broker);
        var answer = await Answer.ReadAsync(await ras.Http.GetAsync(new Uri("/authorize?response_type=code&redirect_uri=https%3A%2F%2Fevil.example", UriKind.Relative)));

        answer.AssertRefused(400, "unauthorized_client");
        Assert.Null(answer.Header("Location"));
    }
}
