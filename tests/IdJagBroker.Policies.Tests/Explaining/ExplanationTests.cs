using System.Net;
using IdJagBroker.Policies.Decisions;
using IdJagBroker.Policies.Explaining;

namespace IdJagBroker.Tests.Policies.Explaining;

/// <summary>What an administrator is told would make a decision otherwise, for each reason that one can have; and which rules it is told about.</summary>
public sealed class ExplanationTests
{
    private const string Everyone = "effect: allow, why: w, who: {everyone: true}, client: {every: true}";
    private const string ReadsWiki = Everyone + ", grant: {wiki: [doc:read]}";
    private static readonly string Catalog = Acme.Catalog.Replace("groupsClaim: groups}", "groupsClaim: groups, policyClaims: [managed, os]}", StringComparison.Ordinal);

    private static PolicyInput Read => Acme.Ask("claude", "wiki", "doc:read", "eng");

    private static Explanation Explain(PolicyInput input, params string[] rules) => Explain(input, all: false, rules);

    private static Explanation Explain(PolicyInput input, bool all, params string[] rules) =>
        new(Acme.LoadRules(string.Concat(rules.Select(rule => $"  - {{{rule}}}\n")), Catalog).Snapshot!, input, all);

    [Theory, Trait("Spec", "IDP-44")]
    [InlineData("validity: {from: 2026-11-18T09:00:01Z, ticket: CHG-1}", "GRANT_NOT_YET", "wait until 2026-11-18T09:00:01Z")]
    [InlineData("validity: {until: 2026-11-18T09:00:00Z}", "GRANT_EXPIRED", "extend validity.until of r (10-rules.yaml:5)")]
    [InlineData("during: {days: [mon, tue], from: \"08:00\", to: \"18:00\", tz: Europe/Berlin}", "OUTSIDE_HOURS", "ask at mon tue 08:00-18:00 Europe/Berlin")]
    [InlineData("require: {network: {cidrAnyOf: [\"10.0.0.0/8\", \"192.0.2.0/24\"]}}", "NETWORK_NOT_ALLOWED", "ask from 10.0.0.0/8 or 192.0.2.0/24")]
    [InlineData("require: {network: {cidrNoneOf: [\"10.0.0.0/8\"]}}", "NETWORK_NOT_ALLOWED", "ask from another network")]
    [InlineData("require: {device: {managed: {anyOf: [\"true\"]}}}", "DEVICE_NOT_ALLOWED", "use a device with managed any of true")]
    [InlineData("require: {clientAuth: client_secret}", "CLIENT_AUTH_TOO_WEAK", "let the client authenticate with client_secret")]
    [InlineData("require: {dpop: true}", "DPOP_REQUIRED", "let the client send a DPoP proof")]
    [InlineData("require: {resource: true}", "RESOURCE_REQUIRED", "let the request name its resource")]
    [InlineData("require: {auth: {acrAnyOf: [phr, c1]}}", "AUTH_TOO_WEAK", "sign in with acr phr or c1")]
    [InlineData("require: {auth: {amrAnyOf: [mfa, hwk]}}", "AUTH_TOO_WEAK", "sign in with mfa or hwk")]
    [InlineData("require: {auth: {amrAllOf: [mfa, hwk]}}", "AUTH_TOO_WEAK", "sign in with mfa and hwk")]
    [InlineData("require: {auth: {amrAnyOf: [mfa, hwk], amrAllOf: [pwd, pin]}}", "AUTH_TOO_WEAK", "sign in with mfa or hwk and pwd and pin")]
    [InlineData("require: {auth: {maxAge: 90m}}", "AUTH_TOO_OLD", "sign in again (90m ago at most)")]
    [InlineData("require: {auth: {acrAnyOf: [phr], maxAge: 1h}, dpop: true}", "DPOP_REQUIRED", "let the client send a DPoP proof; sign in with acr phr; sign in again (1h ago at most)")]
    public void Says_for_each_condition_what_would_meet_it(string further, string reason, string fix)
    {
        var explanation = Explain(Read, $"id: r, {ReadsWiki}, {further}");

        Assert.Equal((reason, fix), (explanation.Decision.Reason.Code(), explanation.Fix));
        Assert.Equal("r", Assert.Single(explanation.Rules).Id);
    }

    [Fact]
    public void Has_nothing_to_mend_in_what_was_granted()
    {
        var explanation = Explain(Read, $"id: r, {ReadsWiki}");

        Assert.Equal(("ALLOWED", null, null), (explanation.Decision.Reason.Code(), explanation.Fix, explanation.Challenge));
        Assert.Equal((explanation.Input.Scope, "sha256:"), (Read.Scope, explanation.Revision[..7]));
    }

    [Fact]
    public void Says_which_rules_deny_and_where_each_stands()
    {
        const string deny = "effect: deny, why: w, who: {everyone: true}, target: {resources: [wiki]}";
        Assert.Equal("change or lift a (10-rules.yaml:6), b (10-rules.yaml:7)", Explain(Read, $"id: r, {ReadsWiki}", $"id: a, {deny}", $"id: b, {deny}").Fix);
    }

    [Fact]
    public void Says_what_is_wrong_with_what_was_asked()
    {
        Assert.Equal("enable the client, or add it to the catalogue", Explain(Read with { ClientAlias = "nobody" }, $"id: r, {ReadsWiki}").Fix);
        Assert.Equal("ask for resources of one authorization server that the catalogue has", Explain(Read with { ResourceAliases = ["wiki", "mail"] }, $"id: r, {ReadsWiki}").Fix);
        var exact = Catalog.Replace("tags: [work]", "tags: [work], scopeMode: exact", StringComparison.Ordinal);
        Assert.Equal("ask for fewer scopes: the resource takes all or nothing",
            new Explanation(Acme.Snapshot($"  - {{id: r, {ReadsWiki}}}\n", exact), Acme.Ask("claude", "wiki", "doc:read doc:write")).Fix);
    }

    [Fact]
    public void Names_the_rule_of_which_fewest_conditions_do_not_hold_and_of_several_the_first_by_its_id()
    {
        const string two = "effect: allow, why: w, who: {groups: {anyOf: [fin]}}, client: {ids: [vscode]}, grant: {wiki: [doc:read]}";
        const string one = "effect: allow, why: w, who: {groups: {anyOf: [fin, ctr]}}, client: {ids: [claude]}, grant: {wiki: [doc:read]}";

        Assert.Equal("y (10-rules.yaml:6): who.groups needs any of ctr fin, and there is eng", Explain(Read, $"id: a, {two}", $"id: y, {one}", $"id: z, {one}").Fix);
        Assert.Equal("y (10-rules.yaml:6): who.groups needs any of ctr fin, and there is eng", Explain(Read, $"id: z, {one}", $"id: y, {one}").Fix);
        Assert.Equal("a (10-rules.yaml:5): who.groups needs any of fin, and there is eng; client.ids needs any of vscode, and there is claude", Explain(Read, $"id: a, {two}").Fix);
        Assert.Equal("y (10-rules.yaml:5): who.groups needs any of ctr fin, and there is none", Explain(Acme.Ask("claude", "wiki", "doc:read"), $"id: y, {one}").Fix);
    }

    [Theory]
    [InlineData("effect: allow, mode: shadow, why: w, who: {groups: {anyOf: [fin]}}, client: {every: true}, grant: {wiki: [doc:read]}")]
    [InlineData("effect: deny, why: w, who: {groups: {anyOf: [fin]}}, target: {resources: [wiki]}")]
    [InlineData("effect: allow, why: w, who: {groups: {anyOf: [fin]}}, client: {every: true}, grant: {wiki: [doc:write], code: [repo:read]}")]
    public void Names_no_rule_that_is_on_trial_or_denies_or_grants_something_else(string rule) =>
        Assert.Equal("no rule grants doc:read at wiki", Explain(Read, "id: r, " + rule).Fix);

    [Fact]
    public void Says_where_no_rule_grants_what()
    {
        Assert.Equal("no rule grants doc:read repo:read at wiki, code", Explain(Acme.Ask("claude", "wiki code", "doc:read repo:read"), $"id: r, {Everyone}, grant: {{mail: [mail:read]}}").Fix);
    }

    [Fact]
    public void Is_about_every_rule_that_had_to_do_with_it_or_about_all()
    {
        string[] rules =
        [
            $"id: gives, {ReadsWiki}",
            "id: of-others, effect: allow, why: w, who: {groups: {anyOf: [fin]}}, client: {every: true}, grant: {wiki: [doc:read]}",
            $"id: elsewhere, {Everyone}, grant: {{code: [repo:read]}}",
            "id: denies, effect: deny, why: w, who: {everyone: true}, scopes: [\"*:read\"]",
            "id: denies-others, effect: deny, why: w, who: {groups: {anyOf: [fin]}}, scopes: [\"*:read\"]",
        ];
        Assert.Equal(["denies", "gives", "of-others"], Explain(Read, rules).Rules.Select(rule => rule.Id));
        Assert.Equal(["denies", "denies-others", "elsewhere", "gives", "of-others"], Explain(Read, all: true, rules).Rules.Select(rule => rule.Id));
    }

    [Fact, Trait("Spec", "IDP-51")]
    public void Has_the_challenge_that_the_client_is_told_only_where_another_sign_in_would_do()
    {
        var asked = Explain(Read with { Amr = ["pwd"] }, $"id: r, {ReadsWiki}, require: {{auth: {{acrAnyOf: [phr], amrAnyOf: [mfa, hwk], amrAllOf: [pwd, pin], maxAge: 1h}}}}").Challenge!;
        Assert.Equal("phr|mfa hwk pin|3600", $"{string.Join(' ', asked.Acr)}|{string.Join(' ', asked.Amr)}|{asked.MaxAge}");
        var part = Explain(Read with { Acr = ["phr"], Amr = ["mfa"] }, $"id: r, {ReadsWiki}, require: {{auth: {{acrAnyOf: [phr], amrAnyOf: [mfa, hwk], amrAllOf: [pwd, pin]}}}}").Challenge!;
        Assert.Equal("|pwd pin|", $"{string.Join(' ', part.Acr)}|{string.Join(' ', part.Amr)}|{part.MaxAge}");
        var age = Explain(Read with { Network = IPNetwork.Parse("10.0.0.0/8") }, $"id: r, {ReadsWiki}, require: {{auth: {{maxAge: 1h}}}}").Challenge!;
        Assert.Equal("||3600", $"{string.Join(' ', age.Acr)}|{string.Join(' ', age.Amr)}|{age.MaxAge}");
        Assert.Null(Explain(Read, $"id: r, {ReadsWiki}, require: {{auth: {{maxAge: 1h}}, dpop: true}}").Challenge);
    }
}
