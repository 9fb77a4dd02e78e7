using System.Collections.Frozen;
using System.Net;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Decisions;
using IdJagBroker.Policies.Rules;
using IdJagBroker.Protocol;
using Xunit;

namespace IdJagBroker.Tests.Policies;

/// <summary>
/// Over thousands of generated policies and requests (one seed, so a failure can be repeated): the engine against a second reading of
/// the specification that is slow and obvious, and against itself with the rules in another order.
/// </summary>
public sealed class PolicyEnginePropertyTests
{
    internal static readonly Catalog Catalog = RandomPolicy.Catalog;
    private static readonly string[] Scopes = [.. Catalog.Resources.Values.SelectMany(r => r.Scopes.Scopes).Distinct(), "unknown"];

    [Fact, Trait("Spec", "IDP-44"), Trait("Spec", "IDP-46")]
    public void Decides_as_the_plain_reading_does()
    {
        var random = new Random(4711);
        var outcomes = new HashSet<PolicyReason>();
        for (var i = 0; i < Amount.Of(20_000); i++)
        {
            var snapshot = new PolicySnapshot(Catalog, RandomPolicy.Rules(random), TimeSpan.FromMinutes(5), "sha256:x");
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
        if (Amount.IsWhole) Assert.Superset(Enum.GetValues<PolicyReason>().Where(reason => reason is not (PolicyReason.ReqUnknownClient or PolicyReason.ReqResourceNotOfAs or PolicyReason.ScopeNotAllowed)).ToHashSet(), outcomes.ToHashSet());
    }

    [Fact]
    public void Decides_the_same_whatever_the_order_of_the_rules()
    {
        var random = new Random(815);
        for (var i = 0; i < Amount.Of(3000); i++)
        {
            var rules = RandomPolicy.Rules(random);
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
        for (var i = 0; i < Amount.Of(5000); i++)
        {
            var rules = RandomPolicy.Rules(random);
            var input = Input(random) with { ResourceAliases = [random.Next(2) is 0 ? "wiki" : "code"] };
            var before = PolicyEngine.Decide(new PolicySnapshot(Catalog, rules, TimeSpan.FromMinutes(5), "sha256:x"), input);
            var more = PolicyEngine.Decide(new PolicySnapshot(Catalog, [.. rules, RandomPolicy.Rule(random, "extra", PolicyEffect.Deny)], TimeSpan.FromMinutes(5), "sha256:x"), input);
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
        var deny = rule.Effect is PolicyEffect.Deny;
        var client = Catalog.Clients[input.ClientAlias];
        if (rule.Client is { Every: false } clients && !(Sets(clients.Ids, client.Alias) && Sets(clients.Trust, client.Trust.ToString().ToLowerInvariant())
            && Sets(clients.Auth, client.Auth is ClientAuth.None ? "none" : "private_key_jwt"))) return false;
        if (rule.Who is { } who)
        {
            if (!(input.GroupsComplete ? Sets(who.Groups, [.. input.Groups]) : deny || who.Groups is null)) return false;
            if (!Sets(who.Subjects, input.Subject!) || !Sets(who.Idps, "okta")) return false;
            if (who.Tenants is not null && !(input.Tenant is null ? deny : Sets(who.Tenants, input.Tenant))) return false;
            foreach (var (claim, condition) in who.Claims)
                if (!(input.Claims.TryGetValue(claim, out var values) ? Sets(condition, [.. values]) : deny)) return false;
        }
        var brought = rule.Requirement is null || Brought(rule.Requirement, client, input);
        var inForce = (rule.Validity is not { } v || ((v.From is null || input.At >= v.From) && (v.Until is null || input.At < v.Until)))
            && (rule.During is null || ((rule.During.Days >> (int)input.At.DayOfWeek) & 1) is 1 && input.At.Hour * 60 + input.At.Minute >= rule.During.From && input.At.Hour * 60 + input.At.Minute < rule.During.To);
        return inForce && (deny ? rule.Requirement is null || !brought : brought);
    }

    private static bool Brought(PolicyRequirement asked, CatalogClient client, PolicyInput input) =>
        (asked.AcrAnyOf.IsEmpty || asked.AcrAnyOf.Any(input.Acr.Contains)) && (asked.AmrAnyOf.IsEmpty || asked.AmrAnyOf.Any(input.Amr.Contains))
        && asked.AmrAllOf.All(input.Amr.Contains) && (asked.MaxAge is null || input.SignInAge is { } age && age <= asked.MaxAge)
        && (asked.ClientAuth is null || asked.ClientAuth == client.Auth) && (!asked.Dpop || input.Dpop) && (!asked.Resource || input.ResourceNamed)
        && (asked.CidrAnyOf.IsEmpty || input.Network is { } here && asked.CidrAnyOf.Any(network => network.Contains(here.BaseAddress)))
        && (asked.CidrNoneOf.IsEmpty || input.Network is { } there && !asked.CidrNoneOf.Any(network => network.Contains(there.BaseAddress)))
        && asked.Device.All(entry => input.Claims.TryGetValue(entry.Key, out var values) && Sets(entry.Value, [.. values]));

    private static bool Sets(SetCondition? condition, params string[] have) =>
        condition is null || ((condition.AnyOf is null || condition.AnyOf.Any(have.Contains)) && (condition.AllOf is null || condition.AllOf.All(have.Contains)) && !(condition.NoneOf?.Any(have.Contains) ?? false));

    private static bool Glob(string pattern, string scope)
    {
        var star = pattern.IndexOf('*', StringComparison.Ordinal);
        return star < 0 ? pattern == scope : star is 0 ? scope.EndsWith(pattern[1..], StringComparison.Ordinal) : scope.StartsWith(pattern[..^1], StringComparison.Ordinal);
    }

    internal static PolicyInput Input(Random random) => new()
    {
        ClientAlias = RandomPolicy.Clients[random.Next(2)],
        Subject = RandomPolicy.Subjects[random.Next(2)],
        Groups = random.GetItems(RandomPolicy.Groups, random.Next(4)).ToHashSet(StringComparer.Ordinal),
        GroupsComplete = random.Next(5) > 0,
        ResourceAliases = random.Next(3) switch { 0 => ["wiki"], 1 => ["code"], _ => ["code", "wiki"] },
        Scope = ScopeSet.Of(random.GetItems(Scopes, random.Next(1, 6))),
        Tenant = random.Next(3) switch { 0 => null, 1 => "t1", _ => "t2" },
        Claims = new[] { "dept", "managed" }.Where(_ => random.Next(2) is 0).ToDictionary(claim => claim, _ => (IReadOnlyList<string>)[random.Next(2) is 0 ? "x" : "z"]),
        Acr = random.Next(3) switch { 0 => [], 1 => ["phr"], _ => ["c1", "c2"] },
        Amr = random.GetItems(["mfa", "pwd", "hwk"], random.Next(3)),
        SignInAge = random.Next(4) is 0 ? null : TimeSpan.FromMinutes(random.Next(1, 120)),
        Dpop = random.Next(2) is 0,
        ResourceNamed = random.Next(2) is 0,
        Network = random.Next(4) switch { 0 => null, 1 => IPNetwork.Parse("10.1.2.3/32"), 2 => IPNetwork.Parse("10.2.2.3/32"), _ => IPNetwork.Parse("203.0.113.9/32") },
        At = Acme.Now.AddMinutes(random.Next(-300, 300)),
    };
}
