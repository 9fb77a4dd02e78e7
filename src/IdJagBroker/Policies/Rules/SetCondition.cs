using System.Collections.Frozen;

namespace IdJagBroker.Policies.Rules;

/// <summary>What a condition asks of a set of names: that some, all or none of these be in it. What is null was not written; all that is written must hold.</summary>
/// <param name="AnyOf">At least one.</param>
/// <param name="AllOf">Each.</param>
/// <param name="NoneOf">Not one.</param>
internal sealed record SetCondition(FrozenSet<string>? AnyOf, FrozenSet<string>? AllOf = null, FrozenSet<string>? NoneOf = null)
{
    /// <summary>Every name that it mentions.</summary>
    public IEnumerable<string> Names => (AnyOf ?? []).Concat(AllOf ?? []).Concat(NoneOf ?? []).Distinct(StringComparer.Ordinal);

    public static SetCondition Any(IEnumerable<string> names) => new(names.ToFrozenSet(StringComparer.Ordinal));

    /// <summary>Whether it holds of a set.</summary>
    public bool Holds(IReadOnlyCollection<string> have)
    {
        if (AnyOf is not null && !Has(have, AnyOf)) return false;
        if (NoneOf is not null && Has(have, NoneOf)) return false;
        if (AllOf is null) return true;
        foreach (var name in AllOf)
            if (!have.Contains(name, StringComparer.Ordinal)) return false;
        return true;
    }

    /// <summary>Whether it holds of the set of one name.</summary>
    public bool HoldsOf(string one) =>
        (AnyOf is null || AnyOf.Contains(one)) && (NoneOf is null || !NoneOf.Contains(one)) && (AllOf is null || (AllOf.Count is 1 && AllOf.Contains(one)));

    /// <inheritdoc/>
    public override string ToString() =>
        string.Join("; ", new[] { Part("any of", AnyOf), Part("all of", AllOf), Part("none of", NoneOf) }.OfType<string>());

    private static bool Has(IReadOnlyCollection<string> have, FrozenSet<string> names)
    {
        foreach (var name in have)
            if (names.Contains(name)) return true;
        return false;
    }

    private static string? Part(string words, FrozenSet<string>? names) => names is null ? null : $"{words} {string.Join(' ', names.Order(StringComparer.Ordinal))}";
}
