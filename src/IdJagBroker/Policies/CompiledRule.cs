using System.Collections.Frozen;
using System.Collections.Immutable;

namespace IdJagBroker.Policies;

/// <summary>One rule in bits. Null restrains nothing.</summary>
internal sealed class CompiledRule(PolicyRule rule)
{
    public PolicyRule Rule { get; } = rule;

    public required ulong[]? Clients { get; init; }

    public required ulong[]? AnyGroup { get; init; }

    public required ulong[]? AllGroups { get; init; }

    public required ulong[]? NoGroup { get; init; }

    public required FrozenSet<string>? Subjects { get; init; }

    /// <summary>Allow: by resource, those only where something can be granted at all.</summary>
    public required ImmutableArray<CompiledGrant> Grants { get; init; }

    /// <summary>Deny: the resources; null: everywhere.</summary>
    public required ulong[]? Target { get; init; }

    /// <summary>Deny: the scopes taken away; empty: everything.</summary>
    public required ImmutableArray<ScopePattern> Patterns { get; init; }

    public required TimeSpan MaxLifetime { get; init; }

    public bool AsksGroups => AnyGroup is not null || AllGroups is not null || NoGroup is not null;

    /// <summary>
    /// Whether who and client hold. Where the groups are not all known, a condition on groups does not hold in an allow rule and does
    /// hold in a deny rule: what is not known never opens a door.
    /// </summary>
    public bool IsAbout(int client, ReadOnlySpan<ulong> groups, bool groupsComplete, string subject)
    {
        if (Clients is not null && !Has(Clients, client)) return false;
        if (AsksGroups && (groupsComplete ? !GroupsHold(groups) : Rule.Effect is PolicyEffect.Allow)) return false;
        return Subjects is null || Subjects.Contains(subject);
    }

    public bool Covers(int resource) => Target is null || Has(Target, resource);

    /// <summary>Whether <paramref name="scope"/> is among those taken away.</summary>
    public bool Strips(string scope)
    {
        foreach (var pattern in Patterns)
            if (pattern.Matches(scope)) return true;
        return false;
    }

    private bool GroupsHold(ReadOnlySpan<ulong> groups) =>
        (AnyGroup is null || Overlap(AnyGroup, groups)) && (AllGroups is null || Within(AllGroups, groups))
        && (NoGroup is null || !Overlap(NoGroup, groups));

    private static bool Has(ulong[] bits, int number) => (bits[number >> 6] & (1UL << number)) is not 0;

    private static bool Overlap(ulong[] bits, ReadOnlySpan<ulong> others)
    {
        for (var i = 0; i < bits.Length; i++)
            if ((bits[i] & others[i]) is not 0) return true;
        return false;
    }

    private static bool Within(ulong[] bits, ReadOnlySpan<ulong> others)
    {
        for (var i = 0; i < bits.Length; i++)
            if ((bits[i] & ~others[i]) is not 0) return false;
        return true;
    }
}
