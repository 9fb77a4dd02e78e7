using IdJagBroker.Policies;
using IdJagBroker.Policies.Analysis;

namespace IdJagBroker.Tests.Policies.Analysis;

/// <summary>Who gets what by claims and tenants, in the matrix, in a difference and in an invariant: the few of whom it is true, and nobody else.</summary>
public sealed class ClaimsAndTenantsTests
{
    private static readonly string Catalog = Acme.Catalog.Replace("groupsClaim: groups}", "groupsClaim: groups, policyClaims: [dept, level]}", StringComparison.Ordinal);

    private static string Allow(string who, string id = "r") => $"  - {{id: {id}, effect: allow, why: w, who: {{{who}}}, client: {{ids: [claude]}}, grant: {{wiki: [doc:read]}}}}\n";

    private static string Deny(string who) => $"  - {{id: no, effect: deny, why: w, who: {{{who}}}, target: {{resources: [wiki]}}}}\n";

    private static string Examples(params string[] rules) =>
        string.Join(" | ", AccessMatrix.Of(Acme.Snapshot(string.Concat(rules), Catalog)).Cells.SelectMany(cell => cell.Scopes).SelectMany(scope => scope.Ways).Select(way => way.Example.ToString()));

    private static string Changes(string before, string after) =>
        string.Join('\n', PolicyDiff.Of(Acme.Snapshot(before, Catalog), Acme.Snapshot(after, Catalog)).Select(change => $"{change.Kind} by {string.Join(" | ", change.Who)}: {string.Join(" / ", change.Before)} -> {string.Join(" / ", change.After)}"));

    [Theory]
    [InlineData("claims: {dept: {anyOf: [rd]}}", "group dept: rd")]
    [InlineData("claims: {dept: {allOf: [rd, it]}}", "groups dept: it + dept: rd")]
    [InlineData("claims: {dept: {anyOf: [hr], allOf: [rd, it]}}", "groups dept: hr + dept: it + dept: rd")]
    [InlineData("claims: {dept: {noneOf: [hr]}}", "group dept: another value")]
    [InlineData("claims: {dept: {anyOf: [rd], noneOf: [hr]}, level: {anyOf: [\"3\"]}}", "groups dept: rd + level: 3")]
    [InlineData("claims: {dept: {anyOf: [rd], noneOf: [rd]}}", "")]
    [InlineData("claims: {dept: {allOf: [rd, it], noneOf: [it]}}", "")]
    [InlineData("groups: {anyOf: [eng]}, claims: {dept: {anyOf: [rd]}}", "groups dept: rd + eng")]
    [InlineData("groups: {anyOf: [eng, fin], allOf: [ctr], noneOf: [eng]}", "groups ctr + fin")]
    [InlineData("groups: {anyOf: [eng], noneOf: [eng]}", "")]
    [InlineData("groups: {allOf: [eng, ctr], noneOf: [ctr]}", "")]
    [InlineData("tenants: [t1]", "anybody of okta, tenant t1")]
    [InlineData("tenants: {noneOf: [t1]}", "anybody of okta, another tenant")]
    [InlineData("tenants: [t1], groups: {anyOf: [eng]}", "group eng, tenant t1")]
    [InlineData("subjects: [\"okta|a\"], groups: {anyOf: [eng]}", "okta|a, group eng")]
    [InlineData("subjects: {noneOf: [\"okta|a\"]}", "anybody of okta")]
    [InlineData("idps: {noneOf: [okta]}", "")]
    public void The_matrix_shows_somebody_with_as_little_as_it_takes(string who, string example) => Assert.Equal(example, Examples(Allow(who)));

    [Theory]
    [InlineData("claims: {dept: {anyOf: [rd]}}", "groups dept: another value + eng")]      // who does not state it is taken for one of them
    [InlineData("claims: {dept: {noneOf: [rd]}}", "groups dept: rd + eng")]
    [InlineData("claims: {dept: {allOf: [rd, it]}}", "groups dept: another value + eng")]
    [InlineData("groups: {anyOf: [ctr]}", "group eng"), InlineData("groups: {noneOf: [ctr]}", "groups ctr + eng"), InlineData("groups: {allOf: [ctr, fin]}", "group eng"), InlineData("groups: {anyOf: [eng]}", "")]
    [InlineData("tenants: [t1]", "group eng, another tenant"), InlineData("tenants: {noneOf: [t1]}", "group eng, tenant t1"), InlineData("idps: [okta]", ""), InlineData("subjects: [\"okta|a\"]", "group eng")]
    public void A_deny_rule_leaves_those_of_whom_it_is_not_true(string who, string example) => Assert.Equal(example, Examples(Allow("groups: {anyOf: [eng]}"), Deny(who)));

    [Fact]
    public void A_difference_is_told_of_the_fewest_claims_and_of_tenants()
    {
        var before = Allow("groups: {anyOf: [eng]}");
        Assert.Equal("Lost by group eng: 5m -> ", Changes(before, before + Deny("claims: {dept: {anyOf: [hr]}}")));
        Assert.Equal("Gained by groups dept: it + eng:  -> 5m", Changes(before + Deny("claims: {dept: {noneOf: [hr]}}"), before + Deny("claims: {dept: {noneOf: [hr, it]}}")));
        Assert.Equal("Gained by group dept: rd:  -> 5m", Changes(before, before + Allow("claims: {dept: {anyOf: [rd]}}", "more")));
        Assert.Equal("Gained by anybody of okta, tenant t1:  -> 5m", Changes(before, before + Allow("tenants: [t1]", "more")));
    }

    [Fact]
    public void A_difference_sees_who_is_only_there_before_or_only_after()
    {
        var other = Catalog.Replace("groups:\n", "  entra: {issuer: \"https://login.acme.example\", groupsClaim: groups}\ngroups:\n  staff: {idp: entra, id: x}\n", StringComparison.Ordinal);
        var rules = Allow("groups: {anyOf: [eng]}");
        string Between(string before, string catalogBefore, string after, string catalogAfter) =>
            string.Join('\n', PolicyDiff.Of(Acme.Snapshot(before, catalogBefore), Acme.Snapshot(after, catalogAfter)).Select(change => $"{change.Kind} by {string.Join(" | ", change.Who)}"));

        Assert.Equal("Gained by group staff", Between(rules, Catalog, rules + Allow("groups: {anyOf: [staff]}", "more"), other));
        Assert.Equal("Lost by group staff", Between(rules + Allow("groups: {anyOf: [staff]}", "more"), other, rules, Catalog));
        Assert.Equal("Gained by group fin", Between(rules, Catalog, rules + Allow("groups: {anyOf: [fin]}", "more"), Catalog));
    }

    [Fact]
    public void An_invariant_is_about_any_of_its_scopes()
    {
        var never = new NeverAccess { Scopes = [new("*:write"), new("doc:read")] };
        Assert.Single(InvariantSearch.Check(Acme.Snapshot(Allow("groups: {anyOf: [eng]}"), Catalog), new Invariant { Name = "i", Never = never }).Violations);
    }

    [Fact]
    public void A_lifetime_counts_for_whom_no_limit_on_a_claim_does()
    {
        var snapshot = Acme.Snapshot(Allow("everyone: true") + Allow("claims: {dept: {anyOf: [rd]}}", "short").Replace("grant", "limits: {maxTokenLifetime: 2m}, grant", StringComparison.Ordinal), Catalog);
        Assert.Equal("claude gets doc:read at wiki for 5m by r, for a person of okta in no group",
            Assert.Single(InvariantSearch.Check(snapshot, new Invariant { Name = "i", LifetimeAtMost = TimeSpan.FromMinutes(2) }).Violations).ToString());
        Assert.True(InvariantSearch.Check(snapshot, new Invariant { Name = "i", LifetimeAtMost = TimeSpan.FromMinutes(5) }).Holds);
    }
}
