using IdJagBroker.Policies;
using IdJagBroker.Policies.Analysis;
using IdJagBroker.Policies.Decisions;
using IdJagBroker.Policies.Rules;
using IdJagBroker.Protocol;

namespace IdJagBroker.Tests.Policies;

/// <summary>What differs between two revisions, held against the engine asked about everybody there could be.</summary>
public sealed class PolicyDiffTests
{
    private static readonly string[] Claims = ["x", "y", "z"];

    private static string Show(IEnumerable<AccessChange> changes) => string.Join('\n', changes.Select(change =>
        $"{change.Kind} {change.Client} {change.Resource} {change.Scope} by {string.Join(" | ", change.Who)}: {string.Join(" / ", change.Before)} -> {string.Join(" / ", change.After)} ({string.Join(' ', change.Rules)})"));

    [Fact]
    public void Says_who_loses_and_gains_what_and_by_which_rule()
    {
        var before = Acme.Snapshot(Acme.Rule);
        var after = Acme.Snapshot(Acme.Rule.Replace("[claude, vscode]", "[claude]", StringComparison.Ordinal)
            + "  - {id: fin, effect: allow, why: w, who: {groups: {anyOf: [fin], noneOf: [ctr]}}, client: {ids: [claude]}, grant: {wiki: [doc:write]}, require: {auth: {acrAnyOf: [phr]}}}\n");
        Assert.Equal(
            """
            Gained claude wiki doc:write by group fin:  -> 5m, acr phr (fin)
            Lost vscode code repo:read by group eng: 5m ->  (eng-read)
            Lost vscode wiki doc:read by group eng: 5m ->  (eng-read)
            """, Show(PolicyDiff.Of(before, after)));
        Assert.Empty(PolicyDiff.Of(before, before));
    }

    [Fact]
    public void Sees_other_terms_a_group_that_is_another_now_and_who_is_named()
    {
        var before = Acme.Snapshot(Acme.Rule);
        Assert.Equal("Changed claude code repo:read by group eng: 5m -> 2m, signed in 1h ago at most (eng-read)",
            Show(PolicyDiff.Of(before, Acme.Snapshot(Acme.Rule + "    require: {auth: {maxAge: 1h}}\n    limits: {maxTokenLifetime: 2m}\n"))).Split('\n')[0]);
        var moved = Show(PolicyDiff.Of(before, Acme.Snapshot(Acme.Rule, Acme.Catalog.Replace("00g-eng", "00g-new", StringComparison.Ordinal))));
        Assert.Contains("Lost claude wiki doc:read by group eng", moved, StringComparison.Ordinal);
        Assert.Contains("Gained claude wiki doc:read by group eng", moved, StringComparison.Ordinal);
        Assert.Equal("Gained claude mail mail:read by okta|00u-dana:  -> 5m, until 2026-12-01 (one)", Show(PolicyDiff.Of(before, Acme.Snapshot(
            Acme.Rule + "  - {id: one, effect: allow, why: w, who: {subjects: [\"okta|00u-dana\"]}, client: {ids: [claude]}, grant: {mail: [mail:read]}, validity: {until: 2026-12-01T00:00:00Z}}\n",
            Acme.Catalog.Replace("auth.other.example\"", "auth.other.example\", clientIds: {claude: o-cl}", StringComparison.Ordinal)))));
    }

    [Fact]
    public void Finds_that_it_takes_two_groups()
    {
        const string deny = "  - {id: no, effect: deny, why: w, who: {groups: {allOf: [ctr, fin]}}, client: {ids: [claude]}}\n";
        Assert.Equal("Lost claude code repo:read by groups ctr + eng + fin: 5m ->  (no)", Show(PolicyDiff.Of(Acme.Snapshot(Acme.Rule), Acme.Snapshot(Acme.Rule + deny))).Split('\n')[0]);
    }

    [Fact]
    public void Leaves_out_who_has_no_id_there_what_is_not_enabled_and_what_is_on_trial()
    {
        const string more = "  - {id: m, effect: allow, why: w, who: {everyone: true}, client: {ids: [claude]}, grant: {mail: [mail:read]}}\n";
        Assert.Empty(PolicyDiff.Of(Acme.Snapshot(Acme.Rule), Acme.Snapshot(Acme.Rule + more)));
        Assert.Empty(PolicyDiff.Of(Acme.Snapshot(Acme.Rule), Acme.Snapshot(Acme.Rule + more.Replace("why: w", "why: w, mode: shadow", StringComparison.Ordinal).Replace("mail: [mail:read]", "wiki: [admin]", StringComparison.Ordinal))));
        Assert.Equal("Lost claude code repo:read by group eng: 5m ->  (eng-read)",
            Show(PolicyDiff.Of(Acme.Snapshot(Acme.Rule), Acme.Snapshot(Acme.Rule, Acme.Catalog.Replace("tags: [source, prod]", "tags: [source, prod], enabled: false", StringComparison.Ordinal)))).Split('\n')[0]);
    }

    [Fact]
    public void Agrees_with_asking_the_engine_about_everybody()
    {
        var random = new Random(2026);
        var kinds = new HashSet<AccessChangeKind>();
        for (var i = 0; i < Amount.Of(400); i++)
        {
            var before = new PolicySnapshot(RandomPolicy.Catalog, RandomPolicy.Rules(random), TimeSpan.FromMinutes(5), "sha256:x");
            var changed = random.Next(3) is 0 ? RandomPolicy.Rules(random) : [.. before.Rules.Where(_ => random.Next(4) > 0), RandomPolicy.Rule(random, "new", (PolicyEffect)random.Next(2))];
            var after = new PolicySnapshot(RandomPolicy.Catalog, changed, TimeSpan.FromMinutes(5), "sha256:y");
            var changes = PolicyDiff.Of(before, after);
            kinds.UnionWith(changes.Select(change => change.Kind));
            var told = changes.Where(change => change.Kind is AccessChangeKind.Gained or AccessChangeKind.Lost).Select(change => (change.Kind, change.Client, change.Resource, change.Scope)).ToHashSet();
            var asked = new HashSet<(AccessChangeKind, string, string, string)>();
            foreach (var client in RandomPolicy.Clients)
                foreach (var resource in (string[])["wiki", "code"])
                    foreach (var scope in RandomPolicy.Catalog.Resources[resource].Scopes.Scopes)
                        foreach (var person in Everybody(client, resource, scope))
                        {
                            var (was, isNow) = (PolicyEngine.Decide(before, person).Allowed, PolicyEngine.Decide(after, person).Allowed);
                            if (was != isNow) asked.Add((was ? AccessChangeKind.Lost : AccessChangeKind.Gained, client, resource, scope));
                        }
            Assert.Equal(asked.Order(), told.Order());
        }
        if (Amount.IsWhole) Assert.Equal([AccessChangeKind.Gained, AccessChangeKind.Lost, AccessChangeKind.Changed], kinds.Order());
    }

    // Named or not, in every tenant, with every set of groups and every value of the claim or none; in the best of circumstances.
    private static IEnumerable<PolicyInput> Everybody(string client, string resource, string scope)
    {
        foreach (var subject in (string[])["okta|ana", "okta|bob", "okta|eve"])
            foreach (var tenant in (string?[])[null, "t1", "t2", "t3"])
                for (var groups = 0; groups < 8; groups++)
                    for (var claim = 0; claim < 8; claim++)
                        yield return Acme.Ask(client, resource, scope, string.Join(' ', RandomPolicy.Groups.Where((_, n) => (groups >> n & 1) is 1)), subject) with
                        {
                            Tenant = tenant, Hoped = Fact.Circumstances,
                            Claims = claim is 0 ? new Dictionary<string, IReadOnlyList<string>>() : new() { ["dept"] = [.. Claims.Where((_, n) => (claim >> n & 1) is 1)] },
                        };
    }
}
