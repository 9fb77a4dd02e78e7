using System.Text.Json.Nodes;

namespace IdJagBroker.Tests.Upstreams;

/// <summary>ID Tokens as Entra, Okta, Google, Ping and others issue them: each accepted, and each check of each provider broken alone.</summary>
public sealed class ProviderTokenTests(ProvidersFixture providers) : IClassFixture<ProvidersFixture>
{
    private const string NoUpstream = "iss is no upstream of ours";
    private const string WrongTenant = "tid is missing, or not a tenant of ours";
    private const string AccessToken = "it is an access token, not an ID Token";
    private const string WrongDomain = "hd is missing, or not a domain of ours";
    private const string WrongPerson = "oid is missing or malformed";

    private Action<JsonObject, JsonObject> Claim(string name, string json) => (_, claims) =>
    {
        if (json is "") claims.Remove(name);
        else claims[name] = JsonNode.Parse(json.Replace("HOST", providers.Host.Url, StringComparison.Ordinal));
    };

    private static Action<JsonObject, JsonObject> Typ(string? typ) => (header, _) =>
    {
        header.Remove("typ");
        if (typ is not null) header["typ"] = typ;
    };

    [Theory, Trait("Spec", "IDP-28"), Trait("Spec", "IDP-19"), Trait("Spec", "IDP-35")]
    [InlineData("multi"), InlineData("single"), InlineData("google"), InlineData("ping"), InlineData("oidc"), InlineData("oktaplain")]
    public async Task Accepts_an_id_token_in_the_form_of_each_provider(string alias)
    {
        (await providers.EnterAsync(providers.IdToken(alias))).IsGranted();
        (await providers.EnterAsync(providers.IdToken(alias, Typ(null)))).IsGranted();
    }

    [Theory]
    [InlineData("multi", "iss", "\"HOST/aaaaaaaa-0000-4000-8000-000000000009/v2.0\"", NoUpstream), Trait("Spec", "IDP-28"), Trait("Spec", "SEC-18")]
    [InlineData("multi", "iss", "\"HOST/{tenantid}/v2.0\"", NoUpstream)]
    [InlineData("multi", "iss", "\"HOST/organizations/v2.0\"", NoUpstream)]
    [InlineData("multi", "iss", "\"HOST/common/v2.0\"", NoUpstream)]
    [InlineData("multi", "iss", "\"HOST/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0\"", NoUpstream)]
    [InlineData("multi", "iss", "\"HOST/AAAAAAAA-0000-4000-8000-000000000001/v2.0\"", NoUpstream)]
    [InlineData("multi", "iss", "\"HOST/aaaaaaaa-0000-4000-8000-000000000001/v2.0/\"", NoUpstream)]
    [InlineData("multi", "tid", "\"aaaaaaaa-0000-4000-8000-000000000002\"", WrongTenant)]
    [InlineData("multi", "tid", "\"aaaaaaaa-0000-4000-8000-000000000009\"", WrongTenant)]
    [InlineData("multi", "tid", "", WrongTenant)]
    [InlineData("multi", "tid", "7", WrongTenant)]
    [InlineData("single", "tid", "\"aaaaaaaa-0000-4000-8000-000000000001\"", WrongTenant)]
    [InlineData("single", "iss", "\"https://sts.windows.net/aaaaaaaa-0000-4000-8000-000000000003/\"", NoUpstream)]
    [InlineData("single", "oid", "", WrongPerson)]
    [InlineData("single", "oid", "\"../users\"", WrongPerson)]
    [InlineData("single", "oid", "\"00000000-0000-0000-0000-000000000000\"", WrongPerson)]
    [InlineData("single", "acrs", "7", "acr is malformed")]
    [InlineData("oktaplain", "iss", "\"HOST/oktaplain/oauth2/default\"", NoUpstream)]
    [InlineData("google", "hd", "", WrongDomain)]
    [InlineData("google", "hd", "\"other.example\"", WrongDomain)]
    [InlineData("google", "hd", "\"ACME.example\"", WrongDomain)]
    [InlineData("google", "hd", "[\"acme.example\"]", WrongDomain)]
    public async Task Refuses_whom_the_provider_does_not_vouch_for_to_us(string alias, string claim, string json, string detail) =>
        await providers.RefusesAsync(providers.IdToken(alias, Claim(claim, json)), detail);

    [Theory, Trait("Spec", "IDP-37"), Trait("Spec", "IDP-27")]
    [InlineData("single", "scp", "\"User.Read\"")]
    [InlineData("single", "appid", "\"x\"")]
    [InlineData("single", "azpacr", "\"1\"")]
    [InlineData("single", "appidacr", "\"1\"")]
    [InlineData("single", "idtyp", "\"app\"")]
    [InlineData("oktaplain", "cid", "\"0oa\"")]
    [InlineData("oidc", "scp", "[\"openid\"]")]
    [InlineData("oidc", "typ", "\"Bearer\"")]
    [InlineData("oidc", "typ", "\"Refresh\"")]
    [InlineData("ping", "typ", "\"dpop\"")]
    public async Task Refuses_an_access_token_whose_header_does_not_say_so(string alias, string claim, string json) =>
        await providers.RefusesAsync(providers.IdToken(alias, Claim(claim, json)), AccessToken);

    [Fact, Trait("Spec", "IDP-27")]
    public async Task Refuses_a_logout_token_whose_header_does_not_say_so()
    {
        await providers.RefusesAsync(
            providers.IdToken("oidc", Claim("events", """{"http://schemas.openid.net/event/backchannel-logout":{}}""")), "it is an event, not an ID Token");
        (await providers.EnterAsync(providers.IdToken("oidc", Claim("typ", "\"ID\"")))).IsGranted();     // Keycloak's own word for an ID Token
    }

    [Fact, Trait("Spec", "IDP-28")]
    public async Task Takes_every_pinned_tenant_of_a_template_and_no_two_people_for_one()
    {
        string Of(string tenant) => providers.IdToken("multi", (_, claims) => (claims["iss"], claims["tid"]) = ($"{providers.Host.Url}/{tenant}/v2.0", tenant));

        var first = (await providers.EnterAsync(Of(ProvidersFixture.Tenant))).IsGranted();
        var second = (await providers.EnterAsync(Of(ProvidersFixture.SecondTenant))).IsGranted();
        Assert.NotEqual((string?)first.IdJag["sub"], (string?)second.IdJag["sub"]);
        await providers.RefusesAsync(Of(ProvidersFixture.Stranger), NoUpstream);
    }

    [Fact, Trait("Spec", "IDP-28")]
    public async Task Takes_v1_tokens_where_the_catalogue_asks_for_them_and_knows_the_person_by_oid()
    {
        string V1(string keyId) => providers.IdToken("multi", (_, claims) =>
            (claims["iss"], claims["ver"], claims["sub"]) = ($"https://sts.windows.net/{ProvidersFixture.Tenant}/", "1.0", "another-pairwise-sub"), keyId);

        var v1 = (await providers.EnterAsync(V1("v1-key"))).IsGranted();
        var v2 = (await providers.EnterAsync(providers.IdToken("multi"))).IsGranted();
        Assert.Equal((string?)v2.IdJag["sub"], (string?)v1.IdJag["sub"]);
        await providers.RefusesAsync(V1("v2-key"), "KeyNotFound");
    }

    [Fact, Trait("Spec", "IDP-29"), Trait("Spec", "SEC-11")]
    public async Task Takes_a_key_that_names_an_issuer_for_that_issuer_only()
    {
        (await providers.EnterAsync(providers.IdToken("multi", keyId: "plain-key"))).IsGranted();
        await providers.RefusesAsync(providers.IdToken("multi", keyId: "second-key"), "KeyNotFound");
        (await providers.EnterAsync(providers.IdToken("multi", (_, claims) =>
            (claims["iss"], claims["tid"]) = ($"{providers.Host.Url}/{ProvidersFixture.SecondTenant}/v2.0", ProvidersFixture.SecondTenant), "second-key"))).IsGranted();
        await providers.RefusesAsync(providers.IdToken("oidc", keyId: "foreign-key"), "KeyNotFound");
    }

    [Fact, Trait("Spec", "IDP-28")]
    public async Task Takes_both_spellings_of_googles_issuer_for_one()
    {
        var full = (await providers.EnterAsync(providers.IdToken("google"))).IsGranted();
        var bare = (await providers.EnterAsync(providers.IdToken("google", Claim("iss", $"\"{new Uri(providers.Host.Url).Authority}\"")))).IsGranted();
        Assert.Equal((string?)full.IdJag["sub"], (string?)bare.IdJag["sub"]);
        // Nobody else has two.
        await providers.RefusesAsync(providers.IdToken("oidc", Claim("iss", $"\"{new Uri(providers.Host.Url).Authority}/oidc\"")), NoUpstream);
    }

    [Fact, Trait("Spec", "SEC-36")]
    public async Task Never_takes_a_person_of_google_for_one_without_groups()
    {
        var answer = await providers.AtAsync("members", providers.IdToken("google", Claim("groups", "[\"g-eng\"]")));
        answer.IsRefused("access_denied");
    }

    [Theory, Trait("Spec", "IDP-27"), Trait("Spec", "IDP-33")]
    [InlineData("JWT", true), InlineData("pi+jwt", true), InlineData("id_token", true), InlineData(null, true)]
    [InlineData("at+jwt", false), InlineData("application/logout+jwt", false), InlineData("secevent+jwt", false), InlineData("oauth-id-jag+jwt", false)]
    public async Task Takes_any_typ_of_ping_but_those_of_other_tokens(string? typ, bool accepted)
    {
        var idToken = providers.IdToken("ping", Typ(typ));
        if (accepted) (await providers.EnterAsync(idToken)).IsGranted();
        else await providers.RefusesAsync(idToken, "typ is another kind of token's");
    }

    [Fact, Trait("Spec", "IDP-33")]
    public async Task Refuses_a_five_minute_token_a_minute_after_its_end() => await providers.RefusesAsync(providers.IdToken("ping", (_, claims) =>
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        (claims["iat"], claims["exp"]) = (now - 362, now - 62);
    }), "expired");

    [Theory, Trait("Spec", "JAG-22"), Trait("Spec", "SEC-35")]
    [InlineData("oidc", "\"email\":\"ana@acme.example\",\"email_verified\":true", true)]
    [InlineData("oidc", "\"email\":\"ana@acme.example\",\"email_verified\":false", false)]
    [InlineData("oidc", "\"email\":\"ana@acme.example\",\"email_verified\":\"true\"", false)]
    [InlineData("oidc", "\"email\":\"ana@acme.example\"", false)]
    [InlineData("oidc", "\"preferred_username\":\"ana@acme.example\",\"email_verified\":true", false)]
    [InlineData("single", "\"email\":\"ana@acme.example\"", true)]
    [InlineData("single", "\"email\":\"ana@acme.example\",\"acct\":0", true)]
    [InlineData("single", "\"email\":\"ana@acme.example\",\"idp\":\"https://sts.windows.net/aaaaaaaa-0000-4000-8000-000000000003/\"", true)]
    [InlineData("single", "\"email\":\"ana@acme.example\",\"email_verified\":false", false)]
    [InlineData("single", "\"email\":\"ana@acme.example\",\"email_verified\":\"true\"", false)]
    [InlineData("single", "\"email\":\"ana@other.example\"", false)]
    [InlineData("single", "\"email\":\"ana@evil-acme.example\"", false)]
    [InlineData("single", "\"email\":\"ana@acme.example@other.example\"", false)]
    [InlineData("single", "\"email\":\"ana@acme.example\",\"idp\":\"https://sts.windows.net/aaaaaaaa-0000-4000-8000-000000000009/\"", false)]
    [InlineData("single", "\"email\":\"ana@acme.example\",\"idp\":\"live.com\"", false)]
    [InlineData("single", "\"email\":\"ana@acme.example\",\"acct\":1", false)]
    public async Task Passes_on_an_address_only_if_it_is_verified_or_its_provider_owns_the_domain(string alias, string members, bool given)
    {
        var answer = await providers.AtAsync("mail", providers.IdToken(alias, (_, claims) =>
        {
            foreach (var (name, value) in JsonNode.Parse($"{{{members}}}")!.AsObject()) claims[name] = value?.DeepClone();
        }));
        if (given)
        {
            Assert.Equal("ana@acme.example", (string?)answer.IsGranted().IdJag["sub"]);
            return;
        }
        answer.IsRefused("access_denied");
        Assert.Equal("NO_SUBJECT_FOR_AUDIENCE", (string?)(await providers.Broker.ExplainAsync(answer))["reason"]);
    }

    [Fact]
    public async Task Passes_on_the_one_authentication_context_of_entra()
    {
        var one = (await providers.EnterAsync(providers.IdToken("single", Claim("acrs", "[\"c1\"]")))).IsGranted();
        Assert.Equal("c1", (string?)one.IdJag["acr"]);
        var two = (await providers.EnterAsync(providers.IdToken("single", Claim("acrs", "[\"c1\",\"c2\"]")))).IsGranted();
        Assert.Null(two.IdJag["acr"]);
    }
}
