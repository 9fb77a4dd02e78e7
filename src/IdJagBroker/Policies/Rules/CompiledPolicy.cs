using System.Collections.Frozen;
using System.Collections.Immutable;
using IdJagBroker.Protocol;

namespace IdJagBroker.Policies.Rules;

/// <summary>
/// The rules, those on trial too, with every alias turned into a bit, so that one rule costs a few machine words per decision. Made once per snapshot.
/// </summary>
internal sealed class CompiledPolicy
{
    private readonly FrozenDictionary<string, int> _clients;
    private readonly FrozenDictionary<string, int> _groups;
    private readonly FrozenDictionary<string, int> _resources;
    private readonly ClientRules?[] _byClient;

    public CompiledPolicy(Catalog catalog, ImmutableArray<PolicyRule> rules)
    {
        _clients = Number(catalog.Clients.Keys);
        _byClient = new ClientRules?[_clients.Count];
        _groups = Number(catalog.Groups.Keys);
        _resources = Number(catalog.Resources.Keys);
        Resources = [.. catalog.Resources.Values.OrderBy(resource => _resources[resource.Alias])];
        ImmutableArray<CompiledRule> compiled = [.. rules.Select(rule => Compile(rule, catalog))];
        (Denies, Allows) = ([.. compiled.Where(rule => !rule.IsAllow)], [.. compiled.Where(rule => rule.IsAllow)]);
        HasShadow = compiled.Any(rule => rule.IsShadow);
    }

    /// <summary>The resources by their number.</summary>
    public ImmutableArray<CatalogResource> Resources { get; }

    public ImmutableArray<CompiledRule> Denies { get; }

    public ImmutableArray<CompiledRule> Allows { get; }

    /// <summary>Those of the rules that are about a client, in their order: mostly few of them.</summary>
    /// <param name="client">Its number.</param>
    public ClientRules Of(int client) =>
        _byClient[client] ??= new ClientRules([.. Denies.Where(rule => rule.IsOf(client))], [.. Allows.Where(rule => rule.IsOf(client))]);

    /// <summary>Whether any rule is on trial.</summary>
    public bool HasShadow { get; }

    public int GroupWords => Words(_groups.Count);

    public int ClientNumber(string alias) => _clients.GetValueOrDefault(alias, -1);

    public int ResourceNumber(string alias) => _resources.GetValueOrDefault(alias, -1);

    /// <summary>Sets the bits of a person's groups; an alias that the catalogue does not know has none.</summary>
    public void SetGroups(IReadOnlySet<string> aliases, Span<ulong> bits)
    {
        if (aliases is HashSet<string> set)         // nearly always, and then without an enumerator on the heap
        {
            foreach (var alias in set) Set(alias, bits);
            return;
        }
        foreach (var alias in aliases) Set(alias, bits);
    }

    private void Set(string alias, Span<ulong> bits)
    {
        if (_groups.TryGetValue(alias, out var number)) bits[number >> 6] |= 1UL << number;
    }

    private CompiledRule Compile(PolicyRule rule, Catalog catalog) => new(rule)
    {
        Clients = rule.Client is { Every: false } clients ? Bits(catalog.Clients.Values.Where(clients.Covers).Select(client => client.Alias), _clients) : null,
        AnyGroup = Bits(rule.Who?.Groups?.AnyOf, _groups),
        AllGroups = Bits(rule.Who?.Groups?.AllOf, _groups),
        NoGroup = Bits(rule.Who?.Groups?.NoneOf, _groups),
        Grants = [.. rule.Grant.Where(grant => catalog.IsOpen(catalog.Resources[grant.Key]))
            .Select(grant => new CompiledGrant(_resources[grant.Key], grant.Value)).OrderBy(grant => grant.Resource)],
        Target = rule.Target is { } target ? Bits(Resources.Where(target.Covers).Select(resource => resource.Alias), _resources) : null,
        Patterns = rule.Scopes,
        MaxLifetime = rule.MaxTokenLifetime ?? TimeSpan.MaxValue,
    };

    private static int Words(int count) => (count + 63) / 64;

    private static FrozenDictionary<string, int> Number(IEnumerable<string> aliases) => aliases.Order(StringComparer.Ordinal)
        .Select((alias, number) => KeyValuePair.Create(alias, number)).ToFrozenDictionary(StringComparer.Ordinal);

    private static ulong[]? Bits(IEnumerable<string>? aliases, FrozenDictionary<string, int> numbers)
    {
        if (aliases is null) return null;
        var bits = new ulong[Words(numbers.Count)];
        foreach (var alias in aliases) bits[numbers[alias] >> 6] |= 1UL << numbers[alias];
        return bits;
    }
}

/// <summary>What an allow rule gives at one resource.</summary>
internal readonly record struct CompiledGrant(int Resource, ScopeSet Scopes);

/// <summary>The rules that are about one client.</summary>
internal sealed record ClientRules(ImmutableArray<CompiledRule> Denies, ImmutableArray<CompiledRule> Allows);
