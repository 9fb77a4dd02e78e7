using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.Protocol;
using IdJagBroker.Shared;

namespace IdJagBroker.Tests.Clients;

/// <summary>Who asks? (Requirements §2.1 and SEC-19…23.) Every failure is the same <c>invalid_client</c>; the log knows which.</summary>
public sealed class ClientAuthenticationTests(BrokerFixture broker) : IClassFixture<BrokerFixture>
{
    private static long Now => DateTimeOffset.UtcNow.ToUnixTimeSeconds();

    private TokenClient Token => broker.Token;

    private List<KeyValuePair<string, string>> WithoutCredentials() => TokenClient.With(Token.Form(), ("client_id", null), ("client_secret", null));

    private Task<TokenAnswer> BasicAsync(string credentials, params (string, string?)[] changes) => Token.SendAsync(
        TokenClient.With(WithoutCredentials(), changes),
        request => request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials))));

    private async Task RefusesAssertionAsync(string assertion, string detail)
    {
        var answer = await Token.ExchangeByAssertionAsync(assertion);
        answer.IsRefused("invalid_client", HttpStatusCode.Unauthorized);
        var recorded = await broker.ExplainAsync(answer);
        Assert.Equal(("REQ_CLIENT_AUTH", detail), ((string?)recorded["reason"], (string?)recorded["data"]!["detail"]));
    }

    private Task RefusesAssertionAsync(Action<JsonObject, JsonObject> change, string detail) => RefusesAssertionAsync(Token.Assertion(change), detail);

    [Fact, Trait("Spec", "IDP-22")]
    public async Task Refuses_a_request_without_credentials()
    {
        (await Token.SendAsync(WithoutCredentials())).IsRefused("invalid_client", HttpStatusCode.Unauthorized);
        (await Token.ExchangeAsync(("client_secret", null))).IsRefused("invalid_client", HttpStatusCode.Unauthorized);
    }

    [Fact, Trait("Spec", "IDP-22")]
    public async Task Refuses_a_wrong_secret_and_an_unknown_client_in_the_same_words()
    {
        var wrong = await Token.ExchangeAsync(("client_secret", broker.Secret + "x"));
        var unknown = await Token.ExchangeAsync(("client_id", "nobody"));

        wrong.IsRefused("invalid_client", HttpStatusCode.Unauthorized);
        unknown.IsRefused("invalid_client", HttpStatusCode.Unauthorized);
        Assert.Equal(wrong.Text, unknown.Text);         // to the letter: nothing tells that the one client exists
        Assert.Empty(wrong.Headers.WwwAuthenticate);
    }

    [Fact, Trait("Spec", "IDP-22"), Trait("Spec", "SEC-27")]
    public async Task Examines_nothing_else_before_the_client_is_known() =>
        (await Token.ExchangeAsync(("client_secret", "wrong"), ("audience", null), ("grant_type", "x"), ("subject_token", "x")))
            .IsRefused("invalid_client", HttpStatusCode.Unauthorized);

    [Fact, Trait("Spec", "IDP-23")]
    public async Task Challenges_with_basic_when_basic_was_used()
    {
        var answer = await BasicAsync($"{BrokerFixture.AgentId}:wrong");

        answer.IsRefused("invalid_client", HttpStatusCode.Unauthorized);
        Assert.Equal("Basic", Assert.Single(answer.Headers.WwwAuthenticate).Scheme);
    }

    [Theory, Trait("Spec", "IDP-23")]
    [InlineData("Bearer abc")]
    [InlineData("Basic")]
    [InlineData("Basic !!!")]
    [InlineData("Basic bm9jb2xvbg==")]
    [InlineData("Basic OnNlY3JldA==")]
    public async Task Refuses_an_authorization_header_that_is_no_basic(string header)
    {
        var answer = await Token.SendAsync(WithoutCredentials(), request => request.Headers.TryAddWithoutValidation("Authorization", header));

        answer.IsRefused("invalid_client", HttpStatusCode.Unauthorized);
        Assert.Equal("Basic", Assert.Single(answer.Headers.WwwAuthenticate).Scheme);
    }

    [Fact, Trait("Spec", "IDP-24")]
    public async Task Refuses_two_authentication_methods()
    {
        (await BasicAsync($"{BrokerFixture.AgentId}:{broker.Secret}", ("client_secret", broker.Secret))).IsRefused("invalid_request");
        (await Token.ExchangeByAssertionAsync(Token.Assertion(), ("client_id", BrokerFixture.AgentId), ("client_secret", broker.Secret))).IsRefused("invalid_request");
        (await BasicAsync($"{BrokerFixture.AgentId}:{broker.Secret}", ("client_assertion", "x.y.z"))).IsRefused("invalid_request");
    }

    [Fact, Trait("Spec", "IDP-24")]
    public async Task Refuses_a_client_id_that_differs_from_the_authenticated_client()
    {
        (await BasicAsync($"{BrokerFixture.AgentId}:{broker.Secret}", ("client_id", BrokerFixture.AgentId))).IsGranted();
        (await BasicAsync($"{BrokerFixture.AgentId}:{broker.Secret}", ("client_id", BrokerFixture.EditorId))).IsRefused("invalid_client", HttpStatusCode.Unauthorized);
        (await Token.ExchangeByAssertionAsync(Token.Assertion(), ("client_id", BrokerFixture.EditorId))).IsGranted();
        (await Token.ExchangeByAssertionAsync(Token.Assertion(), ("client_id", BrokerFixture.AgentId))).IsRefused("invalid_client", HttpStatusCode.Unauthorized);
    }

    [Fact, Trait("Spec", "SEC-22")]
    public async Task Accepts_basic_form_encoded_and_as_it_stands()
    {
        (await BasicAsync($"{Uri.EscapeDataString(BrokerFixture.AgentId).Replace("-", "%2D", StringComparison.Ordinal)}:{broker.Secret}")).IsGranted();
        (await BasicAsync($"{BrokerFixture.AgentId}:{broker.Secret}")).IsGranted();
        (await BasicAsync($"{BrokerFixture.AgentId}:{broker.OldSecret}")).IsGranted();
        (await BasicAsync($"{BrokerFixture.AgentId}:{Uri.EscapeDataString(broker.OldSecret)}")).IsGranted();
        (await BasicAsync($"notes+agent%2F2:{broker.Secret}")).IsGranted();
        (await BasicAsync($"{Uri.EscapeDataString("notes+agent%2F2")}:{Uri.EscapeDataString(broker.OldSecret)}")).IsGranted();
        (await BasicAsync($"{BrokerFixture.AgentId}:{Uri.UnescapeDataString(broker.OldSecret)}")).IsRefused("invalid_client", HttpStatusCode.Unauthorized);
    }

    [Fact, Trait("Spec", "SEC-23")]
    public async Task Accepts_the_secret_from_before_a_rotation_and_none_where_none_is_set()
    {
        (await Token.ExchangeAsync(("client_secret", broker.OldSecret))).IsGranted();
        (await Token.ExchangeAsync(("client_id", "unset"))).IsRefused("invalid_client", HttpStatusCode.Unauthorized);
        (await Token.ExchangeAsync(("client_secret", broker.Secret.ToUpperInvariant()))).IsRefused("invalid_client", HttpStatusCode.Unauthorized);
    }

    [Fact, Trait("Spec", "POP-05")]
    public async Task Refuses_a_client_that_must_prove_possession_and_does_not()
    {
        var answer = await Token.ExchangeAsync(("client_id", "bound"));

        answer.IsRefused("invalid_request");
        Assert.Equal("DPOP_REQUIRED", (string?)(await broker.ExplainAsync(answer))["reason"]);
    }

    [Fact, Trait("Spec", "SEC-19")]
    public async Task Refuses_a_method_that_the_client_is_not_registered_for()
    {
        var bySecret = await Token.ExchangeAsync(("client_id", BrokerFixture.EditorId));
        bySecret.IsRefused("invalid_client", HttpStatusCode.Unauthorized);
        var byAssertion = await Token.ExchangeByAssertionAsync(Token.Assertion((_, claims) => (claims["iss"], claims["sub"]) = (BrokerFixture.AgentId, BrokerFixture.AgentId)));
        byAssertion.IsRefused("invalid_client", HttpStatusCode.Unauthorized);
        Assert.Equal("the client is not registered for private_key_jwt", (string?)(await broker.ExplainAsync(byAssertion))["data"]!["detail"]);
    }

    [Fact, Trait("Spec", "IDP-25")]
    public async Task Refuses_a_disabled_client_and_records_it()
    {
        var answer = await Token.ExchangeAsync(("client_id", "retired"), ("subject_token", broker.Idp.IdToken("retired-at-okta")));

        answer.IsRefused("unauthorized_client");
        var row = await broker.ExplainAsync(answer);
        Assert.Equal(("idjag.denied", "CLIENT_DISABLED", "retired"), ((string?)row["type"], (string?)row["reason"], (string?)row["client"]));
        Assert.Equal((string?)row["id"], (string?)answer.Body!["decision_id"]);
    }

    [Fact, Trait("Spec", "IDP-25"), Trait("Spec", "SEC-23")]
    public async Task Tells_a_stranger_nothing_of_a_disabled_client()
    {
        var unknown = await Token.ExchangeAsync(("client_id", "nobody"), ("client_secret", "wrong"));
        var disabled = await Token.ExchangeAsync(("client_id", "retired"), ("client_secret", "wrong"));

        disabled.IsRefused("invalid_client", HttpStatusCode.Unauthorized);
        Assert.Equal(unknown.Text, disabled.Text);
        Assert.Equal("wrong secret", (string?)(await broker.ExplainAsync(disabled))["data"]!["detail"]);
        Assert.Equal(unknown.Text, (await Token.ExchangeAsync(("client_id", "retired"), ("client_secret", null))).Text);
    }

    [Theory, Trait("Spec", "SEC-20"), Trait("Spec", "SEC-21")]
    [InlineData(null)]
    [InlineData("JWT")]
    [InlineData("client-authentication+jwt")]
    public async Task Accepts_a_client_assertion_with_the_preferred_type_or_none(string? typ) =>
        (await Token.ExchangeByAssertionAsync(Token.Assertion((header, _) => { if (typ is null) header.Remove("typ"); else header["typ"] = typ; }))).IsGranted();

    [Theory, Trait("Spec", "SEC-21"), Trait("Spec", "SEC-05")]
    [InlineData("oauth-id-jag+jwt")]
    [InlineData("at+jwt")]
    [InlineData("dpop+jwt")]
    public async Task Refuses_a_client_assertion_of_another_kind(string typ) =>
        await RefusesAssertionAsync((header, _) => header["typ"] = typ, "typ is another kind of token's");

    [Theory, Trait("Spec", "SEC-20")]
    [InlineData("iss", "\"somebody\"", "iss is not the client")]
    [InlineData("iss", "null", "iss is not the client")]
    [InlineData("iss", "\"EDITOR\"", "iss is not the client")]
    [InlineData("iss", "[\"editor\"]", "iss is not the client")]
    [InlineData("nbf", "\"1\"", "not yet valid")]
    [InlineData("iat", "1.5", "issued in the future")]
    [InlineData("exp", "1795165200.5", "exp is missing or malformed")]
    [InlineData("aud", "\"https://other.example\"", "aud is not this issuer alone")]
    [InlineData("aud", "null", "aud is not this issuer alone")]
    [InlineData("jti", "null", "jti is missing or malformed")]
    [InlineData("jti", "[\"x\"]", "jti is missing or malformed")]
    [InlineData("exp", "null", "exp is missing or malformed")]
    [InlineData("exp", "\"1795165200\"", "exp is missing or malformed")]
    public async Task Refuses_a_client_assertion_with_a_wrong_claim(string claim, string json, string detail) =>
        await RefusesAssertionAsync((_, claims) => claims[claim] = JsonNode.Parse(json), detail);

    [Theory, Trait("Spec", "SEC-20")]
    [InlineData("\"somebody\"")]
    [InlineData("\"EDITOR\"")]
    [InlineData("[\"editor\"]")]
    [InlineData("null")]
    public async Task Refuses_an_assertion_about_somebody_else(string sub)
    {
        // With client_id beside it, the assertion's sub is not what finds the client.
        var answer = await Token.ExchangeByAssertionAsync(Token.Assertion((_, claims) => claims["sub"] = JsonNode.Parse(sub)), ("client_id", BrokerFixture.EditorId));

        answer.IsRefused("invalid_client", HttpStatusCode.Unauthorized);
        Assert.Equal("sub is not the client", (string?)(await broker.ExplainAsync(answer))["data"]!["detail"]);
    }

    [Theory, Trait("Spec", "SEC-20"), Trait("Spec", "SEC-25")]
    [InlineData("exp", -50)]
    [InlineData("exp", 350)]
    [InlineData("nbf", 50)]
    [InlineData("iat", 50)]
    public async Task Allows_a_clock_that_is_a_minute_off(string claim, int seconds) =>
        (await Token.ExchangeByAssertionAsync(Token.Assertion((_, claims) => claims[claim] = Now + seconds))).IsGranted();

    [Fact, Trait("Spec", "SEC-20")]
    public async Task Takes_its_issuer_as_the_one_audience_of_an_assertion()
    {
        await RefusesAssertionAsync((_, claims) => claims["aud"] = broker.Issuer + "/oauth2/token", "aud is not this issuer alone");
        await RefusesAssertionAsync((_, claims) => claims["aud"] = broker.Issuer + "/", "aud is not this issuer alone");
        await RefusesAssertionAsync((_, claims) => claims["aud"] = new JsonArray(broker.Issuer, "https://attacker.example"), "aud is not this issuer alone");
        await RefusesAssertionAsync((_, claims) => claims["aud"] = new JsonArray("https://attacker.example", broker.Issuer), "aud is not this issuer alone");
        await RefusesAssertionAsync((_, claims) => claims["aud"] = new JsonArray(broker.Issuer), "aud is not this issuer alone");
    }

    [Theory, Trait("Spec", "SEC-20"), Trait("Spec", "SEC-31")]
    [InlineData("exp", -61, "expired")]
    [InlineData("exp", 370, "lives too long")]
    [InlineData("nbf", 65, "not yet valid")]
    [InlineData("iat", 65, "issued in the future")]
    public async Task Takes_only_a_current_and_short_lived_assertion(string claim, int seconds, string detail) =>
        await RefusesAssertionAsync((_, claims) => claims[claim] = Now + seconds, detail);

    [Fact, Trait("Spec", "SEC-20")]
    public async Task Refuses_an_assertion_under_another_key_or_without_a_signature()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var good = Token.Assertion();

        await RefusesAssertionAsync(Jwts.Sign(Jwts.Header(good), Jwts.Claims(good), other), "SignatureInvalid");
        await RefusesAssertionAsync(Jwts.SignHmac(new JsonObject { ["alg"] = "HS256", ["kid"] = "editor-1" }, Jwts.Claims(good), broker.ClientKey.ExportSubjectPublicKeyInfo()), "AlgorithmNotAllowed");
        var unsigned = $"{Jwts.Encode("""{"alg":"none"}""")}.{good.Split('.')[1]}.";
        (await Token.ExchangeByAssertionAsync(unsigned)).IsRefused("invalid_client", HttpStatusCode.Unauthorized);
    }

    [Fact, Trait("Spec", "SEC-20")]
    public async Task Uses_a_client_assertion_once()
    {
        var assertion = Token.Assertion();

        (await Token.ExchangeByAssertionAsync(assertion)).IsGranted();
        await RefusesAssertionAsync(assertion, "the client assertion was used before");
    }

    [Fact, Trait("Spec", "SEC-20")]
    public async Task Lets_one_of_twenty_parallel_uses_succeed()
    {
        for (var round = 0; round < 5; round++)
        {
            var assertion = Token.Assertion();
            var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Token.ExchangeByAssertionAsync(assertion)));

            Assert.Single(answers, answer => answer.Status is HttpStatusCode.OK);
            Assert.Equal(19, answers.Count(answer => answer.Error is "invalid_client"));
        }
    }

    [Fact, Trait("Spec", "SEC-20")]
    public async Task Counts_the_use_of_an_assertion_in_a_refused_exchange()
    {
        var assertion = Token.Assertion();

        (await Token.ExchangeByAssertionAsync(assertion, ("scope", "tickets:admin"))).IsRefused("invalid_scope");
        await RefusesAssertionAsync(assertion, "the client assertion was used before");
    }

    [Fact]
    public async Task Demands_the_type_with_an_assertion()
    {
        (await Token.ExchangeByAssertionAsync(Token.Assertion(), ("client_assertion_type", null))).IsRefused("invalid_client", HttpStatusCode.Unauthorized);
        (await Token.ExchangeByAssertionAsync(Token.Assertion(), ("client_assertion", null))).IsRefused("invalid_client", HttpStatusCode.Unauthorized);
    }

    // Whoever replays a stolen assertion may ask for what is refused anyway: the log must show the theft, and the answer nothing else.
    public static TheoryData<string, (string, string?)[]> RefusedAnyway => new()
    {
        { "INVALID_REQUEST", [("requested_token_type", "urn:x")] },
        { "UNSUPPORTED_GRANT_TYPE", [("grant_type", "password")] },
        { "REQ_UNKNOWN_AUDIENCE", [("audience", "https://unknown.example")] },
        { "REQ_SUBJECT_TOKEN", [("subject_token", "x.y.z")] },
        { "NO_RULE_MATCHED", [("scope", "tickets:admin")] },
    };

    [Theory, MemberData(nameof(RefusedAnyway)), Trait("Spec", "SEC-20"), Trait("Spec", "IDP-53")]
    public async Task Refuses_and_shows_a_replayed_assertion_whatever_else_is_wrong(string reason, (string, string?)[] fault)
    {
        var assertion = Token.Assertion();
        var first = await Token.ExchangeByAssertionAsync(assertion, fault);
        Assert.NotEqual("invalid_client", first.Error);
        Assert.Equal((reason, null), await RecordedAsync(first));

        var again = await Token.ExchangeByAssertionAsync(assertion, fault);
        again.IsRefused("invalid_client", HttpStatusCode.Unauthorized);
        Assert.Equal((reason, """["client_assertion"]"""), await RecordedAsync(again));
        var good = await Token.ExchangeByAssertionAsync(assertion);
        good.IsRefused("invalid_client", HttpStatusCode.Unauthorized);
        Assert.Equal(("REQ_CLIENT_AUTH", """["client_assertion"]"""), await RecordedAsync(good));

        async Task<(string?, string?)> RecordedAsync(TokenAnswer answer)
        {
            var row = await broker.ExplainAsync(answer);
            return ((string?)row["reason"], row["data"]!["replayed"]?.ToJsonString());
        }
    }
}
