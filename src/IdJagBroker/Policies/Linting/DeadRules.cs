using IdJagBroker.Policies.Analysis;
using IdJagBroker.Policies.Rules;

namespace IdJagBroker.Policies.Linting;

/// <summary>Finds allow rules by which nobody can get anything, whatever groups and claims they have and in the best of circumstances.</summary>
internal sealed class DeadRules
{
    private readonly AccessTable _table;
    private readonly PersonSearch _search;
    private readonly string[] _idps;

    public DeadRules(PolicySnapshot snapshot)
    {
        var atoms = new Atoms();
        WhoPredicate.Number(snapshot, atoms);
        (_table, _search) = (new AccessTable(snapshot, atoms), new PersonSearch(atoms));
        _idps = [.. snapshot.Catalog.Idps.Keys.Order(StringComparer.Ordinal)];
    }

    /// <summary>Why nobody gets anything by a rule in force; null: somebody does, or there are too many combinations of groups to say.</summary>
    public string? WhyNobody(PolicyRule rule)
    {
        var (isReached, isFor) = (false, false);
        var denies = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var (reach, rules) in Cells(rule))
        {
            isReached = true;
            if (CanBe(reach, rules)) return null;
            if (!CanBe(reach, rules with { Denies = [] })) continue;
            isFor = true;
            denies.UnionWith(rules.Denies.Select(deny => deny.Rule.Id));
        }
        if (!isReached) return "none of its clients can be granted anything there";
        return isFor ? $"{string.Join(", ", denies)} refuse{(denies.Count is 1 ? "s" : "")} all of it" : "there can be nobody whom it is for";
    }

    // Cells that the same rules have a say about are alike.
    private IEnumerable<(RuleReach Reach, CellRules Rules)> Cells(PolicyRule rule)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var client in _table.Clients)
            foreach (var at in rule.Grant.SelectMany(grant => grant.Value.Scopes.Select(scope => (grant.Key, scope))))
            {
                if (_table.Text(client, at) is not { Length: > 0 } text || !seen.Add(text)) continue;
                var rules = _table.Rules(client, at);
                if (Array.Find(rules.Allows, reach => string.Equals(reach.Rule.Id, rule.Id, StringComparison.Ordinal)) is { } reach) yield return (reach, rules);
            }
    }

    private bool CanBe(RuleReach reach, CellRules rules)
    {
        foreach (var identity in Identities.Of(_idps, [.. rules.All]))
        {
            if (!reach.Who.FitsIdentity(identity)) continue;
            if (_search.Find(new Granted(rules.For(identity) with { Allows = [reach] }), identity.Idp) is not null || _search.GaveUp) return true;
        }
        return false;
    }
}
