using System.Collections.Frozen;
using IdJagBroker.Policies.Rules;

namespace IdJagBroker.Policies.Analysis;

/// <summary>Who vouches for a person, and who the person is: what one can be only one of.</summary>
/// <param name="Idp">The identity provider.</param>
/// <param name="Subject"><c>idp|sub</c> of somebody whom a rule names; null: somebody whom none names.</param>
/// <param name="Tenant">A tenant that a rule names, or <see cref="OtherTenant"/>; null: none.</param>
internal sealed record Identity(string Idp, string? Subject, string? Tenant)
{
    /// <summary>A tenant that no rule names: no tenant is called so.</summary>
    public const string OtherTenant = "\0";

    private const string Nobody = "\0";

    /// <summary>How <c>who.subjects</c> sees the person.</summary>
    public string SubjectName => Subject ?? Nobody;
}

/// <summary><c>who</c> of a rule, over sets of <see cref="Atoms"/>. Groups and claims are all known here: what is missing gives nobody more.</summary>
internal sealed class WhoPredicate
{
    private readonly PolicyWho? _who;
    private readonly bool _isDeny;
    private readonly ulong[]? _any;
    private readonly ulong[]? _all;
    private readonly ulong[]? _none;
    private readonly (ulong[] AnyValue, SetBits Asked)[] _claims;

    public WhoPredicate(PolicyRule rule, Catalog catalog, Atoms atoms)
    {
        (_who, _isDeny) = (rule.Who is { Everyone: false } who ? who : null, rule.Effect is PolicyEffect.Deny);
        int Group(string alias) => atoms.Group(catalog.Groups[alias]);
        (_any, _all, _none) = (Set(_who?.Groups?.AnyOf, Group, atoms), Set(_who?.Groups?.AllOf, Group, atoms), Set(_who?.Groups?.NoneOf, Group, atoms));
        _claims =
        [
            .. (_who?.Claims ?? FrozenDictionary<string, SetCondition>.Empty).Select(entry =>
            {
                int Value(string value) => atoms.Claim(entry.Key, value);
                return (atoms.AnyOf(entry.Key), new SetBits(Set(entry.Value.AnyOf, Value, atoms), Set(entry.Value.AllOf, Value, atoms), Set(entry.Value.NoneOf, Value, atoms)));
            }),
        ];
    }

    public bool FitsIdentity(Identity identity) => _who is null
        || ((_who.Subjects is null || _who.Subjects.HoldsOf(identity.SubjectName)) && (_who.Idps is null || _who.Idps.HoldsOf(identity.Idp))
            && (_who.Tenants is null || (identity.Tenant is null ? _isDeny : _who.Tenants.HoldsOf(identity.Tenant))));

    /// <summary>Whether groups and claims hold.</summary>
    public bool Holds(ReadOnlySpan<ulong> person)
    {
        if (_any is not null && !Bits.Overlap(_any, person)) return false;
        if (_all is not null && !Bits.Within(_all, person)) return false;
        if (_none is not null && Bits.Overlap(_none, person)) return false;
        foreach (var (anyValue, asked) in _claims)
            if (!(Bits.Overlap(anyValue, person) ? asked.Holds(person) : _isDeny)) return false;
        return true;
    }

    /// <summary>Of somebody of whom it does not hold: what they would have to get, some of it, for it to hold.</summary>
    public void AddRaising(Span<ulong> atoms)
    {
        if (_any is not null) Bits.Add(atoms, _any);
        if (_all is not null) Bits.Add(atoms, _all);
        AddClaims(atoms);
    }

    /// <summary>Of somebody of whom it holds: what they would have to get, some of it, for it not to hold.</summary>
    public void AddLowering(Span<ulong> atoms)
    {
        if (_none is not null) Bits.Add(atoms, _none);
        AddClaims(atoms);
    }

    private void AddClaims(Span<ulong> atoms)
    {
        foreach (var (anyValue, _) in _claims) Bits.Add(atoms, anyValue);
    }

    // All atoms are numbered before: a set made now has room for each.
    private static ulong[]? Set(IEnumerable<string>? names, Func<string, int> number, Atoms atoms)
    {
        if (names is null) return null;
        var set = new ulong[atoms.Words];
        foreach (var name in names) Bits.Set(set, number(name));
        return set;
    }

    /// <summary>Numbers all that the rules of a revision ask about.</summary>
    public static void Number(PolicySnapshot snapshot, Atoms atoms)
    {
        foreach (var rule in snapshot.Rules)
        {
            foreach (var group in rule.Who?.Groups?.Names ?? []) atoms.Group(snapshot.Catalog.Groups[group]);
            foreach (var (claim, condition) in rule.Who?.Claims ?? FrozenDictionary<string, SetCondition>.Empty)
            {
                atoms.OtherClaim(claim);
                foreach (var value in condition.Names) atoms.Claim(claim, value);
            }
        }
    }

    private sealed record SetBits(ulong[]? Any, ulong[]? All, ulong[]? None)
    {
        public bool Holds(ReadOnlySpan<ulong> person) =>
            (Any is null || Bits.Overlap(Any, person)) && (All is null || Bits.Within(All, person)) && (None is null || !Bits.Overlap(None, person));
    }
}
