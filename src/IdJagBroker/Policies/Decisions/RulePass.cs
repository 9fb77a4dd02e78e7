using IdJagBroker.Policies.Rules;
using IdJagBroker.Protocol;

namespace IdJagBroker.Policies.Decisions;

/// <summary>One pass over the rules for one request: with those on trial, or without.</summary>
internal readonly ref struct RulePass(CompiledPolicy policy, ClientRules rules, PolicyInput input, CatalogClient registration, ReadOnlySpan<ulong> groups, bool trial)
{
    private readonly ReadOnlySpan<ulong> _groups = groups;

    /// <summary>Whether any rule on trial has to do with the request at all.</summary>
    public bool ConcernsTrial(in DecisionWork work)
    {
        foreach (var rule in rules.Denies)
            if (rule.IsShadow && rule.IsAbout(_groups, input) && rule.Applies(input, registration) && CoversAny(rule, work)) return true;
        foreach (var rule in rules.Allows)
            if (rule.IsShadow && rule.IsAbout(_groups, input) && GivesAny(rule, work) && rule.Lacks(input, registration) is Unmet.None) return true;
        return false;
    }

    /// <summary>Takes away what deny rules take; returns those that made a difference.</summary>
    public List<string>? ApplyDenies(ref DecisionWork work)
    {
        List<string>? denying = null;
        foreach (var rule in rules.Denies)
        {
            if (!InForce(rule) || !rule.IsAbout(_groups, input) || !rule.Applies(input, registration)) continue;
            var effective = false;
            for (var i = 0; i < work.Count; i++)
            {
                if (!rule.Covers(work.Resource[i])) continue;
                var stripped = rule.Patterns.IsEmpty ? ulong.MaxValue : StrippedBy(rule, input.Scope);
                if (rule.Patterns.IsEmpty) work.Refused |= 1u << i;
                work.Stripped[i] |= stripped;
                effective |= (stripped & work.Asked) is not 0 || rule.Patterns.IsEmpty;
            }
            if (effective) (denying ??= []).Add(rule.Rule.Id);
        }
        return denying;
    }

    /// <summary>Gives what allow rules give; returns those that gave, and of the others the one that came nearest.</summary>
    public List<CompiledRule> ApplyAllows(ref DecisionWork work, out (CompiledRule? Rule, Unmet Unmet) nearest)
    {
        nearest = default;
        var giving = new List<CompiledRule>(1);
        foreach (var rule in rules.Allows)
        {
            if (!InForce(rule) || !rule.IsAbout(_groups, input) || !GivesAny(rule, work)) continue;
            var unmet = rule.Lacks(input, registration);
            if (unmet is not Unmet.None)
            {
                // Rules are in the order of their ids: of two that lack as much, the first stays.
                if (nearest.Rule is null || int.PopCount((int)unmet) < int.PopCount((int)nearest.Unmet)) nearest = (rule, unmet);
                continue;
            }
            giving.Add(rule);
            for (var i = 0; i < work.Count; i++) work.Granted[i] |= Gives(rule, i, work);
        }
        return giving;
    }

    /// <summary>Only on the way to a refusal: would any other scope have been granted at any of the resources?</summary>
    public bool OtherScopes(in DecisionWork work)
    {
        for (var i = 0; i < work.Count; i++)
        {
            if ((work.Refused & (1u << i)) is not 0) continue;
            var number = work.Resource[i];
            var its = policy.Resources[number].Scopes;
            var (given, stripped) = (0UL, 0UL);
            foreach (var rule in rules.Allows)
                if (InForce(rule) && rule.IsAbout(_groups, input) && GivenBy(rule, number, its) is not 0 and var gives && rule.Lacks(input, registration) is Unmet.None) given |= gives;
            if (given is 0) continue;
            foreach (var rule in rules.Denies)
                if (InForce(rule) && rule.Covers(number) && rule.IsAbout(_groups, input) && rule.Applies(input, registration)) stripped |= StrippedBy(rule, its);
            if ((given & ~stripped) is not 0) return true;
        }
        return false;
    }

    /// <summary>Which of <paramref name="scope"/> an allow rule gives at a resource.</summary>
    public static ulong GivenBy(CompiledRule rule, int resource, ScopeSet scope)
    {
        var given = 0UL;
        foreach (var grant in rule.Grants)
        {
            if (grant.Resource != resource) continue;
            var scopes = scope.Scopes;
            for (var s = 0; s < scopes.Length && s < ScopeSet.MaxScopes; s++)
                if (grant.Scopes.Contains(scopes[s])) given |= 1UL << s;
        }
        return given;
    }

    private bool InForce(CompiledRule rule) => trial || !rule.IsShadow;

    private ulong Gives(CompiledRule rule, int slot, in DecisionWork work) => GivenBy(rule, work.Resource[slot], input.Scope) & work.Asked & ~work.Stripped[slot];

    private bool GivesAny(CompiledRule rule, in DecisionWork work)
    {
        for (var i = 0; i < work.Count; i++)
            if (Gives(rule, i, work) is not 0) return true;
        return false;
    }

    private static bool CoversAny(CompiledRule rule, in DecisionWork work)
    {
        for (var i = 0; i < work.Count; i++)
            if (rule.Covers(work.Resource[i])) return true;
        return false;
    }

    private static ulong StrippedBy(CompiledRule rule, ScopeSet scope)
    {
        var stripped = 0UL;
        var scopes = scope.Scopes;
        for (var s = 0; s < scopes.Length && s < ScopeSet.MaxScopes; s++)
            if (rule.Strips(scopes[s])) stripped |= 1UL << s;
        return stripped;
    }
}
