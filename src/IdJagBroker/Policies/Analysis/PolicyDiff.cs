using System.Collections.Immutable;
using IdJagBroker.Policies.Rules;

namespace IdJagBroker.Policies.Analysis;

/// <summary>
/// What two revisions give differently: over every client, resource, scope, person named, and every set of groups, not over samples of them. Rules on trial give
/// nothing and are left out.
/// </summary>
internal sealed class PolicyDiff
{
    private readonly AccessTable _before;
    private readonly AccessTable _after;
    private readonly Atoms _atoms = new();
    private readonly PersonSearch _search;
    private readonly string[] _idps;
    private readonly Dictionary<(string Before, string After), ImmutableArray<Difference>> _known = [];

    private PolicyDiff(PolicySnapshot before, PolicySnapshot after)
    {
        WhoPredicate.Number(before, _atoms);
        WhoPredicate.Number(after, _atoms);
        (_before, _after) = (new AccessTable(before, _atoms), new AccessTable(after, _atoms));
        _search = new PersonSearch(_atoms);
        _idps = [.. before.Catalog.Idps.Keys.Union(after.Catalog.Idps.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    /// <summary>In the order of client, resource, scope.</summary>
    public static IReadOnlyList<AccessChange> Of(PolicySnapshot before, PolicySnapshot after) => new PolicyDiff(before, after).Changes();

    private List<AccessChange> Changes()
    {
        var changes = new List<AccessChange>();
        var scopes = _before.Scopes.Union(_after.Scopes).Order().ToList();
        foreach (var client in _before.Clients.Union(_after.Clients, StringComparer.Ordinal).Order(StringComparer.Ordinal))
            foreach (var at in scopes)
                foreach (var difference in At(client, at))
                    changes.Add(new AccessChange(difference.Kind, client, at.Resource, at.Scope, difference.Who, difference.Before, difference.After, difference.Rules));
        return changes;
    }

    // Cells that the same rules have a say about are alike.
    private ImmutableArray<Difference> At(string client, (string Resource, string Scope) at)
    {
        var key = (_before.Text(client, at), _after.Text(client, at));
        if (key is ("", "")) return [];
        return _known.TryGetValue(key, out var known) ? known : _known[key] = Compare(_before.Rules(client, at), _after.Rules(client, at));
    }

    private ImmutableArray<Difference> Compare(CellRules before, CellRules after)
    {
        var rules = Differing(before, after);
        if (rules.IsEmpty && before.MaxLifetime == after.MaxLifetime) return [];
        var found = ImmutableArray.CreateBuilder<Difference>();
        var identities = Identities.Of(_idps, [.. before.All, .. after.All]).OrderBy(identity => identity.Subject is not null).ToList();
        foreach (var kind in (AccessChangeKind[])[AccessChangeKind.Lost, AccessChangeKind.Gained, AccessChangeKind.Changed])
        {
            var (who, gaveUp) = Who(kind, before, after, identities);
            if (gaveUp) found.Add(new Difference(AccessChangeKind.Unknown, [], [], [], rules));
            if (who.Count is 0) continue;
            var (identity, person) = (who[0].Identity, who[0].Person);
            found.Add(new Difference(kind, [.. who.Select(one => _search.Describe(one.Identity, one.Person))],
                [.. before.For(identity).TermsOf(person)], [.. after.For(identity).TermsOf(person)], rules));
        }
        return found.DrainToImmutable();
    }

    // Of people whom a rule names, only if it is not true of anybody else.
    private (List<(Identity Identity, ulong[] Person)> Who, bool GaveUp) Who(AccessChangeKind kind, CellRules before, CellRules after, List<Identity> identities)
    {
        var who = new List<(Identity, ulong[])>();
        var gaveUp = false;
        foreach (var identity in identities)
        {
            if (identity.Subject is not null && who.Exists(one => one.Item1.Subject is null)) continue;
            var (mine, yours) = (before.For(identity), after.For(identity));
            IGoal goal = kind switch
            {
                AccessChangeKind.Gained => new GrantedOnlyBy(yours, mine),
                AccessChangeKind.Lost => new GrantedOnlyBy(mine, yours),
                _ => new GrantedOtherwise(mine, yours),
            };
            var simple = Simple(goal, identity, mine, yours);
            if (simple.Count > 0) who.AddRange(simple.Select(person => (identity, person)));
            else if (_search.Find(goal, identity.Idp) is { } person) who.Add((identity, person));
            else gaveUp |= _search.GaveUp;
        }
        return (who, gaveUp);
    }

    // Somebody without any group; else those with one.
    private List<ulong[]> Simple(IGoal goal, Identity identity, CellRules before, CellRules after)
    {
        var nothing = new ulong[_atoms.Words];
        if (goal.IsReached(nothing)) return [nothing];
        var mentioned = new ulong[_atoms.Words];
        foreach (var rule in before.All.Concat(after.All))
        {
            rule.Who.AddRaising(mentioned);
            rule.Who.AddLowering(mentioned);
        }
        var found = new List<ulong[]>();
        foreach (var number in Bits.Numbers(mentioned))
        {
            if (_atoms[number].Idp is { } idp && !string.Equals(idp, identity.Idp, StringComparison.Ordinal)) continue;
            var person = new ulong[_atoms.Words];
            Bits.Set(person, number);
            if (goal.IsReached(person)) found.Add(person);
        }
        return found;
    }

    private static ImmutableArray<string> Differing(CellRules before, CellRules after)
    {
        var (mine, yours) = (Signatures(before), Signatures(after));
        return [.. mine.Where(rule => !yours.ContainsKey(rule.Key)).Concat(yours.Where(rule => !mine.ContainsKey(rule.Key))).Select(rule => rule.Value).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    private static Dictionary<string, string> Signatures(CellRules rules)
    {
        var signatures = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var rule in rules.Allows.Concat(rules.Denies)) signatures.TryAdd(rule.Signature, rule.Rule.Id);
        foreach (var rule in rules.Exceptions) signatures.TryAdd("sometimes " + rule.Signature, rule.Rule.Id);
        return signatures;
    }

    private sealed record Difference(AccessChangeKind Kind, ImmutableArray<Witness> Who, ImmutableArray<string> Before, ImmutableArray<string> After, ImmutableArray<string> Rules);
}
