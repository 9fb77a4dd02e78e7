using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using Xunit;

namespace IdJagBroker.Tests.Policies;

/// <summary>
/// Over thousands of generated policies and requests (one seed, so a failure can be repeated): the engine against a second reading of
/// the specification that is slow and obvious, and against itself with the rules in another order.
/// </summary>
public sealed class PolicyEnginePropertyTests
{
    private static readonly string[] Groups = ["eng", "ctr", "fin"];
    private static readonly string[] Clients = ["claude", "vscode"];
    private static readonly string[] Subjects = ["okta|ana", "okta|bob"];
    private static readonly Catalog Catalog = Acme.Snapshot(Acme.Rule).Catalog;
    private static readonly string[] Scopes = [.. Catalog.Resources.Values.SelectMany(r => r.Scopes.Scopes).Distinct(), "unknown"];

    [Fact, Trait("Spec", "IDP-44"), Trait("Spec", "IDP-46")]
    public void Decides_as_the_plain_reading_does()
    {
        var random = new Random(4711);
        var outcomes = new HashSet<PolicyReason>();
        for (var i = 0; i < 20_000; i++)
        {
            var snapshot = new PolicySnapshot(Catalog, Rules(random), TimeSpan.FromMinutes(5), "sha256:x");
            var input = Input(random);
            var decision = PolicyEngine.Decide(snapshot, input);
            var (granted, resources, rules, lifetime) = Plain(snapshot, input);
            Assert.Equal(granted, decision.GrantedScope);
            Assert.Equal(resources, decision.GrantedResources);
            if (decision.Allowed)
            {
                Assert.Equal(rules, decision.RuleIds);
                Assert.Equal(lifetime, decision.MaxLifetime);
            }
            Assert.Equal(granted.IsEmpty, !decision.Allowed);
            foreach (var id in decision.RuleIds)
                Assert.True(decision.Evaluated.Single(rule => rule.Id == id).Match, id);
            outcomes.Add(decision.Reason);
        }
        Assert.Equal([PolicyReason.Allowed, PolicyReason.DeniedByRule, PolicyReason.NoRuleMatched], outcomes.Order());
    }

    [Fact]
    public void Decides_the_same_whatever_the_order_of_the_rules()
    {
        var random = new Random(815);
        for (var i = 0; i < 3000; i++)
        {
            var rules = Rules(random);
            var shuffled = rules.ToArray();
            random.Shuffle(shuffled);
            var input = Input(random);
            var one = PolicyEngine.Decide(new PolicySnapshot(Catalog, rules, TimeSpan.FromMinutes(5), "sha256:x"), input);
            var two = PolicyEngine.Decide(new PolicySnapshot(Catalog, shuffled, TimeSpan.FromMinutes(5), "sha256:x"), input);
            Assert.Equal(Acme.Show(one), Acme.Show(two));
            Assert.Equal(one.Evaluated.Select(rule => (rule.Id, rule.Match)), two.Evaluated.Select(rule => (rule.Id, rule.Match)));
        }
    }

    [Fact]
    public void Never_gives_more_when_a_deny_rule_is_added_or_groups_become_unknown()
    {
        var random = new Random(1234);
        for (var i = 0; i < 5000; i++)
        {
            var rules = Rules(random);
            var input = Input(random) with { ResourceAliases = [random.Next(2) is 0 ? "wiki" : "code"] };
            var before = PolicyEngine.Decide(new PolicySnapshot(Catalog, rules, TimeSpan.FromMinutes(5), "sha256:x"), input);
            var more = PolicyEngine.Decide(new PolicySnapshot(Catalog, [.. rules, RandomRule(random, "extra", PolicyEffect.Deny)], TimeSpan.FromMinutes(5), "sha256:x"), input);
            Assert.True(more.GrantedScope.IsSubsetOf(before.GrantedScope));
            var unknown = PolicyEngine.Decide(new PolicySnapshot(Catalog, rules, TimeSpan.FromMinutes(5), "sha256:x"), input with { GroupsComplete = false });
            Assert.True(unknown.GrantedScope.IsSubsetOf(before.GrantedScope));
        }
    }

    // policy.md §4 read aloud, with sets of strings
    private static (ScopeSet Granted, string[] Resources, string[] Rules, TimeSpan Lifetime) Plain(PolicySnapshot snapshot, PolicyInput input)
    {
        var given = new Dictionary<string, HashSet<string>>();
        var by = new List<(PolicyRule Rule, string Resource, string Scope)>();
        foreach (var alias in input.ResourceAliases)
        {
            var resource = snapshot.Catalog.Resources[alias];
            given[alias] = [];
            var denies = snapshot.Rules.Where(rule => rule.Effect is PolicyEffect.Deny && About(rule, input) && (rule.Target is null || rule.Target.Covers(resource))).ToList();
            if (denies.Any(rule => rule.Scopes.IsEmpty)) continue;
            foreach (var scope in input.Scope.Scopes.Where(scope => !denies.Any(rule => rule.Scopes.Any(pattern => Glob(pattern.Text, scope)))))
                foreach (var rule in snapshot.Rules.Where(rule => rule.Effect is PolicyEffect.Allow && About(rule, input)))
                    if (rule.Grant.TryGetValue(alias, out var scopes) && scopes.Scopes.Contains(scope))
                    {
                        given[alias].Add(scope);
                        by.Add((rule, alias, scope));
                    }
        }
        var kept = given.Where(entry => entry.Value.Count > 0).ToDictionary();
        var crossing = kept.SelectMany(entry => snapshot.Catalog.Resources[entry.Key].Scopes.Scopes.Where(scope => !entry.Value.Contains(scope))).ToHashSet();
        if (input.ResourceAliases.Length is 1) crossing.Clear();
        foreach (var scopes in kept.Values) scopes.ExceptWith(crossing);
        var contributing = by.Where(entry => kept[entry.Resource].Contains(entry.Scope)).Select(entry => entry.Rule).Distinct().ToList();
        return (input.Scope.Where(scope => kept.Values.Any(scopes => scopes.Contains(scope))),
            [.. input.ResourceAliases.Where(alias => kept.TryGetValue(alias, out var scopes) && scopes.Count > 0)],
            [.. contributing.Select(rule => rule.Id).Order(StringComparer.Ordinal)],
            contributing.Select(rule => rule.MaxTokenLifetime ?? snapshot.Ceiling).Append(snapshot.Ceiling).Min());
    }

    private static bool About(PolicyRule rule, PolicyInput input)
    {
        if (rule.Clients?.Contains(input.ClientAlias) is false) return false;
        if (rule.Who is not { } who) return true;
        if (who.Subjects?.Contains(input.Subject) is false) return false;
        if (!who.AsksGroups) return true;
        if (!input.GroupsComplete) return rule.Effect is PolicyEffect.Deny;
        return (who.AnyOf?.Any(input.Groups.Contains) ?? true) && (who.AllOf?.All(input.Groups.Contains) ?? true) && !(who.NoneOf?.Any(input.Groups.Contains) ?? false);
    }

    private static bool Glob(string pattern, string scope)
    {
        var star = pattern.IndexOf('*', StringComparison.Ordinal);
        return star < 0 ? pattern == scope : star is 0 ? scope.EndsWith(pattern[1..], StringComparison.Ordinal) : scope.StartsWith(pattern[..^1], StringComparison.Ordinal);
    }

    private static List<PolicyRule> Rules(Random random) =>
        [.. Enumerable.Range(0, random.Next(1, 8)).Select(i => RandomRule(random, $"r{i}", random.Next(10) < 7 ? PolicyEffect.Allow : PolicyEffect.Deny))];

    private static PolicyRule RandomRule(Random random, string id, PolicyEffect effect)
    {
        IReadOnlyList<string>? Some(string[] from, int odds) =>
            random.Next(odds) is 0 ? [.. random.GetItems(from, random.Next(1, from.Length + 1)).Distinct()] : null;
        var who = new PolicyWho
        {
            AnyOf = Some(Groups, 2)?.ToFrozen(), AllOf = Some(Groups, 6)?.ToFrozen(), NoneOf = Some(Groups, 4)?.ToFrozen(), Subjects = Some(Subjects, 5)?.ToFrozen(),
        };
        var rule = new PolicyRule { Id = id, Effect = effect, Why = "w", File = "f", Line = 1, Who = who, Clients = Some(Clients, 2)?.ToFrozen() };
        if (effect is PolicyEffect.Deny)
        {
            return rule with
            {
                Target = random.Next(2) is 0 ? null : new PolicyTarget(Some(["wiki", "code"], 2)?.ToFrozen(), Some(["work", "prod", "source"], 2)?.ToFrozen()),
                Scopes = random.Next(3) is 0 ? [] : [.. random.GetItems<string>(["*:read", "*:write", "doc:*", "admin", "*n"], 1).Select(text => new ScopePattern(text))],
            };
        }
        var grant = Some(["wiki", "code"], 1)!.ToDictionary(alias => alias, alias => ScopeSet.Of(Some([.. Catalog.Resources[alias].Scopes.Scopes], 1)!));
        return rule with
        {
            Grant = System.Collections.Frozen.FrozenDictionary.ToFrozenDictionary(grant, StringComparer.Ordinal),
            MaxTokenLifetime = random.Next(3) is 0 ? TimeSpan.FromSeconds(random.Next(30, 600)) : null,
        };
    }

    private static PolicyInput Input(Random random) => new()
    {
        ClientAlias = Clients[random.Next(2)],
        Subject = Subjects[random.Next(2)],
        Groups = random.GetItems(Groups, random.Next(4)).ToHashSet(StringComparer.Ordinal),
        GroupsComplete = random.Next(5) > 0,
        ResourceAliases = random.Next(3) switch { 0 => ["wiki"], 1 => ["code"], _ => ["code", "wiki"] },
        Scope = ScopeSet.Of(random.GetItems(Scopes, random.Next(1, 6))),
    };
}

file static class Frozen
{
    public static System.Collections.Frozen.FrozenSet<string> ToFrozen(this IEnumerable<string> items) =>
        System.Collections.Frozen.FrozenSet.ToFrozenSet(items, StringComparer.Ordinal);
}
