using System.Globalization;
using IdJagBroker.Demo.EnterpriseIdp;
using IdJagBroker.Demo.EnterpriseIdp.Shapes;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.EndToEndTests.EnterpriseIdp;

public sealed class IdTokenShapeTests
{
    private const string Tenant = "6f1c2a34-0b5d-4e7f-8a9b-0c1d2e3f4a5b";
    private readonly ManualClock _clock = new();

    [Fact]
    public async Task Plain_tokens_say_who_when_how_and_in_which_groups()
    {
        await using var idp = await RunningIdp.StartAsync(clock: _clock);
        var flow = idp.Flow();
        var (header, claims) = await idp.IdTokenAsync("bob", flow: flow);

        Assert.Equal(["alg", "kid", "typ"], header.Select(h => h.Key));
        Assert.Equal("JWT", (string?)header["typ"]);
        var now = _clock.GetUtcNow().ToUnixTimeSeconds();
        Assert.Equal($$"""
            {"iss":"{{idp.Provider.Issuer}}","sub":"00u-bob","aud":"notes-desktop","iat":{{now}},"exp":{{now + 3600}},"nonce":"{{flow.Nonce}}","sid":"{{(string?)claims["sid"]}}","auth_time":{{now}},"acr":"phr","amr":["hwk","mfa"],"name":"Bob Berg","email":"bob@acme.example","email_verified":true,"groups":["00g-eng","00g-ctr"]}
            """, claims.ToJsonString());
    }

    [Fact]
    public async Task Every_person_of_acme_can_sign_in_with_the_groups_that_its_policies_name()
    {
        await using var idp = await RunningIdp.StartAsync();
        var groups = new Dictionary<string, string>
        {
            ["ana"] = "00g-eng", ["bob"] = "00g-eng 00g-ctr", ["sam"] = "00g-sre 00g-eng", ["fin"] = "00g-fin", ["dana"] = "00g-fin", ["sue"] = "00g-sup",
        };
        foreach (var (userName, expected) in groups)
        {
            var (_, claims) = await idp.IdTokenAsync(userName);
            Assert.Equal($"00u-{userName}", (string?)claims["sub"]);
            Assert.Equal(expected, string.Join(' ', claims["groups"]!.AsArray().Select(g => (string?)g)));
        }
    }

    [Theory]
    [InlineData(null, null, 90)]
    [InlineData("max_age", "5400", 90)]
    [InlineData("max_age", "5399", 0)]
    [InlineData("max_age", "0", 0)]
    [InlineData("prompt", "login", 0)]
    public async Task A_sign_in_is_as_old_as_the_session_unless_the_client_wants_a_fresh_one(string? parameter, string? value, int minutes)
    {
        await using var idp = await RunningIdp.StartAsync(clock: _clock);
        var flow = idp.Flow();
        var address = await flow.AddressAsync(default, (parameter ?? "display", value ?? "page"));
        var answer = await idp.Browser.SignInAsync(address, RunningIdp.Callback, "fin", RunningIdp.Password, default);
        var idToken = (await flow.RedeemAsync(answer.Code!, default)).IdToken!;

        Assert.True(CompactJws.TryParse(idToken, 8192, out var jws, out _));
        Assert.Equal(ClaimState.Present, jws.Claims.GetDate("auth_time"u8, out var authenticatedAt));
        Assert.Equal(TimeSpan.FromMinutes(minutes), _clock.GetUtcNow() - authenticatedAt);
    }

    [Fact]
    public async Task Entra_tokens_carry_the_tenant_and_a_stable_object_id_beside_a_pairwise_sub()
    {
        await using var idp = await RunningIdp.StartAsync(new EntraShape(Tenant), algorithm: JwsAlgorithm.RS256);
        var (header, mine) = await idp.IdTokenAsync();
        var (_, others) = await idp.IdTokenAsync(client: RunningIdp.Other);

        Assert.EndsWith($"/{Tenant}/v2.0", (string?)mine["iss"], StringComparison.Ordinal);
        Assert.Equal(Tenant, (string?)mine["tid"]);
        Assert.Equal("2.0", (string?)mine["ver"]);
        Assert.Equal("ana@acme.example", (string?)mine["preferred_username"]);
        Assert.True(Guid.TryParse((string?)mine["oid"], CultureInfo.InvariantCulture, out _));
        Assert.Equal((string?)mine["oid"], (string?)others["oid"]);
        Assert.NotEqual((string?)mine["sub"], (string?)others["sub"]);
        Assert.False(mine.ContainsKey("email_verified"));
        Assert.Equal([EntraShape.ObjectId("00g-eng")], mine["groups"]!.AsArray().Select(g => (string)g!));
        Assert.Equal("RS256", (string?)header["alg"]);
        Assert.True(header.ContainsKey("x5t"));
    }

    [Theory]
    [InlineData(200, true)]
    [InlineData(201, false)]
    public async Task Entra_leaves_more_than_two_hundred_groups_out_and_says_where_to_ask(int count, bool listed)
    {
        await using var idp = await RunningIdp.StartAsync(new EntraShape(Tenant), people: [PersonWith(count)]);
        var (_, claims) = await idp.IdTokenAsync();

        Assert.Equal(listed, claims.ContainsKey("groups"));
        Assert.Equal(listed, !claims.ContainsKey("_claim_names"));
        if (listed) return;
        Assert.Equal("src1", (string?)claims["_claim_names"]!["groups"]);
        Assert.Contains("/getMemberObjects", (string?)claims["_claim_sources"]!["src1"]!["endpoint"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Entra_publishes_keys_without_alg_but_with_their_issuer_and_a_template_for_common()
    {
        await using var idp = await RunningIdp.StartAsync(new EntraShape(Tenant), algorithm: JwsAlgorithm.RS256);
        var document = await idp.JsonAsync(idp.Provider.Issuer + "/.well-known/openid-configuration");
        var keys = await idp.JsonAsync((string)document["jwks_uri"]!);
        var key = Assert.Single(keys["keys"]!.AsArray())!.AsObject();
        var common = await idp.JsonAsync(idp.Provider.Issuer.Replace(Tenant, "common", StringComparison.Ordinal) + "/.well-known/openid-configuration");

        Assert.Equal(idp.Provider.Issuer, (string?)document["issuer"]);
        Assert.Equal("pairwise", (string?)document["subject_types_supported"]![0]);
        Assert.False(key.ContainsKey("alg"));
        Assert.Equal(idp.Provider.Issuer, (string?)key["issuer"]);
        Assert.EndsWith("/{tenantid}/v2.0", (string?)common["issuer"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Okta_tokens_have_no_typ_a_numeric_version_and_an_id_of_their_own_form()
    {
        await using var idp = await RunningIdp.StartAsync(new OktaShape(), algorithm: JwsAlgorithm.RS256);
        var (header, claims) = await idp.IdTokenAsync();

        Assert.Equal(["alg", "kid"], header.Select(h => h.Key));
        Assert.Equal("00u-ana", (string?)claims["sub"]);
        Assert.Equal(1, (int)claims["ver"]!);
        Assert.StartsWith("ID.", (string?)claims["jti"], StringComparison.Ordinal);
        Assert.Equal("00o-acme", (string?)claims["idp"]);
        Assert.Equal("""["hwk","mfa"]""", claims["amr"]!.ToJsonString());
        Assert.True(claims.ContainsKey("auth_time"));
        Assert.Equal("""["00g-eng"]""", claims["groups"]!.ToJsonString());
    }

    [Fact]
    public async Task Okta_cuts_groups_silently_at_a_hundred()
    {
        await using var idp = await RunningIdp.StartAsync(new OktaShape(), people: [PersonWith(101)]);
        var (_, claims) = await idp.IdTokenAsync();

        Assert.Equal(100, claims["groups"]!.AsArray().Count);
        Assert.False(claims.ContainsKey("_claim_names"));
    }

    [Fact]
    public async Task Google_tokens_name_the_domain_and_the_authorized_party_and_neither_groups_nor_strength()
    {
        await using var idp = await RunningIdp.StartAsync(new GoogleShape { AuthorizedParty = "phone-app" });
        var (_, claims) = await idp.IdTokenAsync();

        Assert.Equal("acme.example", (string?)claims["hd"]);
        Assert.Equal("phone-app", (string?)claims["azp"]);
        Assert.Equal("notes-desktop", (string?)claims["aud"]);
        Assert.True((bool)claims["email_verified"]!);
        Assert.Matches("^[0-9]{21}$", (string)claims["sub"]!);
        Assert.DoesNotContain(claims, claim => claim.Key is "groups" or "acr" or "amr" or "auth_time");
    }

    [Fact]
    public async Task Google_accounts_of_consumers_have_no_domain_and_the_legacy_issuer_no_scheme()
    {
        await using var idp = await RunningIdp.StartAsync(new GoogleShape { HostedDomain = null, BareIssuer = true });
        var (_, claims) = await idp.IdTokenAsync();

        Assert.False(claims.ContainsKey("hd"));
        Assert.Equal("notes-desktop", (string?)claims["azp"]);
        Assert.Equal(idp.Provider.Issuer, "http://" + (string?)claims["iss"]);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("pf+jwt")]
    public async Task Ping_tokens_live_five_minutes_and_have_the_typ_that_somebody_configured(string? type)
    {
        await using var idp = await RunningIdp.StartAsync(new PingShape(type));
        var (header, claims) = await idp.IdTokenAsync();

        Assert.Equal(type is not null, header.ContainsKey("typ"));
        Assert.Equal(type, (string?)header["typ"]);
        Assert.Equal(300, (long)claims["exp"]! - (long)claims["iat"]!);
        Assert.True(claims.ContainsKey("pi.sri"));
    }

    [Fact]
    public async Task One_application_can_have_a_shape_of_its_own()
    {
        var entra = new IdpClient("entra-app", "its secret", RunningIdp.Callback.OriginalString) { Shape = new EntraShape(Tenant) };
        await using var idp = await RunningIdp.StartAsync(clients: entra);
        var (_, plain) = await idp.IdTokenAsync();
        var (_, shaped) = await idp.IdTokenAsync(client: entra);

        Assert.Equal(idp.Provider.Issuer, (string?)plain["iss"]);
        Assert.Equal($"{idp.Provider.Issuer}/{Tenant}/v2.0", (string?)shaped["iss"]);
        Assert.False(plain.ContainsKey("tid"));
    }

    private static Person PersonWith(int groups) => AcmePeople.With(RunningIdp.Password)[0] with
    {
        Groups = [.. Enumerable.Range(0, groups).Select(n => new Group($"00g-{n}", $"Group {n}"))],
    };
}
