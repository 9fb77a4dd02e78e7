using IdJagBroker.Policies.Rules;

namespace IdJagBroker.Policies.Analysis;

/// <summary>
/// Looks for somebody who can get what an invariant forbids: for every client, every scope of every resource and every person named, over all sets of groups and claims, by
/// witnesses and not by going through them. What is not found does not exist. What is found is so in the best of circumstances, which may exclude each other.
/// </summary>
/// <remarks>One scope at one resource is enough: asking for more at once never gives more of either (C-05), nor a longer life.</remarks>
internal sealed class InvariantSearch
{
    private readonly PolicySnapshot _snapshot;
    private readonly Invariant _invariant;
    private readonly Atoms _atoms = new();
    private readonly AccessTable _table;
    private readonly PersonSearch _search;
    private readonly Dictionary<(string Idp, string Cell), (InvariantViolation? Found, bool GaveUp)> _known = [];

    private InvariantSearch(PolicySnapshot snapshot, Invariant invariant)
    {
        (_snapshot, _invariant) = (snapshot, invariant);
        WhoPredicate.Number(snapshot, _atoms);
        foreach (var group in Constrained) _atoms.Group(snapshot.Catalog.Groups[group]);
        _table = new AccessTable(snapshot, _atoms, withoutIds: true);
        _search = new PersonSearch(_atoms);
    }

    private IEnumerable<string> Constrained => (_invariant.Never?.Groups ?? []).Concat(_invariant.Never?.NoGroups ?? []);

    public static InvariantResult Check(PolicySnapshot snapshot, Invariant invariant) => new InvariantSearch(snapshot, invariant).Check();

    private InvariantResult Check()
    {
        var violations = new List<InvariantViolation>();
        var undecided = 0;
        foreach (var idp in _snapshot.Catalog.Idps.Keys.Order(StringComparer.Ordinal))
            foreach (var client in _snapshot.Catalog.Clients.Values.OrderBy(client => client.Alias, StringComparer.Ordinal))
                foreach (var resource in _snapshot.Catalog.Resources.Values.OrderBy(resource => resource.Alias, StringComparer.Ordinal))
                    foreach (var scope in resource.Scopes.Scopes.Order(StringComparer.Ordinal))
                    {
                        if (_invariant.Never?.IsAbout(client, resource, scope) is false) continue;
                        var (found, gaveUp) = At(idp, client.Alias, (resource.Alias, scope));
                        if (found is not null) violations.Add(found with { Client = client.Alias, Resource = resource.Alias, Scope = scope });
                        if (gaveUp) undecided++;
                    }
        return new InvariantResult(Classes(), violations, undecided);
    }

    // Cells that the same rules have a say about are alike.
    private (InvariantViolation? Found, bool GaveUp) At(string idp, string client, (string Resource, string Scope) at)
    {
        var text = _table.Text(client, at);
        if (text.Length is 0) return (null, false);
        if (_known.TryGetValue((idp, text), out var known)) return known;
        return _known[(idp, text)] = Find(idp, _table.Rules(client, at));
    }

    private (InvariantViolation?, bool) Find(string idp, CellRules rules)
    {
        var gaveUp = false;
        if (Must(_invariant.Never?.Groups, idp) is not { } has) return (null, false);
        var without = Must(_invariant.Never?.NoGroups, idp, othersToo: true)!;
        if (Bits.Overlap(has, without)) return (null, false);      // nobody is in a group and not in it
        foreach (var identity in Identities.Of([idp], [.. rules.All], _invariant.Never?.Subjects).Where(IsAsked).OrderBy(identity => identity.Subject is not null))
        {
            var mine = rules.For(identity);
            if (_search.Find(Goal(mine), idp, has, without) is { } person) return (Violation(identity, mine, person, complete: true), false);
            gaveUp |= _search.GaveUp;
            // Whose groups are not all known gets no scope that nobody with known groups gets; but fewer rules contribute, and so fewer limits.
            if (_invariant.LifetimeAtMost is not null && mine.ForUnknownGroups() is var unknown && _search.Find(Goal(unknown), idp) is { } somebody)
                return (Violation(identity, unknown, somebody, complete: false), false);
        }
        return (null, gaveUp);
    }

    private IGoal Goal(CellRules rules) => _invariant.LifetimeAtMost is { } bound ? new LivesLonger(rules, bound) : new Granted(rules);

    private bool IsAsked(Identity identity) => _invariant.Never?.Subjects is not { } only || (identity.Subject is { } subject && only.Contains(subject));

    // Null: nobody of that provider can be in a group of another.
    private ulong[]? Must(IEnumerable<string>? groups, string idp, bool othersToo = false)
    {
        var set = new ulong[_atoms.Words];
        foreach (var alias in groups ?? [])
        {
            var group = _snapshot.Catalog.Groups[alias];
            if (group.Idp != idp && !othersToo) return null;
            Bits.Set(set, _atoms.Group(group));
        }
        return set;
    }

    private InvariantViolation Violation(Identity identity, CellRules rules, ulong[] person, bool complete) => new()
    {
        Client = "", Resource = "", Scope = "", Idp = identity.Idp, Subject = identity.Subject, Tenant = identity.Tenant, Groups = _search.Describe(identity, person).Has, GroupsComplete = complete,
        RuleIds = [.. rules.RulesOf(person)], Lifetime = rules.LongestLife(person),
    };

    // Clients × scopes × sets of the groups that anybody speaks of, for each provider.
    private long Classes()
    {
        var named = _snapshot.Rules.Where(rule => rule.Mode is PolicyMode.Enforce).SelectMany(rule => rule.Who?.Groups?.Names ?? []).Concat(Constrained).Distinct(StringComparer.Ordinal).Select(alias => _snapshot.Catalog.Groups[alias].Idp).ToList();
        var cells = (long)_snapshot.Catalog.Clients.Count * _snapshot.Catalog.Resources.Values.Sum(resource => (long)resource.Scopes.Scopes.Length);
        return _snapshot.Catalog.Idps.Keys.Sum(idp => cells * (1L << Math.Min(named.Count(owner => owner == idp), 40)));
    }
}
