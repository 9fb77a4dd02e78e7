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
        (await AsAsync(["00g-eng"], ("scope", null))).IsRefused("invalid_scope");
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

    [Fact, Trait("Spec", "SEC-35")]
    public async Task Gives_nothing_for_a_changed_mail_address_or_group_name()
    {
        var token = broker.Idp.IdToken("agent-at-okta", groups: ["engineering"], change: (_, claims) =>
            (claims["email"], claims["preferred_username"]) = ("ana@acme.example", "engineering"));

        (await broker.Token.ExchangeAsync(("subject_token", token))).IsRefused("access_denied");
    }
}
