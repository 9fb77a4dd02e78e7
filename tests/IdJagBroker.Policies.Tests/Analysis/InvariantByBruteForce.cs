using System.Collections.Immutable;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Analysis;
using IdJagBroker.Policies.Decisions;
using IdJagBroker.Policies.Rules;
using IdJagBroker.Protocol;

namespace IdJagBroker.Tests.Policies.Analysis;

/// <summary>
/// The search of invariants as one would first write it: looks for a decision that an invariant forbids, by deciding for every client, every scope of every resource and every set of groups of an
/// identity provider. What is not found does not exist. What is found is so, unless the circumstances that it takes exclude each other.
/// </summary>
/// <remarks>
/// One scope at one resource is enough: asking for more at once never gives more of either (C-05), nor a longer life. Of people, those whom a
/// rule names are looked at apart, and one whom no rule names. Groups that neither a rule nor the invariant names make no difference.
/// </remarks>
internal static class InvariantByBruteForce
{
    // Of what differs from one request to the next, all may be as it opens the door.
    private const Fact Hoped = Fact.Circumstances;

    public static InvariantResult Check(PolicySnapshot snapshot, Invariant invariant)
    {
        ImmutableArray<PolicyRule> rules = [.. snapshot.Rules.Where(rule => rule.Mode is PolicyMode.Enforce)];
        ImmutableArray<PolicySnapshot> policies = invariant.LifetimeAtMost is { } bound ? ForLifetimes(snapshot, rules, bound) : [With(snapshot, rules)];
        var classes = 0L;
        var violations = new List<InvariantViolation>();
        foreach (var crowd in snapshot.Catalog.Idps.Keys.Order(StringComparer.Ordinal).Select(idp => Crowd.Of(snapshot.Catalog, rules, invariant, idp)))
            foreach (var client in snapshot.Catalog.Clients.Values.OrderBy(client => client.Alias, StringComparer.Ordinal))
                foreach (var resource in snapshot.Catalog.Resources.Values.OrderBy(resource => resource.Alias, StringComparer.Ordinal))
                    foreach (var scope in resource.Scopes.Scopes.Order(StringComparer.Ordinal))
                    {
                        classes += 1L << crowd.Groups.Length;
                        if (invariant.Never?.IsAbout(client, resource, scope) is not false && Find(policies, invariant, crowd, client, resource, scope) is { } violation)
                            violations.Add(violation);
                    }
        return new InvariantResult(classes, violations);
    }

    private static InvariantViolation? Find(ImmutableArray<PolicySnapshot> policies, Invariant invariant, Crowd crowd, CatalogClient client, CatalogResource resource, string scope)
    {
        foreach (var (groups, complete) in crowd.Sets())
        {
            if (invariant.Never?.IsAbout(groups) is false) continue;
            foreach (var subject in crowd.Subjects)
                foreach (var policy in policies)
                {
                    var decision = PolicyEngine.Decide(policy, new PolicyInput
                    {
                        ClientAlias = client.Alias, Subject = subject, Idp = crowd.Idp, Groups = groups, GroupsComplete = complete,
                        ResourceAliases = [resource.Alias], ResourceNamed = true, Scope = ScopeSet.Of(scope), At = DateTimeOffset.UnixEpoch, Hoped = Hoped,
                    });
                    if (!decision.Allowed || decision.MaxLifetime <= invariant.LifetimeAtMost) continue;
                    return new InvariantViolation
                    {
                        Client = client.Alias, Resource = resource.Alias, Scope = scope, Idp = crowd.Idp, Subject = subject == crowd.Nobody ? null : subject,
                        Groups = [.. groups.Order(StringComparer.Ordinal)], GroupsComplete = complete, RuleIds = decision.RuleIds, Lifetime = decision.MaxLifetime,
                    };
                }
        }
        return null;
    }

    // With all circumstances hoped for, all rules would contribute, and the shortest of their limits would count. A person for whom only one of those that
    // ask for something matches gets its limit: so each of them is asked alone, together with those that ask for nothing. (Where a request that meets the one
    // always meets the other too, this finds more than there is.)
    private static ImmutableArray<PolicySnapshot> ForLifetimes(PolicySnapshot snapshot, ImmutableArray<PolicyRule> rules, TimeSpan bound)
    {
        if (snapshot.Ceiling <= bound) return [];
        ImmutableArray<PolicyRule> always = [.. rules.Where(rule => rule.Effect is PolicyEffect.Deny || !Asks(rule))];
        return
        [
            With(snapshot, always),
            .. rules.Where(rule => rule.Effect is PolicyEffect.Allow && Asks(rule) && !(rule.MaxTokenLifetime <= bound)).Select(rule => With(snapshot, always.Add(rule))),
        ];
    }

    private static bool Asks(PolicyRule rule) =>
        rule.Requirement is not null || rule.During is not null || rule.Validity is not null || rule.Who is { Tenants: not null } or { Claims.Count: > 0 };

    private static PolicySnapshot With(PolicySnapshot snapshot, ImmutableArray<PolicyRule> rules) => new(snapshot.Catalog, rules, snapshot.Ceiling, snapshot.Revision);

    /// <summary>The people of one identity provider, as far as rules and the invariant tell them apart.</summary>
    private sealed record Crowd(string Idp, ImmutableArray<string> Groups, ImmutableArray<string> Subjects, bool WithUnknownGroups)
    {
        /// <summary>A person whom no rule names: no id at a provider is empty.</summary>
        public string Nobody => Idp + "|";

        public static Crowd Of(Catalog catalog, ImmutableArray<PolicyRule> rules, Invariant invariant, string idp)
        {
            var named = rules.SelectMany(rule => rule.Who?.Groups?.Names ?? []).Concat(invariant.Never?.Groups ?? []).Concat(invariant.Never?.NoGroups ?? []).ToHashSet(StringComparer.Ordinal);
            var people = rules.SelectMany(rule => rule.Who?.Subjects?.Names ?? []).Where(subject => subject.StartsWith(idp + "|", StringComparison.Ordinal)).Distinct(StringComparer.Ordinal);
            return new Crowd(
                idp, [.. catalog.Groups.Values.Where(group => group.Idp == idp && named.Contains(group.Alias)).Select(group => group.Alias).Order(StringComparer.Ordinal)],
                invariant.Never?.Subjects is { } only ? [.. only.Where(subject => subject.StartsWith(idp + "|", StringComparison.Ordinal)).Order(StringComparer.Ordinal)]
                    : [idp + "|", .. people.Order(StringComparer.Ordinal)],
                // Whose groups are not all known gets no scope that nobody with known groups gets; but fewer rules contribute, and so fewer limits.
                WithUnknownGroups: invariant.LifetimeAtMost is not null);
        }

        /// <summary>Every set of groups, each after all its subsets.</summary>
        public IEnumerable<(IReadOnlySet<string> Groups, bool Complete)> Sets()
        {
            for (var mask = 0L; mask < 1L << Groups.Length; mask++)
                yield return (Groups.Where((_, i) => (mask & (1L << i)) is not 0).ToHashSet(StringComparer.Ordinal), true);
            if (WithUnknownGroups) yield return (ImmutableHashSet<string>.Empty, false);
        }
    }
}
