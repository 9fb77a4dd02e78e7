using IdJagBroker.Policies.Rules;

namespace IdJagBroker.Policies.Analysis;

/// <summary>
/// Everything that a rule can ask of a person beyond who vouches for them, each as one yes or no: membership in a group, having a claim, having
/// a value of a claim. A group is its identity provider's id for it and not its alias, which may mean another group in another revision.
/// </summary>
internal sealed class Atoms
{
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly List<Atom> _atoms = [];
    private readonly Dictionary<string, List<int>> _claims = new(StringComparer.Ordinal);

    public int Count => _atoms.Count;

    /// <summary>How many words a set of them takes.</summary>
    public int Words => (_atoms.Count + 63) / 64;

    public Atom this[int number] => _atoms[number];

    public int Group(CatalogGroup group) => Number($"g\0{group.Idp}\0{group.Id}", new Atom(group.Idp, group.Alias));

    /// <summary>Having a claim with a value that no rule names.</summary>
    public int OtherClaim(string claim) => Claim(claim, $"h\0{claim}", "another value");

    public int Claim(string claim, string value) => Claim(claim, $"c\0{claim}\0{value}", value);

    /// <summary>All that say of a claim that somebody has it. Of use when all are numbered.</summary>
    public ulong[] AnyOf(string claim)
    {
        var set = new ulong[Words];
        foreach (var number in _claims.GetValueOrDefault(claim, [])) Bits.Set(set, number);
        return set;
    }

    private int Claim(string claim, string key, string value)
    {
        var before = _atoms.Count;
        var number = Number(key, new Atom(null, $"{claim}: {value}"));
        if (_atoms.Count == before) return number;
        if (!_claims.TryGetValue(claim, out var all)) _claims[claim] = all = [];
        all.Add(number);
        return number;
    }

    private int Number(string key, Atom atom)
    {
        if (_numbers.TryGetValue(key, out var number)) return number;
        _atoms.Add(atom);
        return _numbers[key] = _atoms.Count - 1;
    }
}

/// <summary>One of them.</summary>
/// <param name="Idp">Of a group: whose. Only people of that provider can be in it.</param>
/// <param name="Name">For people.</param>
internal sealed record Atom(string? Idp, string Name);
