using IdJagBroker.Shared;

namespace IdJagBroker.Tests.TokenExchange;

/// <summary>The administrator's word at the token endpoint (requirements §2.4).</summary>
public sealed class PolicyGateTests(BrokerFixture broker) : IClassFixture<BrokerFixture>
{
    private Task<TokenAnswer> AsAsync(string[] groups, params (string, string?)[] changes) =>
        broker.Token.ExchangeAsync([("subject_token", broker.Idp.IdToken("agent-at-okta", groups: groups)), .. changes]);

    [Fact, Trait("Spec", "IDP-44"), Trait("Spec", "IDP-45")]
    public async Task Denies_by_default_without_saying_why()
    {
        var answer = await AsAsync([]);

        answer.IsRefused("access_denied");
        var recorded = await broker.ExplainAsync(answer);
        Assert.Equal(("idjag.denied", "denied", "NO_RULE_MATCHED"), ((string?)recorded["type"], (string?)recorded["outcome"], (string?)recorded["reason"]));
        Assert.Equal((TestPolicies.TrackrIssuer, TestPolicies.Trackr), ((string?)recorded["authserver"], (string?)recorded["resource"]![0]));
    }

    [Fact, Trait("Spec", "IDP-44"), Trait("Spec", "IDP-45"), Trait("Spec", "SEC-27")]
    public async Task Denies_by_a_rule_whose_name_only_the_log_hears()
    {
        var answer = await AsAsync(["00g-eng", "00g-ctr"], ("resource", TestPolicies.TrackrAdmin), ("scope", "tickets:read"));

        answer.IsRefused("access_denied");
        Assert.DoesNotContain("contractors", answer.Text, StringComparison.OrdinalIgnoreCase);
        var recorded = await broker.ExplainAsync(answer);
        Assert.Equal("DENIED_BY_RULE", (string?)recorded["reason"]);
        Assert.Equal("no-contractors-on-sensitive", (string?)recorded["data"]!["rules"]![0]);
    }

    [Fact, Trait("Spec", "IDP-46"), Trait("Spec", "IDP-47"), Trait("Spec", "IDP-57")]
    public async Task Grants_a_part_of_what_was_asked_and_says_so()
    {
        var answer = (await AsAsync(["00g-eng"], ("scope", "tickets:admin tickets:read users:admin"))).IsGranted();

        Assert.Equal("tickets:read", (string?)answer.Body!["scope"]);
        Assert.Equal("tickets:read", (string?)answer.IdJag["scope"]);
    }

    [Fact, Trait("Spec", "IDP-48")]
    public async Task Refuses_when_no_scope_is_left() => (await AsAsync(["00g-eng"], ("scope", "tickets:admin"))).IsRefused("invalid_scope");

    [Fact, Trait("Spec", "IDP-49")]
    public async Task Fills_in_the_default_scopes_of_a_resource_that_has_some()
    {
        var missing = await AsAsync(["00g-eng"], ("scope", null));
        missing.IsRefused("invalid_scope");
        Assert.Equal("SCOPE_REQUIRED", (string?)(await broker.ExplainAsync(missing))["reason"]);
        var answer = (await AsAsync(["00g-eng"], ("scope", null), ("audience", TestPolicies.WikiIssuer), ("resource", TestPolicies.Wiki))).IsGranted();

        Assert.Equal("pages:read", (string?)answer.IdJag["scope"]);
    }

    [Fact, Trait("Spec", "IDP-46"), Trait("Spec", "IDP-59")]
    public async Task Drops_a_governed_resource_where_nothing_is_granted()
    {
        var form = broker.Token.Form();
        form.Add(new("resource", TestPolicies.TrackrAdmin));

        var answer = (await broker.Token.SendAsync(form)).IsGranted();
        Assert.Equal(TestPolicies.Trackr, (string?)answer.IdJag["resource"]);
        Assert.Equal(TestPolicies.Trackr, (string?)answer.Body!["resource"]);
    }

    [Fact, Trait("Spec", "SEC-34")]
    public async Task Compares_groups_and_scopes_ordinally()
    {
        (await AsAsync(["00G-ENG"])).IsRefused("access_denied");
        (await AsAsync(["00g-eng"], ("scope", "tıckets:read"))).IsRefused("invalid_scope");
        (await AsAsync(["00g-eng"], ("scope", "TICKETS:READ"))).IsRefused("invalid_scope");
    }

    [Fact, Trait("Spec", "SEC-36")]
    public async Task Never_reads_cut_off_groups_as_no_groups()
    {
        // Okta sends a hundred and says nothing of the rest: the deny rule over groups holds, the allow rule does not.
        var hundred = Enumerable.Range(0, 99).Select(i => $"00g-{i}").Append("00g-eng").ToArray();
        (await AsAsync(hundred)).IsRefused("access_denied");

        var overage = broker.Entra.IdToken("agent-at-entra", groups: [], change: (_, claims) =>
        {
            (claims["tid"], claims["oid"]) = (TestPolicies.EntraTenant, "0a0a0a0a-0000-4000-8000-0000000000ab");
            claims.Remove("groups");
            claims["_claim_names"] = new System.Text.Json.Nodes.JsonObject { ["groups"] = "src1" };
        });
        (await broker.Token.ExchangeAsync(("subject_token", overage))).IsRefused("access_denied");
    }

    [Theory, Trait("Spec", "SEC-36")]
    [InlineData("""{"groups":["44444444-4444-4444-8444-444444444444"]}""", true)]
    [InlineData("""{"groups":["22222222-2222-4222-8222-222222222222"]}""", false)]
    [InlineData("""{"groups":[],"hasgroups":true}""", false)]
    [InlineData("""{"_claim_names":{"groups":"src1"}}""", false)]
    [InlineData("""{"_claim_names":{"roles":"src1"},"groups":[]}""", true)]
    [InlineData("""{"groups":7}""", false)]
    [InlineData("""{"groups":["x",7]}""", false)]
    public async Task Lets_nobody_past_a_deny_rule_whose_groups_are_not_all_known(string claimsJson, bool granted)
    {
        var token = broker.Entra.IdToken("agent-at-entra", change: (_, claims) =>
        {
            (claims["tid"], claims["oid"]) = (TestPolicies.EntraTenant, "0a0a0a0a-0000-4000-8000-0000000000ac");
            claims.Remove("groups");
            foreach (var (name, value) in System.Text.Json.Nodes.JsonNode.Parse(claimsJson)!.AsObject()) claims[name] = value?.DeepClone();
        });
        var answer = await broker.Token.ExchangeAsync(("subject_token", token), ("resource", TestPolicies.TrackrAdmin), ("scope", "users:admin"));

        if (granted) answer.IsGranted();
        else answer.IsRefused("access_denied");
    }

    [Theory, Trait("Spec", "SEC-36")]
    [InlineData(99, true)]
    [InlineData(100, false)]
    public async Task Takes_a_hundred_groups_of_okta_for_a_list_that_was_cut(int groups, bool granted)
    {
        var answer = await AsAsync([.. Enumerable.Range(0, groups).Select(i => $"00g-{i}")], ("resource", TestPolicies.TrackrAdmin), ("scope", "users:admin"));

        if (granted) answer.IsGranted();
        else answer.IsRefused("access_denied");
    }

    [Fact, Trait("Spec", "SEC-35")]
    public async Task Gives_nothing_for_a_changed_mail_address_or_group_name()
    {
        var token = broker.Idp.IdToken("agent-at-okta", groups: ["engineering"], change: (_, claims) =>
            (claims["email"], claims["preferred_username"]) = ("ana@acme.example", "engineering"));

        (await broker.Token.ExchangeAsync(("subject_token", token))).IsRefused("access_denied");
    }
}
