using System.Collections.Frozen;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Analysis;
using IdJagBroker.Policies.Decisions;
using IdJagBroker.Policies.Rules;

namespace IdJagBroker.Tests.Policies.Analysis;

/// <summary>What an invariant finds, what it must not find, and that nothing escapes it.</summary>
public sealed class InvariantSearchTests
{
    private const string Read = "  - {id: read, effect: allow, why: w, who: {groups: {anyOf: [eng]}}, client: {ids: [claude]}, grant: {wiki: [doc:read]}}\n";

    private static FrozenSet<string> Set(params string[] names) => names.ToFrozenSet(StringComparer.Ordinal);

    private static InvariantResult Check(string rules, NeverAccess never, string? catalog = null) => InvariantSearch.Check(Acme.Snapshot(rules, catalog), new Invariant { Name = "i", Never = never });

    private static string Never(string rules, NeverAccess never, string? catalog = null) => string.Join("; ", Check(rules, never, catalog).Violations);

    private static string Lifetime(string rules, string bound, string ceiling = "10m")
    {
        var load = Acme.Load(("00-catalog.yaml", Acme.Catalog), ("10-rules.yaml", Acme.PolicyHead.Replace("rules:", $"limits: {{maxTokenLifetime: {ceiling}}}\nrules:", StringComparison.Ordinal) + rules));
        Assert.True(IdJagBroker.Policies.Yaml.YamlValues.TryDuration(bound, out var atMost));
        return string.Join("; ", InvariantSearch.Check(load.Snapshot!, new Invariant { Name = "i", LifetimeAtMost = atMost }).Violations);
    }

    [Fact]
    public void Finds_whom_a_rule_lets_in_with_the_fewest_groups()
    {
        var result = Check(Read, new NeverAccess { Target = new PolicyTarget { Resources = SetCondition.Any(["wiki"]) } });
        Assert.Equal("claude gets doc:read at wiki for 5m by read, for a person of okta in eng", Assert.Single(result.Violations).ToString());
        Assert.False(result.Holds);
        Assert.Equal(2 * 7 * 2, result.Classes);        // clients, scopes, sets of the one group that anybody speaks of
    }

    [Theory]
    [InlineData("groups: ctr", true), InlineData("groups: ctr fin", true), InlineData("nogroups: ctr", true), InlineData("nogroups: eng", false)]
    [InlineData("client: claude", true), InlineData("client: vscode", false), InlineData("resource: wiki", true), InlineData("resource: code", false)]
    [InlineData("tag: work", true), InlineData("tag: prod", false), InlineData("scope: doc:*", true), InlineData("scope: *:write", false), InlineData("subject: okta|x", true), InlineData("subject: entra|x", false)]
    public void Is_about_what_it_says(string about, bool found)
    {
        var value = about[(about.IndexOf(' ', StringComparison.Ordinal) + 1)..];
        var never = about.Split(':')[0] switch
        {
            "groups" => new NeverAccess { Groups = Set(value.Split(' ')) },
            "nogroups" => new NeverAccess { NoGroups = Set(value) },
            "client" => new NeverAccess { Clients = PolicyClients.Of(value) },
            "resource" => new NeverAccess { Target = new PolicyTarget { Resources = SetCondition.Any([value]) } },
            "tag" => new NeverAccess { Target = new PolicyTarget { Tags = SetCondition.Any([value]) } },
            "scope" => new NeverAccess { Scopes = [new ScopePattern(value)] },
            _ => new NeverAccess { Subjects = Set(value) },
        };
        var violations = Check(Read, never).Violations;
        Assert.Equal(found, violations.Count is 1);
        if (found && about.StartsWith("groups", StringComparison.Ordinal)) Assert.Equal(value.Split(' ').Append("eng").Order(StringComparer.Ordinal), violations[0].Groups);
    }

    [Fact]
    public void Looks_at_people_whom_rules_name_apart()
    {
        const string named = "  - {id: dana, effect: allow, why: w, who: {subjects: [\"okta|dana\"]}, client: {ids: [claude]}, grant: {mail: [mail:read]}}\n";
        var mail = new NeverAccess { Target = new PolicyTarget { Resources = SetCondition.Any(["mail"]) } };
        Assert.Equal("claude gets mail:read at mail for 5m by dana, for okta|dana in no group", Never(named, mail));
        Assert.Equal("", Never(named, mail with { Subjects = Set("okta|eve") }));
        // Named in one rule and kept out by another: hoping for "some person" would put the two together.
        Assert.Equal("", Never(named + "  - {id: not-her, effect: deny, why: w, who: {subjects: [\"okta|dana\"]}, target: {resources: [mail]}}\n", mail));
    }

    [Fact]
    public void Takes_no_comfort_in_circumstances()
    {
        var everything = new NeverAccess();
        const string asks = "  - {id: asks, effect: allow, why: w, who: {everyone: true}, client: {ids: [vscode]}, grant: {wiki: [doc:read]}, require: {auth: {acrAnyOf: [phr], maxAge: 1m}, dpop: true, resource: true, network: {cidrAnyOf: [\"10.0.0.0/8\"]}}, during: {days: [sun], tz: Europe/Berlin}, validity: {until: 2020-01-01T00:00:00Z}}\n";
        Assert.Equal("vscode gets doc:read at wiki for 5m by asks, for a person of okta in no group", Never(asks, everything));
        Assert.NotEqual("", Never(asks + "  - {id: unless, effect: deny, why: w, who: {everyone: true}, unless: {auth: {amrAnyOf: [mfa]}}}\n", everything));
        Assert.Equal("", Never(asks + "  - {id: no, effect: deny, why: w, who: {everyone: true}}\n", everything));
        // How a client authenticates is no circumstance: the catalogue says it.
        Assert.Equal("", Never(asks.Replace("dpop: true", "dpop: true, clientAuth: private_key_jwt", StringComparison.Ordinal), everything));
        Assert.Equal("", Never(asks.Replace("effect: allow", "effect: allow, mode: shadow", StringComparison.Ordinal), everything));
        Assert.Equal("", Never(asks, everything, Acme.Catalog.Replace("[id-vscode], auth: client_secret", "[id-vscode], auth: client_secret, enabled: false", StringComparison.Ordinal)));
    }

    [Fact]
    public void Keeps_the_people_of_two_providers_apart()
    {
        var catalog = Acme.Catalog.Replace("groups:\n", "groups:\n  staff: {idp: entra, id: staff-id}\n", StringComparison.Ordinal)
            .Replace("groupsClaim: groups}", "groupsClaim: groups}\n  entra: {issuer: \"https://login.acme.example\", groupsClaim: groups}", StringComparison.Ordinal);
        const string both = "  - {id: both, effect: allow, why: w, who: {groups: {allOf: [eng, staff]}}, client: {ids: [claude]}, grant: {wiki: [doc:read]}}\n";
        const string either = "  - {id: either, effect: allow, why: w, who: {groups: {anyOf: [eng, staff]}}, client: {ids: [claude]}, grant: {wiki: [doc:read]}}\n";
        Assert.Equal("", Never(both, new NeverAccess(), catalog));
        Assert.Equal("entra|staff okta|eng", string.Join(' ', Check(either, new NeverAccess(), catalog).Violations.Select(found => $"{found.Idp}|{string.Join(' ', found.Groups)}")));
        Assert.Equal(2 * 7 * (2 + 2), Check(either, new NeverAccess(), catalog).Classes);
    }

    [Fact]
    public void Looks_at_tenants_that_rules_name_apart()
    {
        var tenant = Read.Replace("groups: {anyOf: [eng]}", "tenants: [t1]", StringComparison.Ordinal);
        Assert.Equal("claude gets doc:read at wiki for 5m by read, for a person of okta of tenant t1 in no group", Never(tenant, new NeverAccess()));
        Assert.Equal("", Never(tenant + "  - {id: no, effect: deny, why: w, who: {tenants: [t1]}}\n", new NeverAccess()));
        Assert.Equal("claude gets doc:read at wiki for 5m by read, for a person of okta of another tenant in no group", Never(Read.Replace("groups: {anyOf: [eng]}", "tenants: {noneOf: [t1]}", StringComparison.Ordinal), new NeverAccess()));
    }

    [Fact]
    public void Finds_a_lifetime_over_the_bound_wherever_the_shorter_limit_may_not_count()
    {
        const string shorter = "  - {id: shorter, effect: allow, why: w, who: {groups: {anyOf: [eng]}}, client: {ids: [claude]}, grant: {wiki: [doc:read]}, limits: {maxTokenLifetime: 2m}}\n";
        Assert.Equal("", Lifetime(shorter, "2m"));
        Assert.Equal("claude gets doc:read at wiki for 2m by shorter, for a person of okta in eng", Lifetime(shorter, "1m"));
        Assert.Equal("", Lifetime(shorter + Read, "2m"));
        Assert.NotEqual("", Lifetime(Read, "2m"));
        Assert.Equal("", Lifetime(Read, "2m", ceiling: "2m"));
        // Who does not bring what the shorter one asks for gets the longer.
        var asking = shorter.Replace(", limits", ", require: {auth: {acrAnyOf: [phr]}}, limits", StringComparison.Ordinal);
        Assert.Equal("claude gets doc:read at wiki for 10m by read, for a person of okta in eng", Lifetime(asking + Read, "2m"));
        // And whoever brings what the longer one asks for has the shorter one too.
        Assert.Equal("", Lifetime(shorter + Read.Replace("grant", "require: {dpop: true}, grant", StringComparison.Ordinal), "2m"));
        Assert.NotEqual("", Lifetime(asking + Read.Replace("grant", "require: {dpop: true}, grant", StringComparison.Ordinal), "2m"));
    }

    [Fact]
    public void Finds_a_lifetime_over_the_bound_for_whom_no_limit_on_a_group_counts()
    {
        const string everyone = "  - {id: all, effect: allow, why: w, who: {everyone: true}, client: {ids: [claude]}, grant: {wiki: [doc:read]}}\n";
        const string members = "  - {id: m, effect: allow, why: w, who: {groups: {anyOf: [eng]}}, client: {ids: [claude]}, grant: {wiki: [doc:read]}, limits: {maxTokenLifetime: 2m}}\n";
        const string others = "  - {id: o, effect: allow, why: w, who: {groups: {noneOf: [eng]}}, client: {ids: [claude]}, grant: {wiki: [doc:read]}, limits: {maxTokenLifetime: 2m}}\n";
        Assert.Equal("claude gets doc:read at wiki for 10m by all, for a person of okta in no group", Lifetime(everyone + members, "2m"));
        Assert.Equal("claude gets doc:read at wiki for 10m by all, for a person of okta whose groups are not all known", Lifetime(everyone + members + others, "2m"));
    }

    [Fact]
    public void Agrees_with_going_through_every_set_of_groups()
    {
        var random = new Random(1618);
        var found = 0;
        for (var i = 0; i < Amount.Of(300); i++)
        {
            // Claims and tenants are left out: the plain search knows nothing of them.
            var rules = RandomPolicy.Rules(random).Select(rule => rule with { Who = rule.Who! with { Claims = FrozenDictionary<string, SetCondition>.Empty, Tenants = null } });
            var snapshot = new PolicySnapshot(RandomPolicy.Catalog, rules, TimeSpan.FromMinutes(5), "sha256:x");
            FrozenSet<string>? Some(string[] from) => random.Next(3) is 0 ? Set([.. random.GetItems(from, random.Next(1, 3)).Distinct()]) : null;
            var invariant = random.Next(4) is 0 ? new Invariant { Name = "i", LifetimeAtMost = TimeSpan.FromSeconds(random.Next(30, 300)) } : new Invariant
            {
                Name = "i", Never = new NeverAccess { Groups = Some(RandomPolicy.Groups), NoGroups = Some(RandomPolicy.Groups), Subjects = Some(RandomPolicy.Subjects), Clients = random.Next(2) is 0 ? PolicyClients.Of("claude") : null },
            };
            var (quick, plain) = (InvariantSearch.Check(snapshot, invariant), InvariantByBruteForce.Check(snapshot, invariant));
            static IEnumerable<(string, string, string)> Places(InvariantResult result) => result.Violations.Select(one => (one.Client, one.Resource, one.Scope)).Order();
            Assert.Equal(Places(plain), Places(quick));
            Assert.Equal(plain.Classes, quick.Classes);
            found += quick.Violations.Count;
        }
        Assert.True(found >= Amount.AtLeast(150), $"only {found}");
    }

    [Fact]
    public void Is_quick_among_more_groups_than_can_be_gone_through()
    {
        var groups = string.Concat(Enumerable.Range(0, 60).Select(i => $"  g{i}: {{idp: okta, id: id-{i}}}\n"));
        var catalog = Acme.Catalog.Replace("groups:\n", "groups:\n" + groups, StringComparison.Ordinal);
        var rules = string.Concat(Enumerable.Range(0, 60).Select(i => $"  - {{id: a{i}, effect: allow, why: w, who: {{groups: {{anyOf: [g{i}], noneOf: [g{(i + 1) % 60}]}}}}, client: {{ids: [claude]}}, grant: {{wiki: [doc:read]}}}}\n"))
            + "  - {id: no, effect: deny, why: w, who: {groups: {anyOf: [ctr]}}, target: {tags: {anyOf: [work]}}}\n";
        Assert.True(Check(rules, new NeverAccess { Groups = Set("ctr") }, catalog).Holds);
        Assert.Equal(["g0"], Check(rules, new NeverAccess(), catalog).Violations[0].Groups);
    }

    [Fact]
    public void Nothing_that_is_ever_granted_escapes()
    {
        var random = new Random(2718);
        var granted = 0;
        for (var i = 0; i < Amount.Of(1500); i++)
        {
            var snapshot = new PolicySnapshot(RandomPolicy.Catalog, RandomPolicy.Rules(random), TimeSpan.FromMinutes(5), "sha256:x");
            var input = PolicyEnginePropertyTests.Input(random);
            var decision = PolicyEngine.Decide(snapshot, input);
            if (!decision.Allowed) continue;
            granted++;
            var (client, scope) = (input.ClientAlias, decision.GrantedScope.Scopes[0]);
            var resource = decision.GrantedResources.First(alias => snapshot.Catalog.Resources[alias].Scopes.Contains(scope));
            var never = new NeverAccess
            {
                Groups = input.GroupsComplete ? input.Groups.ToFrozenSet(StringComparer.Ordinal) : null, NoGroups = input.GroupsComplete ? Set([.. snapshot.Catalog.Groups.Keys.Except(input.Groups)]) : null,
                Subjects = Set(input.Subject!), Clients = PolicyClients.Of(client), Target = new PolicyTarget { Resources = SetCondition.Any([resource]) }, Scopes = [new ScopePattern(scope)],
            };
            var found = Assert.Single(InvariantSearch.Check(snapshot, new Invariant { Name = "i", Never = never }).Violations);
            Assert.Equal((client, resource, scope), (found.Client, found.Resource, found.Scope));
            Assert.True(found.Lifetime <= snapshot.Ceiling);

            var shorter = InvariantSearch.Check(snapshot, new Invariant { Name = "i", LifetimeAtMost = decision.MaxLifetime - TimeSpan.FromSeconds(1) });
            Assert.Contains(shorter.Violations, violation => (violation.Client, violation.Resource, violation.Scope) == (client, resource, scope));
        }
        Assert.True(granted >= Amount.AtLeast(150), $"only {granted}");
    }
}
