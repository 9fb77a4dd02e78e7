using System.Collections.Frozen;

namespace IdJagBroker.Locks;

/// <summary>
/// The locks at one moment, and which of them stops a request. Pure: time is an argument. Without a lock it costs one comparison, with locks a
/// look-up for each name of the request.
/// </summary>
internal sealed class LockSet
{
    private const string NoName = "";
    private static readonly int Kinds = Enum.GetValues<LockKind>().Length;
    private readonly FrozenDictionary<string, IssuanceLock>[] _byKind = new FrozenDictionary<string, IssuanceLock>[Kinds];
    private readonly bool _isEmpty;

    /// <param name="locks">Those that were not lifted. Of several on one target the one that holds longest counts: when that is over, all are.</param>
    public LockSet(IReadOnlyCollection<IssuanceLock> locks)
    {
        _isEmpty = locks.Count is 0;
        foreach (var kind in Enum.GetValues<LockKind>())
        {
            var longest = new Dictionary<string, IssuanceLock>(StringComparer.Ordinal);
            foreach (var one in locks.Where(one => one.Kind == kind).OrderBy(one => one.ExpiresAt).ThenBy(one => one.Id)) longest[one.Target ?? NoName] = one;
            _byKind[(int)kind] = longest.ToFrozenDictionary(StringComparer.Ordinal);
        }
    }

    /// <summary>The lock that stops an ID-JAG for these, or null. Of several the widest: it is the first to be lifted.</summary>
    /// <param name="client">The client's alias.</param>
    /// <param name="clientId">The id by which it authenticated.</param>
    /// <param name="authServer">The authorization server's issuer.</param>
    /// <param name="resources">The URIs of the MCP servers; one that is locked stops the request.</param>
    /// <param name="subjectKey">The person's random key.</param>
    /// <param name="now">When.</param>
    public IssuanceLock? FindFor(string client, string clientId, string authServer, IReadOnlyList<string> resources, string subjectKey, DateTimeOffset now)
    {
        if (_isEmpty) return null;
        var found = Find(LockKind.Everything, NoName, now) ?? Find(LockKind.Audience, authServer, now) ?? Find(LockKind.Client, client, now) ?? Find(LockKind.Client, clientId, now);
        for (var i = 0; i < resources.Count && found is null; i++) found = Find(LockKind.Resource, resources[i], now);
        return found ?? Find(LockKind.Subject, subjectKey, now);
    }

    /// <summary>The lock that stops a person from signing in through a client, or null.</summary>
    public IssuanceLock? FindForSignIn(string client, string clientId, string subjectKey, DateTimeOffset now) => _isEmpty ? null :
        Find(LockKind.Everything, NoName, now) ?? Find(LockKind.Client, client, now) ?? Find(LockKind.Client, clientId, now) ?? Find(LockKind.Subject, subjectKey, now);

    /// <summary>The lock on a signing key, or null.</summary>
    public IssuanceLock? FindForKey(string kid, DateTimeOffset now) => _isEmpty ? null : Find(LockKind.Key, kid, now);

    private IssuanceLock? Find(LockKind kind, string name, DateTimeOffset now) =>
        _byKind[(int)kind].TryGetValue(name, out var found) && found.IsInForce(now) ? found : null;
}
