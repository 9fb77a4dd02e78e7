using System.Text.Json.Nodes;
using IdJagBroker.Shared;

namespace IdJagBroker.Tests.TokenExchange;

/// <summary>What a person is called at an authorization server, for each rule that the catalogue can hold (D3, JAG-05, JAG-06, JAG-22).</summary>
public sealed class SubjectNamingTests(NamingBroker naming) : IClassFixture<NamingBroker>
{
    private BrokerFixture Broker => naming.Broker;

    private Task<TokenAnswer> AskAsync(string audience, string idToken, string scope = "read") =>
        Broker.Token.ExchangeAsync(("audience", audience), ("resource", null), ("scope", scope), ("subject_token", idToken));

    private Task<TokenAnswer> AskAsync(string audience, Action<JsonObject>? change = null, string subject = "00u-ana") =>
        AskAsync(audience, Broker.Idp.IdToken("agent-at-okta", subject, change: (_, claims) => change?.Invoke(claims)));

    private static string? Sub(TokenAnswer answer) => (string?)answer.IsGranted().IdJag["sub"];

    private async Task HasNoNameAsync(string audience, Action<JsonObject>? change)
    {
        var answer = await AskAsync(audience, change);
        answer.IsRefused("access_denied");
        Assert.Equal("NO_SUBJECT_FOR_AUDIENCE", (string?)(await Broker.ExplainAsync(answer))["reason"]);
    }

    [Fact, Trait("Spec", "JAG-06")]
    public async Task Takes_the_claim_that_the_audience_asks_for()
    {
        Assert.Equal("e-4711", Sub(await AskAsync(NamingBroker.ByClaim, claims => claims["employee_number"] = "e-4711")));
        await HasNoNameAsync(NamingBroker.ByClaim, null);
        await HasNoNameAsync(NamingBroker.ByClaim, claims => claims["employee_number"] = 4711);
        await HasNoNameAsync(NamingBroker.ByClaim, claims => claims["employee_number"] = new string('7', 256));
    }

    [Theory, Trait("Spec", "JAG-22"), Trait("Spec", "SEC-35")]
    [InlineData("ana@elsewhere.example", "true")]
    [InlineData("ana@acme.example", "true")]
    [InlineData("ana@acme.example", null)]           // the upstream is registered as the authority for its own domain
    [InlineData("ana@ACME.example", null)]
    public async Task Takes_an_address_that_is_verified_or_of_the_upstreams_own_domain(string email, string? verified) =>
        Assert.Equal(email, Sub(await AskAsync(NamingBroker.ByEmail, claims => SetEmail(claims, email, verified))));

    [Theory, Trait("Spec", "JAG-22"), Trait("Spec", "SEC-35")]
    [InlineData("ana@acme.example", "false")]
    [InlineData("ana@acme.example", "\"false\"")]
    [InlineData("ana@acme.example", "\"true\"")]
    [InlineData("ana@elsewhere.example", "false")]
    [InlineData("ana@elsewhere.example", null)]
    [InlineData("ana@elsewhere.example", "\"true\"")]
    [InlineData("ana@notacme.example", null)]
    [InlineData("ana@sub.acme.example", null)]
    [InlineData("ana@acme.example@elsewhere.example", null)]
    [InlineData(null, "true")]
    public async Task Knows_nobody_by_an_address_that_nobody_vouches_for(string? email, string? verified) =>
        await HasNoNameAsync(NamingBroker.ByEmail, claims => SetEmail(claims, email, verified));

    [Fact, Trait("Spec", "JAG-05"), Trait("Spec", "JAG-06")]
    public async Task Makes_a_pairwise_name_that_differs_by_audience_and_not_by_client()
    {
        var here = Sub(await AskAsync(NamingBroker.Pairwise));
        var there = Sub(await AskAsync(NamingBroker.PairwiseToo));
        var unpaired = Sub(await AskAsync(NamingBroker.ByBroker));
        var bob = Sub(await AskAsync(NamingBroker.Pairwise, subject: "00u-bob"));
        var throughEditor = await Broker.Token.ExchangeByAssertionAsync(Broker.Token.Assertion(), ("audience", NamingBroker.Pairwise), ("resource", null), ("scope", "read"));

        Assert.Equal(here, Sub(throughEditor));
        Assert.Equal(here, Sub(await AskAsync(NamingBroker.Pairwise)));
        Assert.Equal(4, new HashSet<string?> { here, there, unpaired, bob }.Count);
        Assert.All([here, there, bob], name => Assert.Equal(43, name!.Length));
    }

    [Fact, Trait("Spec", "SEC-26")]
    public async Task Leaves_an_upstreams_own_name_out_of_the_log_and_keeps_a_random_one()
    {
        async Task<string?> RecordedAsync(TokenAnswer answer) =>
            (string?)Assert.Single(await Broker.AuditAsync($"jti={answer.IsGranted().IdJag["jti"]}"))!["data"]!["claims"]!["sub"];
        var pairwise = await AskAsync(NamingBroker.Pairwise);

        Assert.Null(await RecordedAsync(await AskAsync(NamingBroker.ByClaim, claims => claims["employee_number"] = "e-4711")));
        Assert.Null(await RecordedAsync(await AskAsync(NamingBroker.ByEmail, claims => SetEmail(claims, "ana@acme.example", "true"))));
        Assert.Equal(Sub(pairwise), await RecordedAsync(pairwise));
    }

    [Fact, Trait("Spec", "JAG-06")]
    public async Task Keys_a_person_by_the_claim_that_the_upstream_is_registered_with()
    {
        Task<TokenAnswer> Ask(string sub, string? uid) => AskAsync(NamingBroker.ByBroker, Broker.Entra.IdToken("agent-at-entra", sub, change: (_, claims) => claims["uid"] = uid));
        var ana = Sub(await Ask("x-1", "u-ana"));

        Assert.Equal(ana, Sub(await Ask("x-2", "u-ana")));
        Assert.NotEqual(ana, Sub(await Ask("x-1", "u-bob")));
        Assert.NotEqual(ana, Sub(await AskAsync(NamingBroker.ByBroker, subject: "u-ana")));      // another upstream's
        var nobody = await Ask("x-1", null);
        nobody.IsRefused("invalid_grant");
        Assert.Equal("uid is missing or malformed", (string?)(await Broker.ExplainAsync(nobody))["data"]!["detail"]);
    }

    [Fact, Trait("Spec", "IDP-28")]
    public async Task Takes_the_tenant_that_an_entra_issuer_names_where_none_is_listed()
    {
        Task<TokenAnswer> Ask(string tenant, string oid = "0A0A0A0A-0000-4000-8000-000000000001") => AskAsync(NamingBroker.ByBroker, Broker.Entra.IdToken("agent-at-entra", change: (_, claims) =>
            (claims["iss"], claims["tid"], claims["oid"]) = (naming.NamedTenantIssuer, tenant, oid)));
        var ana = Sub(await Ask(NamingBroker.NamedTenant));

        Assert.Equal(ana, Sub(await Ask(NamingBroker.NamedTenant.ToUpperInvariant(), "0a0a0a0a-0000-4000-8000-000000000001")));
        (await Ask(TestPolicies.EntraTenant)).IsRefused("invalid_grant");
        (await Ask("v2.0")).IsRefused("invalid_grant");
    }

    [Theory, Trait("Spec", "JAG-12")]
    [InlineData(NamingBroker.LongLived, "read", 240)]       // the broker's own limit, though the audience would take ten minutes
    [InlineData(NamingBroker.ByBroker, "read", 240)]
    [InlineData(NamingBroker.ByBroker, "brief", 30)]        // the rule's
    [InlineData(TestPolicies.WikiIssuer, "pages:read", 60)] // the audience's
    public async Task Lives_as_long_as_the_shortest_of_three_limits(string audience, string scope, int seconds)
    {
        var answer = (await AskAsync(audience, Broker.IdToken(), scope)).IsGranted();

        Assert.Equal(seconds, (long)answer.IdJag["exp"]! - (long)answer.IdJag["iat"]!);
        Assert.InRange((long)answer.Body!["expires_in"]!, seconds - 20, seconds);
    }

    private static void SetEmail(JsonObject claims, string? email, string? verified)
    {
        if (email is not null) claims["email"] = email;
        if (verified is not null) claims["email_verified"] = JsonNode.Parse(verified);
    }
}
