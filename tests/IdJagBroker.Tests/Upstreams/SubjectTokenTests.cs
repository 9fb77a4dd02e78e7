using System.Security.Cryptography;
using System.Text.Json.Nodes;
using IdJagBroker.Shared;

namespace IdJagBroker.Tests.Upstreams;

/// <summary>The subject token (requirements §2.2): a good one is exchanged; each fault alone is <c>invalid_grant</c>.</summary>
public sealed class SubjectTokenTests(BrokerFixture broker) : IClassFixture<BrokerFixture>
{
    private static long Now => DateTimeOffset.UtcNow.ToUnixTimeSeconds();

    private Task<TokenAnswer> ExchangeAsync(string idToken) => broker.Token.ExchangeAsync(("subject_token", idToken));

    private Task<TokenAnswer> ExchangeAsync(Action<JsonObject, JsonObject> change) => ExchangeAsync(broker.IdToken(change));

    private async Task RefusesAsync(string idToken, string detail)
    {
        var answer = await ExchangeAsync(idToken);
        answer.IsRefused("invalid_grant");
        var recorded = await broker.ExplainAsync(answer);
        Assert.Equal("REQ_SUBJECT_TOKEN", (string?)recorded["reason"]);
        Assert.Equal(detail, (string?)recorded["data"]!["detail"]);
    }

    private Task RefusesAsync(Action<JsonObject, JsonObject> change, string detail) => RefusesAsync(broker.IdToken(change), detail);

    [Fact, Trait("Spec", "IDP-19"), Trait("Spec", "IDP-35"), Trait("Spec", "IDP-36")]
    public async Task Accepts_an_id_token_many_times_without_a_nonce()
    {
        var idToken = broker.IdToken();

        var first = (await ExchangeAsync(idToken)).IsGranted();
        var second = (await ExchangeAsync(idToken)).IsGranted();
        Assert.NotEqual((string?)first.IdJag["jti"], (string?)second.IdJag["jti"]);
    }

    [Theory, Trait("Spec", "IDP-26")]
    [InlineData("a.b.c.d.e", "NotThreeParts")]
    [InlineData("a.b", "NotThreeParts")]
    [InlineData("not a token", "NotThreeParts")]
    [InlineData("e30.e30.!!", "NotBase64Url")]
    public async Task Refuses_what_is_no_compact_jws(string token, string detail) => await RefusesAsync(token, detail);

    [Fact, Trait("Spec", "IDP-26")]
    public async Task Refuses_a_token_over_the_size_limit() =>
        await RefusesAsync((_, claims) => claims["padding"] = new string('x', 16 * 1024), "TooLong");

    [Theory, Trait("Spec", "IDP-27"), Trait("Spec", "IDP-37"), Trait("Spec", "SEC-05")]
    [InlineData("at+jwt")]
    [InlineData("application/at+jwt")]
    [InlineData("oauth-id-jag+jwt")]
    [InlineData("client-authentication+jwt")]
    [InlineData("dpop+jwt")]
    [InlineData("logout+jwt")]
    [InlineData("secevent+jwt")]
    [InlineData("token-introspection+jwt")]
    public async Task Refuses_a_token_of_another_kind(string typ) =>
        await RefusesAsync((header, _) => header["typ"] = typ, "typ is another kind of token's");

    [Fact, Trait("Spec", "IDP-27")]
    public async Task Accepts_a_token_without_a_typ() => (await ExchangeAsync((header, _) => header.Remove("typ"))).IsGranted();

    [Fact, Trait("Spec", "IDP-37"), Trait("Spec", "JAG-28")]
    public async Task Refuses_an_id_jag_of_its_own()
    {
        var idJag = (string)(await broker.Token.ExchangeAsync()).IsGranted().Body!["access_token"]!;

        await RefusesAsync(idJag, "typ is another kind of token's");
    }

    [Fact, Trait("Spec", "IDP-28")]
    public async Task Refuses_an_issuer_that_is_not_registered_and_asks_it_nothing()
    {
        await using var stranger = await TestIdp.StartAsync();

        await RefusesAsync(stranger.IdToken("agent-at-okta"), "iss is no upstream of ours");
        Assert.Equal(0, stranger.KeyFetches);
    }

    [Theory, Trait("Spec", "IDP-28")]
    [InlineData("/")]
    [InlineData(".evil.example")]
    public async Task Compares_the_issuer_exactly(string suffix) =>
        await RefusesAsync((_, claims) => claims["iss"] = broker.Idp.Issuer + suffix, "iss is no upstream of ours");

    [Fact, Trait("Spec", "IDP-28")]
    public async Task Refuses_an_issuer_that_is_an_array() =>
        await RefusesAsync((_, claims) => claims["iss"] = new JsonArray(broker.Idp.Issuer), "iss is missing or malformed");

    [Fact, Trait("Spec", "IDP-29")]
    public async Task Refuses_another_key()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        await RefusesAsync(broker.Idp.IdToken("agent-at-okta", key: other), "SignatureInvalid");
    }

    [Fact, Trait("Spec", "IDP-29")]
    public async Task Refuses_one_upstreams_token_signed_with_anothers_key()
    {
        var token = broker.Entra.IdToken("agent-at-okta", change: (header, claims) => { claims["iss"] = broker.Idp.Issuer; header["kid"] = broker.Idp.KeyId; });

        await RefusesAsync(token, "SignatureInvalid");
    }

    [Theory, Trait("Spec", "IDP-29"), Trait("Spec", "SEC-02")]
    [InlineData("none")]
    [InlineData("None")]
    [InlineData("RS256")]
    [InlineData("ES384")]
    [InlineData("es256")]
    public async Task Refuses_an_algorithm_that_the_upstream_is_not_registered_for(string alg) =>
        await RefusesAsync((header, _) => header["alg"] = alg, "AlgorithmNotAllowed");

    [Fact, Trait("Spec", "IDP-29"), Trait("Spec", "SEC-02")]
    public async Task Refuses_an_hmac_under_the_public_key()
    {
        var claims = Jwts.Claims(broker.IdToken());
        var token = Jwts.SignHmac(new JsonObject { ["alg"] = "HS256", ["kid"] = broker.Idp.KeyId }, claims, broker.Idp.Key.ExportSubjectPublicKeyInfo());

        await RefusesAsync(token, "AlgorithmNotAllowed");
    }

    [Theory, Trait("Spec", "SEC-06"), Trait("Spec", "SEC-07")]
    [InlineData("jwk", "{}")]
    [InlineData("jku", "\"https://evil.example/jwks\"")]
    [InlineData("x5u", "\"https://evil.example/x5u\"")]
    [InlineData("x5c", "[]")]
    [InlineData("crit", "[\"exp\"]")]
    [InlineData("b64", "false")]
    public async Task Refuses_a_header_that_brings_its_own_key_or_rules(string member, string json) =>
        await RefusesAsync((header, _) => header[member] = JsonNode.Parse(json), "HeaderForbidden");

    [Theory, Trait("Spec", "IDP-30")]
    [InlineData("null")]
    [InlineData("\"\"")]
    [InlineData("42")]
    [InlineData("\"anä\"")]
    public async Task Refuses_a_missing_or_malformed_sub(string json) =>
        await RefusesAsync((_, claims) => claims["sub"] = JsonNode.Parse(json), "sub is missing or malformed");

    [Fact, Trait("Spec", "IDP-30")]
    public async Task Refuses_a_sub_of_more_than_255_characters() =>
        await RefusesAsync((_, claims) => claims["sub"] = new string('a', 256), "sub is missing or malformed");

    [Theory]
    [InlineData("\"editor-at-okta\"", "aud names another client"), Trait("Spec", "IDP-31")]
    [InlineData("\"notes-agent\"", "aud names another client")]
    [InlineData("\"agent-at-okta/\"", "aud names another client")]
    [InlineData("[]", "aud is missing or malformed")]
    [InlineData("null", "aud is missing or malformed")]
    [InlineData("[\"agent-at-okta\",\"stranger\"]", "aud names another client"), Trait("Spec", "IDP-32")]
    public async Task Refuses_an_id_token_issued_to_another_client(string aud, string detail) =>
        await RefusesAsync((_, claims) => claims["aud"] = JsonNode.Parse(aud), detail);

    [Fact, Trait("Spec", "IDP-32")]
    public async Task Accepts_several_audiences_only_if_all_are_the_clients_own_and_azp_too()
    {
        (await ExchangeAsync((_, claims) => { claims["aud"] = new JsonArray("agent-at-okta", "agent-mobile-at-okta"); claims["azp"] = "agent-at-okta"; })).IsGranted();
        await RefusesAsync((_, claims) => claims["azp"] = "stranger", "azp names another client");
        await RefusesAsync((_, claims) => claims["azp"] = 7, "azp is malformed");
    }

    [Theory, Trait("Spec", "IDP-31")]
    [InlineData("agent-at-okta")]
    public async Task Refuses_a_client_whose_registration_names_no_audience_at_that_upstream(string audience)
    {
        var token = broker.Entra.IdToken(audience);
        var answer = await broker.Token.ExchangeByAssertionAsync(broker.Token.Assertion(), ("subject_token", token));

        answer.IsRefused("invalid_grant");
        Assert.Equal("the client has no subjectTokenAudiences at entra", (string?)(await broker.ExplainAsync(answer))["data"]!["detail"]);
    }

    [Theory, Trait("Spec", "IDP-33"), Trait("Spec", "SEC-25")]
    [InlineData("exp", -61, "expired")]
    [InlineData("iat", 65, "issued in the future")]
    [InlineData("nbf", 65, "not yet valid")]
    public async Task Honours_the_times_of_the_token_with_a_minute_of_skew(string claim, int seconds, string detail)
    {
        await RefusesAsync((_, claims) => { claims["iat"] = Now - 3000; claims[claim] = Now + seconds; }, detail);
        var within = seconds < 0 ? seconds + 6 : seconds - 10;
        (await ExchangeAsync((_, claims) => { claims["iat"] = Now - 3000; claims[claim] = Now + within; })).IsGranted();
    }

    [Theory, Trait("Spec", "IDP-33")]
    [InlineData("exp", "exp is missing or malformed")]
    [InlineData("iat", "iat is missing or malformed")]
    public async Task Demands_the_times_to_be_there_and_to_be_whole_numbers(string claim, string detail)
    {
        await RefusesAsync((_, claims) => claims.Remove(claim), detail);
        await RefusesAsync((_, claims) => claims[claim] = "1795165080", detail);
        await RefusesAsync((_, claims) => claims[claim] = 1795165080.5, detail);
    }

    [Fact, Trait("Spec", "IDP-34")]
    public async Task Asks_for_a_fresh_sign_in_when_the_last_is_too_old()
    {
        var answer = await ExchangeAsync((_, claims) => claims["auth_time"] = Now - (12 * 3600) - 70);

        answer.IsRefused("insufficient_user_authentication");
        Assert.Equal(12 * 3600, (long)answer.Body!["max_age"]!);
        Assert.Equal("AUTH_TOO_OLD", (string?)(await broker.ExplainAsync(answer))["reason"]);
        (await ExchangeAsync((_, claims) => claims["auth_time"] = Now - (12 * 3600) - 40)).IsGranted();      // within the skew
    }

    [Fact, Trait("Spec", "IDP-34")]
    public async Task Takes_the_tokens_own_age_for_the_sign_ins_when_it_does_not_say() =>
        (await ExchangeAsync((_, claims) => { claims.Remove("auth_time"); claims["iat"] = Now - (12 * 3600) - 70; })).IsRefused("insufficient_user_authentication");

    [Fact, Trait("Spec", "IDP-34")]
    public async Task Takes_no_sign_in_for_younger_than_the_token_that_tells_of_it() =>
        (await ExchangeAsync((_, claims) => (claims["iat"], claims["auth_time"]) = (Now - (12 * 3600) - 70, Now))).IsRefused("insufficient_user_authentication");

    [Fact, Trait("Spec", "IDP-28")]
    public async Task Refuses_another_tenant_though_the_key_is_right()
    {
        string Token(string? tenant) => broker.Entra.IdToken("agent-at-entra", groups: ["11111111-1111-4111-8111-111111111111"], change: (_, claims) =>
        {
            claims["oid"] = "0a0a0a0a-0000-4000-8000-000000000001";
            if (tenant is not null) claims["tid"] = tenant;
        });

        (await ExchangeAsync(Token(TestPolicies.EntraTenant))).IsGranted();
        await RefusesAsync(Token("9188040d-6c67-4c5b-b112-36a304b66dad"), "tid is missing, or not a tenant of ours");
        await RefusesAsync(Token(null), "tid is missing, or not a tenant of ours");
    }

    [Fact, Trait("Spec", "SEC-08")]
    public async Task Reads_json_sixteen_deep_and_no_deeper()
    {
        static JsonNode Nested(int depth) => depth is 0 ? new JsonArray() : new JsonArray(Nested(depth - 1));
        (await ExchangeAsync((_, claims) => claims["deep"] = Nested(14))).IsGranted();

        await RefusesAsync((_, claims) => claims["deep"] = Nested(15), "PayloadMalformed");
        await RefusesAsync((header, _) => header["deep"] = Nested(15), "HeaderMalformed");
    }

    [Theory, Trait("Spec", "SEC-08"), Trait("Spec", "IDP-30")]
    [InlineData("\\u0000")]
    [InlineData("\\ud800")]
    public async Task Reads_no_text_with_nul_or_half_a_character(string escape)
    {
        var claims = Jwts.Claims(broker.IdToken()).ToJsonString().Replace("00u-ana", "00u-" + escape, StringComparison.Ordinal);
        var header = new JsonObject { ["alg"] = "ES256", ["kid"] = broker.Idp.KeyId }.ToJsonString();

        await RefusesAsync(Jwts.Sign(header, claims, broker.Idp.Key), "sub is missing or malformed");
    }

    [Fact, Trait("Spec", "SEC-08")]
    public async Task Refuses_members_that_are_there_twice()
    {
        var claims = Jwts.Claims(broker.IdToken()).ToJsonString();
        var twice = claims[..^1] + ",\"sub\":\"00u-bob\"}";
        var header = new JsonObject { ["alg"] = "ES256", ["kid"] = broker.Idp.KeyId }.ToJsonString();

        await RefusesAsync(Jwts.Sign(header, twice, broker.Idp.Key), "PayloadMalformed");
    }
}
