using System.Runtime.CompilerServices;
using IdJagBroker.Policies.Rules;
using IdJagBroker.Protocol;

namespace IdJagBroker.Policies.Decisions;

/// <summary>The scratch of one decision, on the stack: scopes are bits in the order asked, resources slots in the order asked.</summary>
internal struct DecisionWork
{
    public int Count;
    public ulong Asked;
    public uint Refused;
    public Slots<int> Resource;
    public Slots<ulong> Stripped;
    public Slots<ulong> Granted;

    /// <summary>Whether the denies alone leave nothing of the request.</summary>
    public readonly bool NothingLeft
    {
        get
        {
            for (var i = 0; i < Count; i++)
                if ((Refused & (1u << i)) is 0 && (Stripped[i] is 0 || (Asked & ~Stripped[i]) is not 0)) return false;
            return true;
        }
    }

    /// <summary>
    /// Drops the resources where nothing is granted (C-05), then the scopes that another kept resource has but does not grant, then the
    /// resources that this leaves empty. Returns the scopes that remain.
    /// </summary>
    public ulong KeepWhatIsGrantedEverywhere(CompiledPolicy policy, ScopeSet scope)
    {
        var crossing = 0UL;
        for (var i = 0; i < Count && Count > 1; i++)
            if (Granted[i] is not 0) crossing |= Known(policy.Resources[Resource[i]].Scopes, scope) & ~Granted[i];
        var kept = 0UL;
        for (var i = 0; i < Count; i++) kept |= Granted[i] &= ~crossing;
        return kept;
    }

    private static ulong Known(ScopeSet scopes, ScopeSet asked)
    {
        var known = 0UL;
        for (var s = 0; s < asked.Scopes.Length && s < ScopeSet.MaxScopes; s++)
            if (scopes.Contains(asked.Scopes[s])) known |= 1UL << s;
        return known;
    }
}

/// <summary>One value for each of the resources of a request.</summary>
[InlineArray(PolicyInput.MaxResources)]
internal struct Slots<T>
{
    private T _first;
}
