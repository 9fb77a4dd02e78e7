using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using IdJagBroker.Audit;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Decisions;
using IdJagBroker.Policies.Rules;
using IdJagBroker.Protocol;

namespace IdJagBroker.PastDecisions;

/// <summary>
/// Puts recorded decisions to a revision, which may not be the one that they were made by: its aliases for the groups and resources of the event, its named
/// people for the event's random keys. What the event cannot tell is said, and never guessed.
/// </summary>
internal sealed class RevisionReader
{
    private const int MaxListed = 16;
    private const int MaxKept = 100_000;

    private readonly FrozenDictionary<string, (string Idp, string Alias)> _groups;
    private readonly FrozenDictionary<(string Claim, string Hash), string> _values;
    private readonly NamedPeople _people;
    private readonly string _key;
    private readonly FrozenSet<string> _claims;
    private readonly FrozenSet<string> _deviceClaims;
    private readonly bool _asksNetwork;

    // What was worked out for words that come again and again.
    private readonly Remembered<string, CatalogResource?> _resources;
    private readonly Remembered<string, ScopeSet?> _scopes = new(static text => ScopeSet.TryParse(text, out var scope) ? scope : null);
    private readonly Remembered<string, IPNetwork?> _networks = new(static text => IPNetwork.TryParse(text, out var network) ? network : null);
    private readonly Dictionary<string[], (string Idp, HashSet<string> Groups)> _groupSets = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string[], (List<CatalogResource> Found, ImmutableArray<string> Aliases)> _resourceLists = new(ReferenceEqualityComparer.Instance);

    /// <param name="snapshot">The revision.</param>
    /// <param name="hashes">What the log calls groups and values.</param>
    /// <param name="people">Whom the revision names.</param>
    public RevisionReader(PolicySnapshot snapshot, FactHashes hashes, NamedPeople people)
    {
        (Snapshot, _people, _key) = (snapshot, people, hashes.KeyId);
        _resources = new(uri => ResourceIndicator.TryParse(uri, out var indicator) ? snapshot.Catalog.FindResource(indicator) : null);
        _groups = snapshot.Catalog.Groups.Values.ToFrozenDictionary(group => hashes.OfGroup(group.Idp, group.Id), group => (group.Idp, group.Alias), StringComparer.Ordinal);
        var conditions = snapshot.Rules.SelectMany(rule => rule.Who?.Claims.AsEnumerable() ?? []).Concat(snapshot.Rules.SelectMany(rule => rule.Requirement?.Device.AsEnumerable() ?? [])).ToList();
        _values = conditions.SelectMany(entry => entry.Value.Names.Select(value => (entry.Key, Value: value))).Distinct()
            .ToFrozenDictionary(entry => (entry.Key, hashes.OfClaim(entry.Key, entry.Value)), entry => entry.Value);
        _claims = snapshot.Rules.SelectMany(rule => rule.Who?.Claims.Keys ?? []).ToFrozenSet(StringComparer.Ordinal);
        _deviceClaims = snapshot.Rules.SelectMany(rule => rule.Requirement?.Device.Keys ?? []).ToFrozenSet(StringComparer.Ordinal);
        _asksNetwork = snapshot.Rules.Any(rule => rule.Requirement is { } asked && !(asked.CidrAnyOf.IsEmpty && asked.CidrNoneOf.IsEmpty));
    }

    public PolicySnapshot Snapshot { get; }

    /// <summary>The same request, for this revision; null if it has no such client, or no such resource.</summary>
    /// <param name="past">What is recorded.</param>
    /// <param name="recordedClaims">The claims that the log would have if the token had them: <c>policyClaims</c> of the revision that decided.</param>
    /// <param name="unknown">What this revision asks about and the event does not tell.</param>
    public PolicyInput? Read(RecordedDecision past, IReadOnlyCollection<string> recordedClaims, out Fact unknown)
    {
        unknown = Fact.None;
        if (!Snapshot.Catalog.Clients.ContainsKey(past.Client!) || Resources(past) is not var (resources, aliases)) return null;
        var scope = Scope(past, resources);
        if (scope.IsEmpty) return null;
        var readable = past.HashKey == _key;                // by another key, the hashes are of nobody knows what
        if (!readable) unknown |= Fact.Groups | Fact.Claims | Fact.Device;
        if (_asksNetwork) unknown |= Fact.Network;          // only a part of the address is kept
        if (_claims.Count > 0 && _claims.Any(claim => !past.Claims.ContainsKey(claim) && !recordedClaims.Contains(claim))) unknown |= Fact.Claims;
        if (_deviceClaims.Count > 0 && _deviceClaims.Any(claim => !past.Claims.ContainsKey(claim) && !recordedClaims.Contains(claim))) unknown |= Fact.Device;
        var subject = _people.NameOf(past.SubjectKey, past.Upstream!);
        if (subject is null) unknown |= Fact.Subject;
        return new PolicyInput
        {
            ClientAlias = past.Client!,
            Subject = subject,
            Idp = past.Upstream,
            Tenant = past.Tenant,
            Groups = Groups(past),
            GroupsComplete = readable && !past.Overage,
            Claims = !readable || !past.HasClaims ? FrozenDictionary<string, IReadOnlyList<string>>.Empty : past.Claims.ToDictionary(entry => entry.Key, entry => (IReadOnlyList<string>)[.. entry.Value.Select(hash => _values.GetValueOrDefault((entry.Key, hash), "(" + hash + ")"))], StringComparer.Ordinal),
            ResourceAliases = aliases,
            ResourceNamed = past.ResourceNamed,
            Scope = scope,
            Acr = past.Acrs.Length > 0 ? past.Acrs : past.Acr is { } acr ? [acr] : [],
            Amr = past.Amr,
            SignInAge = past.SignInAge is { } age ? TimeSpan.FromSeconds(age) : null,
            Dpop = past.Dpop,
            Network = past.Network is { } network ? _networks.Of(network) : null,
            At = past.At,
        };
    }

    /// <summary>A list of scopes as an event has it; null: it is none.</summary>
    public ScopeSet? ScopeOf(string text) => _scopes.Of(text);

    // What was asked for if it was; what came of that if the request left it to us.
    private (List<CatalogResource> Found, ImmutableArray<string> Aliases)? Resources(RecordedDecision past)
    {
        var named = past.RequestedResources.Length > 0 ? past.RequestedResources : past.Resources;
        if (_resourceLists.TryGetValue(named, out var known)) return known;
        var found = new List<CatalogResource>(named.Length);
        foreach (var uri in named)
        {
            if (_resources.Of(uri) is not { } resource) return null;
            found.Add(resource);
        }
        if (found.Count is 0) return null;
        known = (found, [.. found.Select(resource => resource.Alias)]);
        return Keep(_resourceLists, named, known);
    }

    private ScopeSet Scope(RecordedDecision past, List<CatalogResource> resources) =>
        past.RequestedScope is { } text && _scopes.Of(text) is { IsEmpty: false } scope ? scope
        : resources.Aggregate(ScopeSet.Empty, (scopes, resource) => scopes.Union(resource.DefaultScopes));

    private HashSet<string> Groups(RecordedDecision past)
    {
        if (_groupSets.TryGetValue(past.Groups, out var known) && known.Idp == past.Upstream) return known.Groups;
        var groups = new HashSet<string>(StringComparer.Ordinal);
        foreach (var hash in past.Groups)
            if (_groups.TryGetValue(hash, out var group) && string.Equals(group.Idp, past.Upstream, StringComparison.Ordinal)) groups.Add(group.Alias);
        return Keep(_groupSets, past.Groups, (past.Upstream!, groups)).Item2;
    }

    // By the list itself, which is the same object in every event that has it (LogWords), unless it is so long that it is not kept.
    private static T Keep<T>(Dictionary<string[], T> kept, string[] list, T worked)
    {
        if (list.Length > MaxListed) return worked;
        if (kept.Count >= MaxKept) kept.Clear();
        return kept[list] = worked;
    }

    /// <summary>What is worked out for a word, kept for the next time; null too.</summary>
    private sealed class Remembered<TKey, T>(Func<TKey, T> work) where TKey : notnull
    {
        private readonly Dictionary<TKey, T> _kept = [];

        public T Of(TKey word)
        {
            if (_kept.TryGetValue(word, out var known)) return known;
            if (_kept.Count >= MaxKept) _kept.Clear();
            return _kept[word] = work(word);
        }
    }
}
