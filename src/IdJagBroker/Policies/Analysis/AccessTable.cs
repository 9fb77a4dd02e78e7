using IdJagBroker.Policies.Rules;

namespace IdJagBroker.Policies.Analysis;

/// <summary>The rules of one revision by what they are about, so that those of a cell are found without looking at the others.</summary>
internal sealed class AccessTable
{
    private readonly PolicySnapshot _snapshot;
    private readonly RuleReach[] _rules;
    private readonly bool _withoutIds;
    private readonly Dictionary<string, ulong[]> _byClient = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Resource, string Scope), ulong[]> _byScope = [];

    /// <param name="snapshot">The revision.</param>
    /// <param name="atoms">With all that its rules ask about, and those of any revision that it is compared to.</param>
    /// <param name="withoutIds">Also of clients that have no id at the authorization server yet: what the rules alone say.</param>
    public AccessTable(PolicySnapshot snapshot, Atoms atoms, bool withoutIds = false)
    {
        (_snapshot, _withoutIds) = (snapshot, withoutIds);
        _rules = [.. snapshot.Rules.Where(rule => rule.Mode is PolicyMode.Enforce).Select(rule => new RuleReach(rule, snapshot, atoms))];
        foreach (var client in snapshot.Catalog.Clients.Values.Where(client => client.Enabled))
            _byClient[client.Alias] = Those(rule => (rule.Client is null || rule.Client.Every || rule.Client.Covers(client)) && CanApply(rule, client.Auth));
        foreach (var resource in snapshot.Catalog.Resources.Values.Where(snapshot.Catalog.IsOpen))
            foreach (var scope in resource.Scopes.Scopes) _byScope[(resource.Alias, scope)] = Those(rule => IsAbout(rule, resource, scope));
    }

    public PolicySnapshot Snapshot => _snapshot;

    /// <summary>Every resource and scope at which something can be granted.</summary>
    public IEnumerable<(string Resource, string Scope)> Scopes => _byScope.Keys;

    /// <summary>Every client that can be granted something.</summary>
    public IEnumerable<string> Clients => _byClient.Keys;

    /// <summary>The numbers of the rules of a cell, to tell cells that are alike; null: nobody gets anything there.</summary>
    private ulong[]? Key(string client, (string Resource, string Scope) at)
    {
        if (!_byClient.TryGetValue(client, out var mine) || !_byScope.TryGetValue(at, out var its) || !(_withoutIds || HasIdThere(client, at.Resource))) return null;
        var both = new ulong[mine.Length];
        for (var i = 0; i < both.Length; i++) both[i] = mine[i] & its[i];
        return both;
    }

    /// <summary>The rules of a cell.</summary>
    public CellRules Rules(string client, (string Resource, string Scope) at)
    {
        if (Key(client, at) is not { } key) return CellRules.Nothing;
        var auth = _snapshot.Catalog.Clients[client].Auth;
        var rules = Bits.Numbers(key).Select(number => _rules[number]).ToList();
        var denies = rules.FindAll(rule => rule.Rule.Effect is PolicyEffect.Deny);
        return new CellRules(
            [.. rules.Where(rule => rule.Rule.Effect is PolicyEffect.Allow)],
            [.. denies.Where(rule => IsUnconditional(rule.Rule, auth))], [.. denies.Where(rule => !IsUnconditional(rule.Rule, auth))], LifetimeAt(at.Resource));
    }

    /// <summary>What the rules of a cell depend on, in a word: cells with the same are alike.</summary>
    public string Text(string client, (string Resource, string Scope) at) =>
        Key(client, at) is { } key ? $"{string.Join(',', key)}|{LifetimeAt(at.Resource).Ticks}|{_snapshot.Catalog.Clients[client].Auth}" : "";

    /// <summary>The limit of a resource's authorization server.</summary>
    public TimeSpan LifetimeAt(string resource) =>
        _snapshot.Catalog.Resources.TryGetValue(resource, out var found) && _snapshot.Catalog.AuthorizationServers[found.AuthorizationServer].MaxLifetime is { } max ? max : TimeSpan.MaxValue;

    // Without an id at the authorization server there is no ID-JAG, whatever the rules say.
    private bool HasIdThere(string client, string resource)
    {
        var server = _snapshot.Catalog.AuthorizationServers[_snapshot.Catalog.Resources[resource].AuthorizationServer];
        return server.ClientIds.ContainsKey(client) || server.SameClientIds.Contains(client);
    }

    private static bool IsAbout(PolicyRule rule, CatalogResource resource, string scope) => rule.Effect is PolicyEffect.Allow
        ? rule.Grant.TryGetValue(resource.Alias, out var scopes) && scopes.Contains(scope)
        : (rule.Target is null || rule.Target.Covers(resource)) && (rule.Scopes.IsEmpty || rule.Scopes.Any(pattern => pattern.Matches(scope)));

    // An allow rule for clients that authenticate otherwise; a deny rule that every request of the client lifts.
    private static bool CanApply(PolicyRule rule, ClientAuth auth) => rule.Requirement?.ClientAuth is not { } asked
        || (rule.Effect is PolicyEffect.Allow ? asked == auth : asked != auth || !(rule.Requirement with { ClientAuth = null }).IsNothing);

    // Nothing that a request may bring lifts it, and it applies at all times.
    private static bool IsUnconditional(PolicyRule rule, ClientAuth auth) =>
        rule.Validity is null && rule.During is null && (rule.Requirement is null || (rule.Requirement.ClientAuth is { } asked && asked != auth));

    private ulong[] Those(Func<PolicyRule, bool> which)
    {
        var set = new ulong[(_rules.Length + 63) / 64];
        for (var i = 0; i < _rules.Length; i++)
            if (which(_rules[i].Rule)) Bits.Set(set, i);
        return set;
    }
}
