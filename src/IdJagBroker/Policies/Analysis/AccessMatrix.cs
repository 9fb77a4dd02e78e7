using System.Collections.Immutable;

namespace IdJagBroker.Policies.Analysis;

/// <summary>Who gets what: every client, every resource.</summary>
/// <param name="Clients">By alias.</param>
/// <param name="Resources">By alias.</param>
/// <param name="Cells">What somebody gets there; nothing where nobody gets anything.</param>
internal sealed record AccessMatrix(ImmutableArray<string> Clients, ImmutableArray<string> Resources, ImmutableArray<AccessCell> Cells)
{
    public static AccessMatrix Of(PolicySnapshot snapshot)
    {
        var atoms = new Atoms();
        WhoPredicate.Number(snapshot, atoms);
        var (table, search) = (new AccessTable(snapshot, atoms), new PersonSearch(atoms));
        string[] idps = [.. snapshot.Catalog.Idps.Keys.Order(StringComparer.Ordinal)];
        var known = new Dictionary<string, ScopeAccess?>(StringComparer.Ordinal);
        var cells = ImmutableArray.CreateBuilder<AccessCell>();
        foreach (var client in table.Clients.Order(StringComparer.Ordinal))
            foreach (var resource in snapshot.Catalog.Resources.Values.OrderBy(resource => resource.Alias, StringComparer.Ordinal))
            {
                var scopes = ImmutableArray.CreateBuilder<ScopeAccess>();
                foreach (var scope in resource.Scopes.Scopes)
                {
                    if (table.Text(client, (resource.Alias, scope)) is not { Length: > 0 } text) continue;
                    if (!known.TryGetValue(text, out var access)) known[text] = access = Access(table.Rules(client, (resource.Alias, scope)), idps, search);
                    if (access is not null) scopes.Add(access with { Scope = scope });
                }
                if (scopes.Count > 0) cells.Add(new AccessCell(client, resource.Alias, scopes.DrainToImmutable()));
            }
        return new AccessMatrix(
            [.. table.Clients.Order(StringComparer.Ordinal)], [.. snapshot.Catalog.Resources.Keys.Order(StringComparer.Ordinal)], cells.DrainToImmutable());
    }

    // For each rule that grants it, somebody who gets it by that rule: a rule that denies overrule altogether gives nobody anything.
    private static ScopeAccess? Access(CellRules rules, string[] idps, PersonSearch search)
    {
        var ways = ImmutableArray.CreateBuilder<AccessWay>();
        foreach (var rule in rules.Allows)
            if (SomebodyBy(rule, rules, idps, search) is { } who)
                ways.Add(new AccessWay(rule.Rule.Id, PeopleText.Of(rule.Rule.Who), rule.Terms, rule.Lifetime < rules.MaxLifetime ? rule.Lifetime : rules.MaxLifetime, who, [.. rules.Exceptions.Select(exception => exception.Rule.Id)]));
        return ways.Count is 0 ? null : new ScopeAccess("", ways.DrainToImmutable());
    }

    /// <summary>Somebody who gets a scope by one rule; null: nobody does.</summary>
    public static Witness? SomebodyBy(RuleReach rule, CellRules rules, IReadOnlyCollection<string> idps, PersonSearch search)
    {
        foreach (var identity in Identities.Of(idps, [.. rules.All]))
        {
            if (!rule.Who.FitsIdentity(identity)) continue;
            if (search.Find(new Granted(rules.For(identity) with { Allows = [rule] }), identity.Idp) is { } person) return search.Describe(identity, person);
        }
        return null;
    }
}

/// <summary>What somebody gets by one client at one resource.</summary>
internal sealed record AccessCell(string Client, string Resource, ImmutableArray<ScopeAccess> Scopes);

/// <summary>One scope, and the ways to it.</summary>
internal sealed record ScopeAccess(string Scope, ImmutableArray<AccessWay> Ways);

/// <summary>One way to a scope.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="People">For whom, as the rule says.</param>
/// <param name="Terms">Under which circumstances; empty: any.</param>
/// <param name="Lifetime">For how long at the most.</param>
/// <param name="Example">Somebody who gets it.</param>
/// <param name="Exceptions">Deny rules that may take it away under some circumstances.</param>
internal sealed record AccessWay(string Rule, string People, string Terms, TimeSpan Lifetime, Witness Example, ImmutableArray<string> Exceptions);
