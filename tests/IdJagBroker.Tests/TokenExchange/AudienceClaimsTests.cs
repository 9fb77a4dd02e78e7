using System.Net;
using System.Text.Json.Nodes;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Shared;

namespace IdJagBroker.Tests.TokenExchange;

/// <summary>What one audience gets and another does not (requirements §3): by its entry in the catalogue, and nothing else.</summary>
public sealed class AudienceClaimsTests(AudiencesBroker audiences) : IClassFixture<AudiencesBroker>
{
    private const string Dept = "https://acme.example/dept";
    private readonly BrokerFixture _broker = audiences.Broker;

    private Task<TokenAnswer> ExchangeAsync(string server, Action<JsonObject, JsonObject>? change = null, params (string, string?)[] changes) =>
        _broker.Token.ExchangeAsync(
            [("audience", $"https://{server}.example"), ("resource", $"https://mcp.{server}.example/"), ("scope", "read"), ("subject_token", _broker.IdToken(change)), .. changes]);

    private async Task<JsonObject> IssueAsync(string server, Action<JsonObject, JsonObject>? change = null) => (await ExchangeAsync(server, change)).IsGranted().IdJag;

    private static void AddPersonalClaims(JsonObject header, JsonObject claims)
    {
        (claims["email"], claims["email_verified"], claims["name"], claims[Dept]) = ("ana@acme.example", true, "Ana \"A\" Müller", new JsonArray("r", "d"));
        (claims["urn:acme:level"], claims["address"]) = (7, new JsonObject { ["country"] = "DE" });
        (claims["nonce"], claims["at_hash"], claims["sid"], claims["azp"], claims["act"]) = ("n", "h", "s", "agent-at-okta", new JsonObject());
        (claims["nickname"], claims["urn:acme:other"], claims["account_id"]) = ("an", "x", "acc-9");
    }

    [Fact, Trait("Spec", "JAG-21"), Trait("Spec", "JAG-22"), Trait("Spec", "JAG-25")]
    public async Task Copies_the_claims_on_the_list_unchanged_and_no_other()
    {
        var claims = await IssueAsync("full", AddPersonalClaims);

        Assert.Equal(
            ["acr", "address", "amr", "aud", "aud_sub", "aud_tenant", "auth_time", "client_id", "email", "email_verified", "exp", "groups", Dept, "iat", "iss", "jti",
                "name", "resource", "scope", "sub", "tenant", "urn:acme:level"],
            claims.Select(m => m.Key).Order(StringComparer.Ordinal));
        Assert.Equal(("ana@acme.example", true, "Ana \"A\" Müller"), ((string?)claims["email"], (bool)claims["email_verified"]!, (string?)claims["name"]));
        Assert.Equal("""["r","d"]""", claims[Dept]!.ToJsonString());
        Assert.Equal((7, "DE"), ((int)claims["urn:acme:level"]!, (string?)claims["address"]!["country"]));
        Assert.Equal("""["00g-eng"]""", claims["groups"]!.ToJsonString());
    }

    [Fact, Trait("Spec", "JAG-24"), Trait("Spec", "JAG-25")]
    public async Task Leaves_them_out_for_another_audience()
    {
        var claims = await IssueAsync("required", AddPersonalClaims);

        Assert.Equal(
            ["acr", "amr", "aud", "auth_time", "client_id", "exp", "iat", "iss", "jti", "resource", "scope", "sub"],
            claims.Select(m => m.Key).Order(StringComparer.Ordinal));
    }

    [Fact, Trait("Spec", "JAG-25")]
    public async Task Is_made_without_claims_that_the_id_token_lacks_or_that_are_no_text()
    {
        var claims = Jwts.Claims(_broker.IdToken((_, claims) => (claims["name"], claims["urn:acme:level"]) = (null, "LONE")));
        var header = new JsonObject { ["alg"] = "ES256", ["kid"] = _broker.Idp.KeyId }.ToJsonString();
        var idToken = Jwts.Sign(header, claims.ToJsonString().Replace("LONE", "\\ud800", StringComparison.Ordinal), _broker.Idp.Key);
        claims = (await ExchangeAsync("full", null, ("subject_token", idToken))).IsGranted().IdJag;

        Assert.Equal((false, false, false), (claims.ContainsKey("name"), claims.ContainsKey("urn:acme:level"), claims.ContainsKey("email")));
    }

    [Theory, Trait("Spec", "JAG-22")]
    [InlineData("false")]
    [InlineData("null")]
    [InlineData("\"true\"")]
    [InlineData(null)]
    public async Task Passes_no_mail_address_that_the_upstream_did_not_verify(string? verified)
    {
        var claims = await IssueAsync("full", (_, claims) =>
        {
            claims["email"] = "ana@acme.example";
            if (verified is not null) claims["email_verified"] = JsonNode.Parse(verified);
        });

        Assert.False(claims.ContainsKey("email") || claims.ContainsKey("email_verified"));
    }

    [Fact, Trait("Spec", "JAG-22")]
    public async Task Passes_no_mail_address_that_is_none() =>
        Assert.False((await IssueAsync("full", (_, claims) => (claims["email"], claims["email_verified"]) = (42, true))).ContainsKey("email"));

    [Fact, Trait("Spec", "SEC-36")]
    public async Task Passes_no_list_of_groups_that_was_cut_off()
    {
        var claims = await IssueAsync("full", (_, claims) => claims["groups"] = new JsonArray([.. Enumerable.Range(0, 100).Select(i => (JsonNode)$"00g-{i}")]));

        Assert.False(claims.ContainsKey("groups"));
    }

    [Fact, Trait("Spec", "JAG-18"), Trait("Spec", "JAG-19")]
    public async Task Names_both_tenants_where_they_are_configured()
    {
        var claims = await IssueAsync("full");

        Assert.Equal(("organization", "acme-inc"), ((string?)claims["tenant"], (string?)claims["aud_tenant"]));
    }

    [Fact, Trait("Spec", "JAG-20")]
    public async Task Names_the_account_of_that_person_there_and_of_nobody_else()
    {
        Assert.Equal("acc-ana", (string?)(await IssueAsync("full"))["aud_sub"]);
        Assert.False((await IssueAsync("full", (_, claims) => claims["sub"] = "00u-bob")).ContainsKey("aud_sub"));
        Assert.Equal("acc-9", (string?)(await IssueAsync("account", AddPersonalClaims))["aud_sub"]);
        Assert.False((await IssueAsync("account")).ContainsKey("aud_sub"));
    }

    [Fact, Trait("Spec", "JAG-29"), Trait("Spec", "IDP-63")]
    public async Task Is_not_made_longer_than_receivers_read_nor_recorded_as_issued()
    {
        var issued = (await _broker.AuditAsync("limit=1000&type=idjag.issued")).Count;
        var answer = await ExchangeAsync("full", (_, claims) => claims[Dept] = new string('x', 7 * 1024));

        answer.IsRefused("server_error", HttpStatusCode.InternalServerError);
        var row = await _broker.ExplainAsync(answer);
        Assert.Equal(("idjag.denied", "ID_JAG_TOO_LONG", "server_error"), ((string?)row["type"], (string?)row["reason"], (string?)row["data"]!["error"]));
        Assert.Equal(("https://full.example", (string?)answer.Body!["decision_id"]), ((string?)row["authserver"], (string?)row["id"]));
        Assert.Equal(issued, (await _broker.AuditAsync("limit=1000&type=idjag.issued")).Count);
        (await ExchangeAsync("full", (_, claims) => claims[Dept] = new string('x', 4 * 1024))).IsGranted();
        (await ExchangeAsync("required", (_, claims) => claims[Dept] = new string('x', 7 * 1024))).IsGranted();      // it gets no copy
    }

    // Whatever an upstream writes into a token that it signed is granted or refused in words: it is no fault of ours, and no outage.
    public static TheoryData<string, string> Excesses => new()
    {
        { "email", $"\"{new string('a', 308)}@acme.example\"" }, { "email", $"\"{new string('a', 309)}@acme.example\"" }, { "email", "\"\"" },
        { "name", $"\"{new string('é', 3000)}\"" }, { "name", "\"a\\u0000b\"" }, { "name", "\"\\ud800\"" }, { "name", $"[{string.Join(',', Enumerable.Repeat("[]", 2000))}]" },
        { "address", string.Concat(Enumerable.Repeat("[", 13)) + string.Concat(Enumerable.Repeat("]", 13)) }, { "urn:acme:level", new string('9', 3000) }, { "urn:acme:level", "1e999" },
        { "acr", $"\"{new string('a', 255)}\"" }, { "acr", $"\"{new string('a', 256)}\"" }, { "acr", "\"a\\u0000b\"" }, { "acr", "\"\\ud800\"" },
        { "amr", $"[\"{new string('a', 7000)}\"]" }, { "amr", $"[{string.Join(',', Enumerable.Repeat("\"x\"", 33))}]" }, { "amr", "[\"a\\u0000b\"]" }, { "amr", "[\"\\ud800\"]" },
        { "account_id", $"\"{new string('a', 256)}\"" }, { "account_id", "\"a\\u0000b\"" }, { "auth_time", "253402300800" }, { "auth_time", "1e30" },
    };

    [Theory, MemberData(nameof(Excesses)), Trait("Spec", "IDP-63")]
    public async Task Is_granted_or_refused_and_recorded_whatever_a_signed_id_token_holds(string claim, string json)
    {
        var claims = Jwts.Claims(_broker.IdToken((_, claims) => (claims[claim], claims["email_verified"]) = ("LONE", true)));
        var header = new JsonObject { ["alg"] = "ES256", ["kid"] = _broker.Idp.KeyId }.ToJsonString();
        var idToken = Jwts.Sign(header, claims.ToJsonString().Replace("\"LONE\"", json, StringComparison.Ordinal), _broker.Idp.Key);
        foreach (var server in (string[])["full", "account", "mailed"])
        {
            var answer = await ExchangeAsync(server, null, ("subject_token", idToken));

            if (answer.Error is null) Assert.Single(await _broker.AuditAsync($"jti={answer.IsGranted().IdJag["jti"]}"));
            else Assert.Equal((string?)answer.Body!["error"], (string?)(await _broker.ExplainAsync(answer))["data"]!["error"]);
            Assert.True(answer.Status is not HttpStatusCode.ServiceUnavailable, answer.Text);
            Assert.Equal(answer.Status is HttpStatusCode.InternalServerError, answer.Error is not null && (string?)(await _broker.ExplainAsync(answer))["reason"] is "ID_JAG_TOO_LONG");
        }
    }

    [Fact, Trait("Spec", "JAG-05")]
    public async Task Is_not_made_for_a_person_whose_name_there_is_longer_than_receivers_read()
    {
        Task<TokenAnswer> MailedAsync(int chars) => ExchangeAsync("mailed", (_, claims) =>
            (claims["email"], claims["email_verified"]) = (new string('a', chars - "@acme.example".Length) + "@acme.example", true));

        Assert.Equal(255, ((string?)(await MailedAsync(255)).IsGranted().IdJag["sub"])!.Length);
        var answer = await MailedAsync(256);
        answer.IsRefused("access_denied");
        Assert.Equal("NO_SUBJECT_FOR_AUDIENCE", (string?)(await _broker.ExplainAsync(answer))["reason"]);
    }

    [Fact, Trait("Spec", "IDP-53")]
    public async Task Keeps_personal_claims_out_of_the_log()
    {
        var claims = await IssueAsync("full", AddPersonalClaims);
        var text = Assert.Single(await _broker.AuditAsync($"jti={claims["jti"]}"))!.ToJsonString();

        Assert.Contains("urn:acme:level", text, StringComparison.Ordinal);      // which claims were copied
        foreach (var value in (string[])["ana@acme", "Müller", "M\\u00FCller", "acc-ana", "00g-eng", "\"DE\""]) Assert.DoesNotContain(value, text, StringComparison.Ordinal);
    }

    [Fact, Trait("Spec", "JAG-01"), Trait("Spec", "SEC-02")]
    public async Task Is_signed_with_the_algorithm_of_its_audience_by_a_published_key()
    {
        var keys = JsonWebKeySet.TryParse(await _broker.Http.GetByteArrayAsync(_broker.Issuer + "/oauth2/jwks"))!;
        var names = new HashSet<string?>();
        foreach (var (server, algorithm) in new[] { ("full", JwsAlgorithm.RS256), ("required", JwsAlgorithm.ES256) })
        {
            var answer = (await ExchangeAsync(server)).IsGranted();
            Assert.True(CompactJws.TryParse((string)answer.Body!["access_token"]!, IdJag.MaxChars, out var jws, out _));
            using (jws)
            {
                Assert.Equal(JwsFailure.None, JwsVerifier.Verify(jws, keys, [algorithm], out var key));
                Assert.Equal(algorithm.Name, Jwts.Header((string)answer.Body["access_token"]!)["alg"]!.ToString());
                Assert.Equal(key!.Thumbprint, jws.Header.KeyId);
                names.Add(jws.Header.KeyId);
            }
            var recorded = Assert.Single(await _broker.AuditAsync($"jti={answer.IdJag["jti"]}"))!;
            Assert.Contains((string?)recorded["kid"], names);
        }
        Assert.Equal(2, names.Count);
    }

    [Fact, Trait("Spec", "IDP-14")]
    public async Task Refuses_a_request_without_resource_where_one_must_be_named()
    {
        (await ExchangeAsync("required")).IsGranted();
        (await ExchangeAsync("required", null, ("resource", null))).IsRefused("invalid_target");
    }

    [Fact, Trait("Spec", "IDP-14"), Trait("Spec", "IDP-46"), Trait("Spec", "JAG-14")]
    public async Task Grants_what_policy_grants_of_all_resources_where_none_need_be_named()
    {
        var answer = (await ExchangeAsync("optional", null, ("resource", null))).IsGranted();

        Assert.Equal("""["https://a.optional.example/","https://b.optional.example/"]""", answer.IdJag["resource"]!.ToJsonString());
        Assert.Equal("read", (string?)answer.IdJag["scope"]);
        (await ExchangeAsync("many", null, ("resource", null))).IsRefused("invalid_target");        // nine: more than can be named (C-04)
        (await ExchangeAsync("many", null, ("resource", "https://1.many.example/"))).IsGranted();
    }

    [Fact, Trait("Spec", "IDP-46"), Trait("Spec", "IDP-48")]
    public async Task Grants_all_or_nothing_at_a_resource_that_wants_it_so()
    {
        static void Strong(JsonObject header, JsonObject claims) => claims["acr"] = "phrh";
        (string, string?) exact = ("resource", "https://exact.strong.example/");

        Assert.Equal("read", (string?)(await ExchangeAsync("strong", Strong, ("scope", "read admin"))).IsGranted().IdJag["scope"]);
        (await ExchangeAsync("strong", Strong, exact, ("scope", "read"))).IsGranted();
        var answer = await ExchangeAsync("strong", Strong, exact, ("scope", "read admin"));
        answer.IsRefused("invalid_scope");
        Assert.Equal("SCOPE_NOT_ALLOWED", (string?)(await _broker.ExplainAsync(answer))["reason"]);
    }
}
