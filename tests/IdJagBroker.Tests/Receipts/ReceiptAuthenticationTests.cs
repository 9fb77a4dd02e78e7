using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using IdJagBroker.Protocol;

namespace IdJagBroker.Tests.Receipts;

/// <summary>Who may report: an authorization server that proves itself by an assertion of its own, used once; each fault alone.</summary>
public sealed class ReceiptAuthenticationTests(ReceiptsFixture at) : IClassFixture<ReceiptsFixture>
{
    private const string Body = """{"receipts":[{}]}""";

    private static void IsRefused(ReceiptAnswer answer)
    {
        answer.Is(HttpStatusCode.Unauthorized);
        Assert.Equal("""{"error":"invalid_client","error_description":"the authorization server did not prove who it is"}""", answer.Text.Replace("client authentication failed", "the authorization server did not prove who it is", StringComparison.Ordinal));
        Assert.Equal("Bearer realm=\"receipts\"", answer.Headers.WwwAuthenticate.ToString());
    }

    public static TheoryData<string, Action<JsonObject, JsonObject>> Faults => new()
    {
        { "typ of an ID-JAG", (header, _) => header["typ"] = JwtType.IdJag },
        { "typ of an access token", (header, _) => header["typ"] = JwtType.AccessToken },
        { "unknown kid", (header, _) => header["kid"] = "as-2" },
        { "alg none", (header, _) => header["alg"] = "none" },
        { "alg RS256", (header, _) => header["alg"] = "RS256" },
        { "another server's iss", (_, claims) => claims["iss"] = TestPolicies.WikiIssuer },
        { "another server's sub", (_, claims) => claims["sub"] = TestPolicies.WikiIssuer },
        { "another server's iss and sub", (_, claims) => Name(claims, TestPolicies.WikiIssuer) },
        { "an equivalent issuer", (_, claims) => Name(claims, TestPolicies.TrackrIssuer + "/") },
        { "an alias", (_, claims) => Name(claims, "urn:acme:trackr") },
        { "a client", (_, claims) => Name(claims, BrokerFixture.EditorId) },
        { "nobody", (_, claims) => Name(claims, "https://nobody.example") },
        { "a server that does not report", (_, claims) => Name(claims, "https://closed.example") },
        { "no sub", (_, claims) => claims.Remove("sub") },
        { "no iss", (_, claims) => claims.Remove("iss") },
        { "aud of another", (_, claims) => claims["aud"] = TestPolicies.TrackrIssuer },
        { "aud of the endpoint", (_, claims) => claims["aud"] = (string)claims["aud"]! + "/receipts/v1" },
        { "two aud", (_, claims) => claims["aud"] = new JsonArray((string)claims["aud"]!, "https://evil.example") },
        { "no aud", (_, claims) => claims.Remove("aud") },
        { "no jti", (_, claims) => claims.Remove("jti") },
        { "no exp", (_, claims) => claims.Remove("exp") },
        { "expired", (_, claims) => claims["exp"] = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() - 61 },
        { "lives too long", (_, claims) => claims["exp"] = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + 400 },
        { "not yet valid", (_, claims) => claims["nbf"] = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + 90 },
        { "issued in the future", (_, claims) => claims["iat"] = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + 90 },
    };

    private static void Name(JsonObject claims, string issuer) => (claims["iss"], claims["sub"]) = (issuer, issuer);

    [Theory, MemberData(nameof(Faults), DisableDiscoveryEnumeration = true)]
    public async Task Refuses_an_assertion_with(string fault, Action<JsonObject, JsonObject> change)
    {
        Assert.NotEmpty(fault);
        IsRefused(await at.Trackr.SendAsync(Body, at.Trackr.Assertion(change)));
    }

    [Fact]
    public async Task Refuses_a_forged_signature_and_another_servers_key()
    {
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        IsRefused(await new ReceiptDesk(at.Broker, stranger).SendAsync(Body));
        IsRefused(await new ReceiptDesk(at.Broker, at.WikiKey).SendAsync(Body));
        IsRefused(await new ReceiptDesk(at.Broker, at.WikiKey, keyId: "wiki-1").SendAsync(Body));
    }

    [Theory]
    [InlineData(null), InlineData(""), InlineData("Bearer"), InlineData("Bearer "), InlineData("Bearer a.b.c"), InlineData("Basic dHJhY2tyOng="), InlineData("DPoP {0}"), InlineData("{0}")]
    public async Task Refuses_a_header_that_holds_no_assertion(string? header) => IsRefused(await at.Trackr.SendAsync(Body, change: request =>
    {
        request.Headers.Remove("Authorization");
        if (header is not null) request.Headers.TryAddWithoutValidation("Authorization", header.Replace("{0}", at.Trackr.Assertion(), StringComparison.Ordinal));
    }));

    [Fact]
    public async Task Refuses_two_headers_and_an_assertion_that_is_too_long()
    {
        IsRefused(await at.Trackr.SendAsync(Body, change: request => request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + at.Trackr.Assertion())));
        IsRefused(await at.Trackr.SendAsync(Body, at.Trackr.Assertion((_, claims) => claims["x"] = new string('x', 9000))));
    }

    [Fact, Trait("Spec", "SEC-20")]
    public async Task An_assertion_counts_once_over_all_replicas_whatever_came_with_it()
    {
        await using var replica = await at.Broker.StartReplicaAsync();
        var assertion = at.Trackr.Assertion();
        (await at.Trackr.SendAsync("not a batch", assertion)).Is(HttpStatusCode.BadRequest);
        IsRefused(await at.Trackr.SendAsync(Body, assertion));
        IsRefused(await new ReceiptDesk(at.Broker, at.TrackrKey, at: replica.Url).SendAsync(Body, assertion));

        var jti = Guid.NewGuid().ToString();
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => at.Trackr.SendAsync(Body, at.Trackr.Assertion((_, claims) => claims["jti"] = jti))));
        Assert.Single(answers, answer => answer.Status is HttpStatusCode.OK);
        // The same name at another server is another.
        (await at.Wiki.SendAsync(Body, at.Wiki.Assertion((_, claims) => claims["jti"] = jti))).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_assertion_to_report_with_is_of_no_use_at_the_token_endpoint()
    {
        var answer = await at.Broker.Token.ExchangeByAssertionAsync(at.Trackr.Assertion());
        answer.IsRefused("invalid_client", HttpStatusCode.Unauthorized);
        (await at.Trackr.SendAsync(Body, at.Broker.Token.Assertion())).Is(HttpStatusCode.Unauthorized);
    }
}
