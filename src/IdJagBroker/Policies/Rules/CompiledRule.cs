using System.Collections.Immutable;
using IdJagBroker.Policies.Decisions;

namespace IdJagBroker.Policies.Rules;

/// <summary>One rule in bits. Null restrains nothing.</summary>
internal sealed class CompiledRule(PolicyRule rule)
{
    public PolicyRule Rule { get; } = rule;

    public bool IsAllow { get; } = rule.Effect is PolicyEffect.Allow;

    public bool IsShadow { get; } = rule.Mode is PolicyMode.Shadow;

    public required ulong[]? Clients { get; init; }

    public required ulong[]? AnyGroup { get; init; }

    public required ulong[]? AllGroups { get; init; }

    public required ulong[]? NoGroup { get; init; }

    /// <summary>Allow: by resource, those only where something can be granted at all.</summary>
    public required ImmutableArray<CompiledGrant> Grants { get; init; }

    /// <summary>Deny: the resources; null: everywhere.</summary>
    public required ulong[]? Target { get; init; }

    /// <summary>Deny: the scopes taken away; empty: everything.</summary>
    public required ImmutableArray<ScopePattern> Patterns { get; init; }

    public required TimeSpan MaxLifetime { get; init; }

    public bool AsksGroups => AnyGroup is not null || AllGroups is not null || NoGroup is not null;

    /// <summary>Whether it is about a client.</summary>
    public bool IsOf(int client) => Clients is null || Has(Clients, client);

    /// <summary>Of a rule that is about the client: whether it is about the person.</summary>
    public bool IsAbout(ReadOnlySpan<ulong> groups, PolicyInput input)
    {
        if (AsksGroups && !(input.GroupsComplete ? GroupsHold(groups) : Missing(Fact.Groups, input))) return false;
        if (Rule.Who is not { } who || who.Everyone) return true;
        if (who.Subjects is { } subjects && !(input.Subject is { } subject ? subjects.HoldsOf(subject) : Missing(Fact.Subject, input))) return false;
        if (who.Idps is { } idps && !(input.Idp is { } idp ? idps.HoldsOf(idp) : Missing(Fact.Subject, input))) return false;
        if (who.Tenants is { } tenants && !(input.Tenant is { } tenant ? tenants.HoldsOf(tenant) : Missing(Fact.Tenant, input))) return false;
        return who.Claims.Count is 0 || Conditions.ClaimsHold(who.Claims, input, Missing(Fact.Claims, input));
    }

    /// <summary>Of an allow rule that is about the request: what it lacks to match.</summary>
    public Unmet Lacks(PolicyInput input, CatalogClient client) => Conditions.Window(Rule, input) | Conditions.Of(Rule.Requirement, input, client);

    /// <summary>Of a deny rule that is about the request: whether it applies. It does if what would lift it is not brought, or not known.</summary>
    public bool Applies(PolicyInput input, CatalogClient client)
    {
        // A window of a deny rule that is hoped away is one that it is not in.
        if (Rule.Validity is not null || Rule.During is not null)
        {
            if (input.Hoped.HasFlag(Fact.Time) || Conditions.Window(Rule, input) is not Unmet.None) return false;
        }
        return Rule.Requirement is null || Conditions.Of(Rule.Requirement, input, client) is not Unmet.None;
    }

    public bool Covers(int resource) => Target is null || Has(Target, resource);

    /// <summary>Whether <paramref name="scope"/> is among those taken away.</summary>
    public bool Strips(string scope)
    {
        foreach (var pattern in Patterns)
            if (pattern.Matches(scope)) return true;
        return false;
    }

    // What is not known never opens a door: it does not hold in an allow rule and does hold in a deny rule; and the other way round if it is hoped for.
    private bool Missing(Fact fact, PolicyInput input) => IsAllow == input.Hoped.HasFlag(fact);

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
