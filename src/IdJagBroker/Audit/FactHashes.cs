using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace IdJagBroker.Audit;

/// <summary>
/// Names for what the log must be able to compare and must not tell: a person's groups and the values of claims that rules may ask for. A keyed
/// hash: who has the log and not the key learns which people have something in common, and not what; without the key they mean nothing for good.
/// </summary>
/// <param name="key">The server-side key.</param>
internal sealed class FactHashes(byte[] key)
{
    /// <summary>The most groups of one person that an event holds; of whoever has more, it says so.</summary>
    public const int MaxGroups = 256;

    private const int MaxRemembered = 100_000;
    private const int Bytes = 9;        // 72 bits: no two groups of one enterprise have the same by chance

    private readonly ConcurrentDictionary<(string Kind, string Name), string> _known = new();

    /// <summary>Which key: hashes by another one cannot be compared.</summary>
    public string KeyId { get; } = Convert.ToHexStringLower(HMACSHA256.HashData(key, "key id"u8).AsSpan(0, 4));

    /// <summary>The name of a group.</summary>
    /// <param name="idp">The alias of the identity provider that knows it.</param>
    /// <param name="id">Its stable id there.</param>
    public string OfGroup(string idp, string id) => Of(GroupsOf(idp), id);

    /// <summary>The name of a claim's value.</summary>
    public string OfClaim(string claim, string value) => Of("claim\0" + claim, value);

    /// <summary>Those of a person, in ordinal order, and whether they are all.</summary>
    public (IReadOnlyList<string> Hashes, bool Complete) OfGroups(string idp, IReadOnlyList<string> ids)
    {
        if (ids.Count is 0) return ([], true);
        var hashes = new string[Math.Min(ids.Count, MaxGroups)];
        var kind = GroupsOf(idp);
        for (var i = 0; i < hashes.Length; i++) hashes[i] = Of(kind, ids[i]);
        Array.Sort(hashes, StringComparer.Ordinal);
        return (hashes, ids.Count <= MaxGroups);
    }

    private static string GroupsOf(string idp) => "group\0" + idp;

    private string Of(string kind, string name)
    {
        if (_known.TryGetValue((kind, name), out var known)) return known;
        var hash = Convert.ToBase64String(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{kind}\0{name}")).AsSpan(0, Bytes)).Replace('+', '-').Replace('/', '_');
        if (_known.Count < MaxRemembered) _known.TryAdd((kind, name), hash);
        return hash;
    }
}
