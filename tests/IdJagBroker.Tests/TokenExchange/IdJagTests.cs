using System.Text.Json.Nodes;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Shared;

namespace IdJagBroker.Tests.TokenExchange;

/// <summary>What an ID-JAG holds (requirements §3), read from tokens that the running broker issued.</summary>
public sealed class IdJagTests(BrokerFixture broker) : IClassFixture<BrokerFixture>
{
    private async Task<JsonObject> IssueAsync(params (string, string?)[] changes) => (await broker.Token.ExchangeAsync(changes)).IsGranted().IdJag;

    private static (string, string?)[] AtWiki(string? idToken = null) => idToken is null
        ? [("audience", TestPolicies.WikiIssuer), ("resource", TestPolicies.Wiki), ("scope", "pages:read")]
        : [("audience", TestPolicies.WikiIssuer), ("resource", TestPolicies.Wiki), ("scope", "pages:read"), ("subject_token", idToken)];

    [Fact, Trait("Spec", "JAG-01"), Trait("Spec", "JAG-02"), Trait("Spec", "JAG-03"), Trait("Spec", "SEC-28")]
    public async Task Is_signed_by_a_published_key_under_its_own_type()
    {
        var token = (string)(await broker.Token.ExchangeAsync()).IsGranted().Body!["access_token"]!;
        var keys = JsonWebKeySet.TryParse(await broker.Http.GetByteArrayAsync(broker.Issuer + "/oauth2/jwks"))!;

        Assert.True(CompactJws.TryParse(token, IdJag.MaxChars, out var jws, out _));
        Assert.Equal(JwsFailure.None, JwsVerifier.Verify(jws, keys, [JwsAlgorithm.ES256], out var key));
        Assert.Equal(["alg", "kid", "typ"], Jwts.Header(token).Select(m => m.Key).Order(StringComparer.Ordinal));
        Assert.Equal("oauth-id-jag+jwt", jws.Header.Type);
        Assert.Equal(key!.Thumbprint, jws.Header.KeyId);
    }

    [Fact, Trait("Spec", "JAG-04"), Trait("Spec", "JAG-07"), Trait("Spec", "JAG-08"), Trait("Spec", "JAG-14"), Trait("Spec", "JAG-15"), Trait("Spec", "IDP-47")]
    public async Task Names_issuer_audience_client_there_and_what_is_granted()
    {
        var metadata = JsonNode.Parse(await broker.Http.GetStringAsync(broker.Issuer + "/.well-known/oauth-authorization-server"))!;
        var claims = await IssueAsync(("scope", "tickets:admin tickets:comment tickets:read"), ("resource", "https://MCP.trackr.example:443/v1/mcp"));

        Assert.Equal((string?)metadata["issuer"], (string?)claims["iss"]);
        Assert.Equal(TestPolicies.TrackrIssuer, (string?)claims["aud"]);
        Assert.Equal("cl_7hQ2notes", (string?)claims["client_id"]);
        Assert.Equal(TestPolicies.Trackr, (string?)claims["resource"]);
        Assert.Equal("tickets:comment tickets:read", (string?)claims["scope"]);
    }

    [Fact, Trait("Spec", "JAG-05"), Trait("Spec", "JAG-06")]
    public async Task Calls_a_person_the_same_through_whichever_client_and_another_otherwise()
    {
        var ana = (string?)(await IssueAsync())["sub"];
        var throughEditor = (await broker.Token.ExchangeByAssertionAsync(broker.Token.Assertion())).IsGranted().IdJag;
        var bob = (string?)(await IssueAsync(("subject_token", broker.Idp.IdToken("agent-at-okta", "00u-bob"))))["sub"];

        Assert.Equal(ana, (string?)throughEditor["sub"]);
        Assert.NotEqual(ana, bob);
        Assert.DoesNotContain("00u", ana, StringComparison.Ordinal);
        Assert.True(ana!.Length >= 22);
    }

    [Fact, Trait("Spec", "JAG-06")]
    public async Task Follows_the_audiences_own_rule_for_sub() => Assert.Equal("00u-ana", (string?)(await IssueAsync(AtWiki()))["sub"]);

    [Fact, Trait("Spec", "JAG-06")]
    public async Task Gives_one_person_two_names_at_two_upstreams_with_the_same_sub()
    {
        var token = broker.Entra.IdToken("agent-at-entra", "00u-ana", ["11111111-1111-4111-8111-111111111111"], (_, claims) =>
            (claims["tid"], claims["oid"]) = (TestPolicies.EntraTenant, "0a0a0a0a-0000-4000-8000-0000000000aa"));

        Assert.NotEqual((string?)(await IssueAsync())["sub"], (string?)(await IssueAsync(("subject_token", token)))["sub"]);
    }

    [Fact, Trait("Spec", "JAG-09")]
    public async Task Is_not_made_for_a_client_without_an_id_at_the_audience()
    {
        var answer = await broker.Token.ExchangeAsync(("client_id", "unmapped"));

        answer.IsRefused("invalid_target");
        Assert.Equal("NO_CLIENT_ID_AT_AS", (string?)(await broker.ExplainAsync(answer))["reason"]);
    }

    [Fact, Trait("Spec", "JAG-09")]
    public async Task Is_not_made_for_a_disabled_audience() =>
        (await broker.Token.ExchangeAsync(("audience", "https://closed.example"), ("resource", null), ("scope", "read"))).IsRefused("access_denied");

    [Fact, Trait("Spec", "JAG-10")]
    public async Task Has_a_new_random_name_each_time()
    {
        var names = new HashSet<string>();
        for (var i = 0; i < 50; i++) names.Add((string)(await IssueAsync())["jti"]!);

        Assert.Equal(50, names.Count);
        Assert.All(names, name => Assert.InRange(name.Length, 22, 255));
    }

    [Fact]
    public async Task Has_a_name_that_begins_with_its_time()
    {
        var before = DateTimeOffset.UtcNow.AddMilliseconds(-1);
        var claims = await IssueAsync();

        var time = JwtIdsTests.TimeOf((string)claims["jti"]!);
        Assert.InRange(time, before, DateTimeOffset.UtcNow);
        Assert.Equal((long)claims["iat"]!, time.ToUnixTimeSeconds());
    }

    [Fact, Trait("Spec", "JAG-11"), Trait("Spec", "JAG-12"), Trait("Spec", "JAG-13")]
    public async Task Lives_five_minutes_in_whole_seconds()
    {
        var claims = await IssueAsync();

        var issued = claims["iat"]!.GetValue<long>();
        Assert.Equal(300, claims["exp"]!.GetValue<long>() - issued);
        Assert.InRange(DateTimeOffset.UtcNow.ToUnixTimeSeconds() - issued, 0, 5);
    }

    [Fact, Trait("Spec", "JAG-12")]
    public async Task Lives_shorter_where_the_audience_wants_it()
    {
        var claims = await IssueAsync(AtWiki());

        Assert.Equal(60, (long)claims["exp"]! - (long)claims["iat"]!);
    }

    [Fact, Trait("Spec", "JAG-23"), Trait("Spec", "JAG-25"), Trait("Spec", "JAG-17"), Trait("Spec", "JAG-26")]
    public async Task Copies_the_facts_of_the_sign_in_unchanged_and_nothing_else()
    {
        var idToken = broker.IdToken((_, claims) =>
        {
            (claims["nonce"], claims["at_hash"], claims["sid"], claims["azp"]) = ("n", "h", "s", "agent-at-okta");
            (claims["email"], claims["name"], claims["act"], claims["cnf"]) = ("ana@acme.example", "Ana", new JsonObject(), new JsonObject());
        });
        var upstream = Jwts.Claims(idToken);
        var claims = await IssueAsync(("subject_token", idToken));

        Assert.Equal((long)upstream["auth_time"]!, (long)claims["auth_time"]!);
        Assert.Equal("phr", (string?)claims["acr"]);
        Assert.Equal("""["hwk","mfa"]""", claims["amr"]!.ToJsonString());
        Assert.Equal(
            ["acr", "amr", "aud", "auth_time", "client_id", "exp", "iat", "iss", "jti", "resource", "scope", "sub"],
            claims.Select(m => m.Key).Order(StringComparer.Ordinal));
    }
}
