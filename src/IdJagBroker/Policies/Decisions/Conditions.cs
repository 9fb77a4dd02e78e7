using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using IdJagBroker.Policies.Rules;

namespace IdJagBroker.Policies.Decisions;

/// <summary>What of a rule's further conditions does not hold. Each condition is one line here; none of them depends on another.</summary>
internal static class Conditions
{
    /// <summary>When the rule applies. The time is always known.</summary>
    public static Unmet Window(PolicyRule rule, PolicyInput input)
    {
        if (rule.Validity is null && rule.During is null) return Unmet.None;
        if (input.Hoped.HasFlag(Fact.Time)) return Unmet.None;
        var unmet = Unmet.None;
        if (input.At < rule.Validity?.From) unmet |= Unmet.NotYet;
        if (input.At >= rule.Validity?.Until) unmet |= Unmet.Expired;
        if (rule.During is { } hours && !hours.Covers(input.At)) unmet |= Unmet.Hours;
        return unmet;
    }

    /// <summary>What the request must bring. What it does not tell, it does not bring.</summary>
    public static Unmet Of(PolicyRequirement? asked, PolicyInput input, CatalogClient client)
    {
        if (asked is null) return Unmet.None;
        var unmet = Unmet.None;
        if (!asked.CidrAnyOf.IsEmpty && !Inside(asked.CidrAnyOf, input.Network, input.Hoped)) unmet |= Unmet.Network;
        if (!asked.CidrNoneOf.IsEmpty && !Outside(asked.CidrNoneOf, input.Network, input.Hoped)) unmet |= Unmet.Network;
        if (asked.Device.Count > 0 && !ClaimsHold(asked.Device, input, input.Hoped.HasFlag(Fact.Device))) unmet |= Unmet.Device;
        if (asked.ClientAuth is { } auth && auth != client.Auth) unmet |= Unmet.ClientAuth;
        if (asked.Dpop && !input.Dpop && !input.Hoped.HasFlag(Fact.Dpop)) unmet |= Unmet.Dpop;
        if (asked.Resource && !input.ResourceNamed && !input.Hoped.HasFlag(Fact.Resource)) unmet |= Unmet.Resource;
        if (!asked.AcrAnyOf.IsEmpty && !Overlap(asked.AcrAnyOf, input.Acr) && !input.Hoped.HasFlag(Fact.Acr)) unmet |= Unmet.Acr;
        if (!asked.AmrAnyOf.IsEmpty && !Overlap(asked.AmrAnyOf, input.Amr) && !input.Hoped.HasFlag(Fact.Amr)) unmet |= Unmet.Amr;
        if (!asked.AmrAllOf.IsEmpty && !Within(asked.AmrAllOf, input.Amr) && !input.Hoped.HasFlag(Fact.Amr)) unmet |= Unmet.Amr;
        if (asked.MaxAge is { } age && !(input.SignInAge <= age) && !input.Hoped.HasFlag(Fact.SignInAge)) unmet |= Unmet.SignInAge;
        return unmet;
    }

    /// <summary>Whether conditions on claims hold.</summary>
    /// <param name="conditions">By claim.</param>
    /// <param name="input">The request.</param>
    /// <param name="ifMissing">What to say of a claim that is not there.</param>
    public static bool ClaimsHold(FrozenDictionary<string, SetCondition> conditions, PolicyInput input, bool ifMissing)
    {
        foreach (var (claim, condition) in conditions)
            if (!(input.Claims.TryGetValue(claim, out var values) ? condition.Holds(values) : ifMissing)) return false;
        return true;
    }

    /// <summary>Whether the caller is in one of the networks; if it is known to be in a wider one only, that is not known, unless it is hoped for.</summary>
    public static bool Inside(ImmutableArray<IPNetwork> networks, IPNetwork? caller, Fact hoped)
    {
        var hopes = hoped.HasFlag(Fact.Network);
        if (caller is not { } known) return hopes;
        foreach (var network in networks)
            if (Contains(network, known) || (hopes && Contains(known, network))) return true;
        return false;
    }

    /// <summary>Whether the caller is in none of them, likewise.</summary>
    public static bool Outside(ImmutableArray<IPNetwork> networks, IPNetwork? caller, Fact hoped)
    {
        var hopes = hoped.HasFlag(Fact.Network);
        if (caller is not { } known) return hopes;
        foreach (var network in networks)
            if (Contains(network, known) || (!hopes && Contains(known, network))) return false;
        return true;
    }

    private static bool Contains(IPNetwork outer, IPNetwork inner) => outer.PrefixLength <= inner.PrefixLength && outer.Contains(inner.BaseAddress);

    private static bool Overlap(ImmutableArray<string> asked, IReadOnlyList<string> have)
    {
        foreach (var one in asked)
            if (Has(have, one)) return true;
        return false;
    }

    // By index: an enumerator would be allocated for every rule of every decision.
    private static bool Has(IReadOnlyList<string> have, string one)
    {
        for (var i = 0; i < have.Count; i++)
            if (string.Equals(have[i], one, StringComparison.Ordinal)) return true;
        return false;
    }

    private static bool Within(ImmutableArray<string> asked, IReadOnlyList<string> have)
    {
        foreach (var one in asked)
            if (!Has(have, one)) return false;
        return true;
    }
}
