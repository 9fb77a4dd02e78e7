using System.Net;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Decisions;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Tests.Policies.Decisions;

/// <summary>What a decision says besides yes and no: by whom it was given, what goes along, what the rules on trial would have made of it.</summary>
public sealed class DecisionDetailsTests
{
    private const string Everyone = "who: {everyone: true}, client: {every: true}";
    private const string Emergency = "emergency: true, validity: {from: 2026-11-18T08:00:00Z, until: 2026-11-18T10:00:00Z, ticket: INC-1}";

    private static PolicySnapshot Load(string catalog, params string[] rules)
    {
        var load = Acme.LoadRules(string.Concat(rules.Select(rule => $"  - {{{rule}, why: w}}\n")), catalog);
        return load.Snapshot ?? throw new InvalidOperationException(PolicyDiagnosticText.Render(load.Diagnostics));
    }

    private static PolicyDecision Decide(PolicyInput input, params string[] rules) => PolicyEngine.Decide(Load(Acme.Catalog, rules), input);

    private static PolicyInput Read => Acme.Ask("claude", "wiki", "doc:read", "eng");

    [Fact]
    public void Names_claims_addresses_and_rules_of_need_once_each_and_in_order()
    {
        var decision = Decide(
            Acme.Ask("claude", "wiki", "doc:read doc:write"),
            $"id: a, effect: allow, {Everyone}, grant: {{wiki: [doc:read]}}, claims: [name, email], notify: [soc, owner], {Emergency}",
            $"id: b, effect: allow, {Everyone}, grant: {{wiki: [doc:write]}}, claims: [email], notify: [desk], {Emergency}",
            $"id: c, effect: allow, {Everyone}, grant: {{wiki: [admin]}}, claims: [groups], notify: [nobody], {Emergency}",
            $"id: d, effect: allow, {Everyone}, grant: {{wiki: [doc:read]}}");
        Assert.Equal("a b d|a b|email name|desk owner soc", $"{string.Join(' ', decision.RuleIds)}|{string.Join(' ', decision.EmergencyRules)}|{string.Join(' ', decision.Claims)}|{string.Join(' ', decision.Notify)}");
        var plain = Decide(Read, $"id: d, effect: allow, {Everyone}, grant: {{wiki: [doc:read]}}");
        Assert.True(plain.EmergencyRules.IsEmpty && plain.Claims.IsEmpty && plain.Notify.IsEmpty);
    }

    [Fact]
    public void Is_recorded_in_full_where_a_rule_that_mattered_says_so()
    {
        string[] rules =
        [
            $"id: a, effect: allow, {Everyone}, grant: {{wiki: [doc:read]}}, recordLevel: full",
            $"id: b, effect: allow, {Everyone}, grant: {{wiki: [doc:write]}}",
            $"id: c, effect: allow, {Everyone}, grant: {{code: [repo:read]}}, require: {{dpop: true}}, recordLevel: full",
        ];
        Assert.True(Decide(Read, rules).IsFullyRecorded);
        Assert.True(Decide(Acme.Ask("claude", "wiki", "doc:read doc:write"), rules).IsFullyRecorded);
        Assert.False(Decide(Acme.Ask("claude", "wiki", "doc:write"), rules).IsFullyRecorded);
        Assert.True(Decide(Acme.Ask("claude", "code", "repo:read"), rules).IsFullyRecorded);        // it came nearest
        Assert.False(Decide(Read, rules[1]).IsFullyRecorded);
    }

    [Fact]
    public void Keeps_its_trace()
    {
        var decision = Decide(Read, $"id: a, effect: allow, {Everyone}, grant: {{wiki: [doc:read]}}");
        Assert.Same(decision.Evaluated, decision.Evaluated);
    }

    [Theory]
    [InlineData("deny, target: {resources: [wiki]}", "DENIED_BY_RULE [] by [t]")]
    [InlineData("deny, target: {resources: [code]}", null)]
    [InlineData("deny, who: {groups: {anyOf: [ctr]}}, target: {resources: [wiki]}", null)]
    [InlineData("deny, client: {ids: [vscode]}, target: {resources: [wiki]}", null)]
    [InlineData("deny, who: {everyone: true}, scopes: [\"*:write\"]", "ALLOWED [doc:read] by [a]")]
    [InlineData("deny, who: {everyone: true}, scopes: [\"admin\"]", null)]
    [InlineData("allow, who: {groups: {anyOf: [eng]}}, client: {every: true}, grant: {wiki: [admin]}", "ALLOWED [doc:read doc:write admin] by [a t]")]
    [InlineData("allow, who: {groups: {anyOf: [eng]}}, client: {every: true}, grant: {wiki: [doc:read]}", "ALLOWED [doc:read doc:write] by [a t]")]
    [InlineData("allow, who: {groups: {anyOf: [ctr]}}, client: {every: true}, grant: {wiki: [admin]}", null)]
    [InlineData("allow, who: {groups: {anyOf: [eng]}}, client: {every: true}, grant: {wiki: [admin]}, require: {dpop: true}", null)]
    [InlineData("allow, who: {groups: {anyOf: [eng]}}, client: {every: true}, grant: {code: [admin]}", null)]
    public void Says_what_a_rule_on_trial_would_have_made_of_it(string trial, string? expected)
    {
        var decision = Decide(Acme.Ask("claude", "wiki", "doc:read doc:write admin", "eng"), $"id: a, effect: allow, {Everyone}, grant: {{wiki: [doc:read, doc:write]}}", $"id: t, mode: shadow, effect: {trial}");
        Assert.Equal("ALLOWED [doc:read doc:write] by [a]", $"{decision.Reason.Code()} [{decision.GrantedScope}] by [{string.Join(' ', decision.RuleIds)}]");
        Assert.Equal(expected, decision.Shadow is { } shadow ? $"{shadow.Reason.Code()} [{shadow.Scope}] by [{string.Join(' ', shadow.RuleIds)}]" : null);
        Assert.True(decision.Shadow is null || decision.Shadow.Allowed == (decision.Shadow.Reason is PolicyReason.Allowed));
    }

    [Theory, Trait("Spec", "IDP-46")]
    [InlineData("doc:read", "ALLOWED [doc:read] at [wiki] by [a] 5m other:False")]
    [InlineData("doc:read doc:write", "SCOPE_NOT_ALLOWED [] at [] by [] 0h other:True")]
    public void Gives_all_or_nothing_where_the_resource_wants_it_so(string scope, string expected) => Assert.Equal(expected, Acme.Show(PolicyEngine.Decide(
        Load(Acme.Catalog.Replace("tags: [work]", "tags: [work], scopeMode: exact", StringComparison.Ordinal), $"id: a, effect: allow, {Everyone}, grant: {{wiki: [doc:read]}}"),
        Acme.Ask("claude", "wiki", scope))));

    [Fact, Trait("Spec", "IDP-46")]
    public void Narrows_where_no_resource_wants_all_or_nothing() => Assert.Equal(
        "ALLOWED [doc:read] at [wiki] by [a] 5m other:False",
        Acme.Show(Decide(Acme.Ask("claude", "wiki", "doc:read doc:write"), $"id: a, effect: allow, {Everyone}, grant: {{wiki: [doc:read]}}")));

    [Fact]
    public void Decides_about_as_many_resources_as_there_may_be_and_about_no_more()
    {
        var rule = $"id: a, effect: allow, {Everyone}, grant: {{wiki: [doc:read]}}";
        Assert.Equal(PolicyReason.Allowed, Decide(Read with { ResourceAliases = [.. Enumerable.Repeat("wiki", PolicyInput.MaxResources)] }, rule).Reason);
        Assert.Equal(PolicyReason.ReqResourceNotOfAs, Decide(Read with { ResourceAliases = [.. Enumerable.Repeat("wiki", PolicyInput.MaxResources + 1)] }, rule).Reason);
    }

    [Fact]
    public void Grants_and_takes_away_the_sixty_fourth_scope_too()
    {
        var many = string.Join(' ', Enumerable.Range(1, 63).Select(i => $"s{i}"));
        var last = Decide(Acme.Ask("claude", "wiki", many + " doc:read"), $"id: a, effect: allow, {Everyone}, grant: {{wiki: [doc:read]}}");
        Assert.Equal("doc:read", last.GrantedScope.ToString());
        var stripped = Decide(Acme.Ask("claude", "wiki", many + " doc:read"), $"id: a, effect: allow, {Everyone}, grant: {{wiki: [doc:read]}}", "id: b, effect: deny, who: {everyone: true}, scopes: [\"doc:*\"]");
        Assert.False(stripped.Allowed);
    }

    [Fact]
    public void Denies_the_second_of_two_resources_alone()
    {
        var input = Acme.Ask("claude", "wiki code", "admin");
        string[] rules = [$"id: a, effect: allow, {Everyone}, grant: {{wiki: [admin], code: [admin]}}", "id: b, effect: deny, target: {resources: [code]}"];
        Assert.Equal(["wiki"], Decide(input, rules).GrantedResources);
        // Nothing is left of what was asked; of the one that is not refused, other scopes would be granted.
        var nothing = Decide(Acme.Ask("claude", "wiki code", "doc:write"), [.. rules, "id: c, effect: deny, who: {everyone: true}, scopes: [\"doc:*\"]"]);
        Assert.Equal("DENIED_BY_RULE other:True", $"{nothing.Reason.Code()} other:{nothing.OtherScopesAllowed}");
    }

    [Theory]
    [InlineData("a", "b", "a")]
    [InlineData("b", "a", "a")]
    public void Of_two_that_lack_as_much_the_first_by_its_name_comes_nearest(string first, string second, string nearest)
    {
        var decision = Decide(Read,
            $"id: {first}, effect: allow, {Everyone}, grant: {{wiki: [doc:read]}}, require: {{dpop: true}}",
            $"id: {second}, effect: allow, {Everyone}, grant: {{wiki: [doc:read]}}, require: {{resource: true}}",
            $"id: z, effect: allow, {Everyone}, grant: {{wiki: [doc:read]}}, require: {{resource: true, dpop: true}}");
        Assert.Equal(nearest, decision.Nearest!.Rule.Id);
        Assert.Equal("z", Decide(Read,
            $"id: a, effect: allow, {Everyone}, grant: {{wiki: [doc:read]}}, require: {{resource: true, dpop: true}}",
            $"id: z, effect: allow, {Everyone}, grant: {{wiki: [doc:read]}}, require: {{dpop: true}}").Nearest!.Rule.Id);
    }

    [Theory]
    [InlineData("validity: {from: 2026-11-18T09:00:01Z}", "validity.from")]
    [InlineData("validity: {until: 2026-11-18T09:00:00Z}", "validity.until")]
    [InlineData("validity: {from: 2026-11-18T09:00:00Z}", "")]
    [InlineData("during: {days: [thu], tz: UTC}", "during")]
    [InlineData("require: {network: {cidrAnyOf: [\"10.0.0.0/8\"]}}", "require.network")]
    [InlineData("require: {network: {cidrNoneOf: [\"192.0.2.0/24\"]}}", "require.network")]
    [InlineData("require: {network: {cidrAnyOf: [\"10.0.0.0/8\"], cidrNoneOf: [\"192.0.2.0/24\"]}}", "require.network")]
    [InlineData("require: {network: {cidrAnyOf: [\"192.0.2.7/32\"], cidrNoneOf: [\"192.0.2.8/32\"]}}", "")]
    [InlineData("require: {device: {managed: {anyOf: [\"true\"]}}}", "require.device")]
    [InlineData("require: {clientAuth: client_secret}", "require.clientAuth")]
    [InlineData("require: {dpop: true}", "require.dpop")]
    [InlineData("require: {resource: true}", "require.resource")]
    [InlineData("require: {auth: {acrAnyOf: [phr]}}", "require.auth.acr")]
    [InlineData("require: {auth: {amrAnyOf: [hwk]}}", "require.auth.amr")]
    [InlineData("require: {auth: {amrAnyOf: [hwk], amrAllOf: [mfa]}}", "require.auth.amr")]
    [InlineData("require: {auth: {maxAge: 1h}}", "require.auth.maxAge")]
    [InlineData("require: {dpop: true, resource: true, network: {cidrAnyOf: [\"10.0.0.0/8\"]}}", "require.network require.dpop require.resource")]
    public void Says_what_the_nearest_rule_lacks(string field, string words)
    {
        var decision = PolicyEngine.Decide(
            Load(Acme.Catalog.Replace("groupsClaim: groups}", "groupsClaim: groups, policyClaims: [managed]}", StringComparison.Ordinal), $"id: a, effect: allow, {Everyone}, grant: {{wiki: [doc:read]}}, {field}"),
            Read with { Network = IPNetwork.Parse("192.0.2.7/32") });
        Assert.Equal(words.Length is 0, decision.Allowed);
        Assert.Equal(words, string.Join(' ', decision.Nearest?.Unmet.Words() ?? []));
    }

    [Theory]
    [InlineData(nameof(Fact.Resource), "require: {resource: true}")]
    [InlineData(nameof(Fact.Dpop), "require: {dpop: true}")]
    [InlineData(nameof(Fact.Acr), "require: {auth: {acrAnyOf: [phr]}}")]
    [InlineData(nameof(Fact.Amr), "require: {auth: {amrAllOf: [mfa]}}")]
    [InlineData(nameof(Fact.SignInAge), "require: {auth: {maxAge: 1h}}")]
    [InlineData(nameof(Fact.Network), "require: {network: {cidrNoneOf: [\"192.0.2.0/24\"]}}")]
    public void Takes_for_granted_what_it_is_told_to_hope_for_and_nothing_else(string fact, string field)
    {
        var hoped = Enum.Parse<Fact>(fact);
        var rule = $"id: a, effect: allow, {Everyone}, grant: {{wiki: [doc:read]}}, {field}";
        Assert.True(Decide(Read with { Hoped = hoped }, rule).Allowed);
        Assert.False(Decide(Read with { Hoped = Enum.GetValues<Fact>().Where(other => (other & hoped) is 0).Aggregate(Fact.None, (all, other) => all | other) }, rule).Allowed);
    }

    [Fact]
    public void Hopes_of_a_network_only_what_is_not_already_known_of_it()
    {
        var rule = $"id: a, effect: allow, {Everyone}, grant: {{wiki: [doc:read]}}, require: {{network: {{cidrNoneOf: [\"192.0.2.0/24\"]}}}}";
        Assert.False(Decide(Read with { Network = IPNetwork.Parse("192.0.2.0/25"), Hoped = Fact.Network }, rule).Allowed);      // all of it is inside
        Assert.False(Decide(Read with { Network = IPNetwork.Parse("192.0.2.0/24"), Hoped = Fact.Network }, rule).Allowed);
        Assert.True(Decide(Read with { Network = IPNetwork.Parse("192.0.0.0/16"), Hoped = Fact.Network }, rule).Allowed);       // some of it is not
        Assert.False(Decide(Read with { Network = IPNetwork.Parse("192.0.0.0/16") }, rule).Allowed);
        Assert.True(Decide(Read with { Network = IPNetwork.Parse("198.51.100.0/24") }, rule).Allowed);
    }

    [Theory]
    [InlineData("4m", "4m")]
    [InlineData("5m", "5m")]
    public void Lives_no_longer_than_the_server_lets_it(string longest, string lifetime) => Assert.EndsWith($" {lifetime} other:False", Acme.Show(PolicyEngine.Decide(
        Load(Acme.Catalog.Replace("acme: {issuer", $"acme: {{maxLifetime: {longest}, issuer", StringComparison.Ordinal), $"id: a, effect: allow, {Everyone}, grant: {{wiki: [doc:read]}}"), Read)), StringComparison.Ordinal);
}
