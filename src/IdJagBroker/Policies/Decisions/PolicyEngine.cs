using System.Collections.Immutable;
using IdJagBroker.Policies.Rules;
using IdJagBroker.Protocol;

namespace IdJagBroker.Policies.Decisions;

/// <summary>
/// Decides (ID-JAG §4.3.3, IDP-44). Pure and total: no clock, no look-up outside its arguments, no order but the ordinal one, no
/// exception. Deny wins; silence denies.
/// </summary>
internal static class PolicyEngine
{
    /// <summary>May this client act for this person there, with which scope?</summary>
    /// <remarks>
    /// A scope is decided per resource. A token carries one scope list for all its resources, so of several resources a scope is
    /// granted only if it is granted at each granted resource that has a scope of that name: nothing crosses from one to another.
    /// Scopes beyond <see cref="ScopeSet.MaxScopes"/> are never granted.
    /// </remarks>
    public static PolicyDecision Decide(PolicySnapshot snapshot, PolicyInput input)
    {
        var policy = snapshot.Compiled;
        var client = policy.ClientNumber(input.ClientAlias);
        if (client < 0 || snapshot.Catalog.Clients[input.ClientAlias] is not { Enabled: true } registration)
            return new PolicyDecision(snapshot, input) { Reason = PolicyReason.ReqUnknownClient };
        var work = default(DecisionWork);
        if (!ReadResources(snapshot, input, ref work))
            return new PolicyDecision(snapshot, input) { Reason = PolicyReason.ReqResourceNotOfAs };

        var words = policy.GroupWords;
        var groups = words <= 64 ? stackalloc ulong[words] : new ulong[words];
        policy.SetGroups(input.Groups, groups);

        var decision = Decide(snapshot, input, new RulePass(policy, policy.Of(client), input, registration, groups, trial: false), work);
        if (!policy.HasShadow) return decision;
        var trial = new RulePass(policy, policy.Of(client), input, registration, groups, trial: true);
        return trial.ConcernsTrial(work) ? decision with { Shadow = Difference(decision, Decide(snapshot, input, trial, work)) } : decision;
    }

    private static PolicyDecision Decide(PolicySnapshot snapshot, PolicyInput input, in RulePass pass, DecisionWork work)
    {
        var denying = pass.ApplyDenies(ref work);
        if (work.NothingLeft)
            return new PolicyDecision(snapshot, input) { Reason = PolicyReason.DeniedByRule, RuleIds = [.. denying ?? []], OtherScopesAllowed = pass.OtherScopes(work) };

        var giving = pass.ApplyAllows(ref work, out var nearest);
        var granted = work.KeepWhatIsGrantedEverywhere(snapshot.Compiled, input.Scope);
        if (granted is 0) return Refused(snapshot, input, nearest, otherScopes: giving.Count > 0 || pass.OtherScopes(work));
        return granted != work.Asked && TakesAllOrNothing(snapshot, work)                                              // C-21
            ? new PolicyDecision(snapshot, input) { Reason = PolicyReason.ScopeNotAllowed, OtherScopesAllowed = true }
            : Allowed(snapshot, input, work, granted, giving);
    }

    private static bool ReadResources(PolicySnapshot snapshot, PolicyInput input, ref DecisionWork work)
    {
        if (input.ResourceAliases.IsDefaultOrEmpty || input.ResourceAliases.Length > PolicyInput.MaxResources) return false;
        var scopes = Math.Min(input.Scope.Scopes.Length, ScopeSet.MaxScopes);
        work.Count = input.ResourceAliases.Length;
        work.Asked = scopes is 0 ? 0 : ulong.MaxValue >> (64 - scopes);
        string? server = null;
        for (var i = 0; i < work.Count; i++)
        {
            var number = snapshot.Compiled.ResourceNumber(input.ResourceAliases[i]);
            if (number < 0) return false;
            var its = snapshot.Compiled.Resources[number].AuthorizationServer;
            if (!string.Equals(server ??= its, its, StringComparison.Ordinal)) return false;   // one aud (C-08), so one server
            work.Resource[i] = number;
        }
        return true;
    }

    private static bool TakesAllOrNothing(PolicySnapshot snapshot, in DecisionWork work)
    {
        for (var i = 0; i < work.Count; i++)
            if (snapshot.Compiled.Resources[work.Resource[i]].ScopeMode is ScopeMode.Exact) return true;
        return false;
    }

    private static PolicyDecision Refused(PolicySnapshot snapshot, PolicyInput input, (CompiledRule? Rule, Unmet Unmet) nearest, bool otherScopes) =>
        nearest.Rule is not { } rule
            ? new PolicyDecision(snapshot, input) { Reason = PolicyReason.NoRuleMatched, OtherScopesAllowed = otherScopes }
            : new PolicyDecision(snapshot, input)
            {
                Reason = nearest.Unmet.Reason(), Nearest = new NearestMiss(rule.Rule, nearest.Unmet), OtherScopesAllowed = otherScopes,
            };

    private static PolicyDecision Allowed(
        PolicySnapshot snapshot, PolicyInput input, DecisionWork work, ulong granted, List<CompiledRule> giving)
    {
        var server = snapshot.Catalog.AuthorizationServers[snapshot.Compiled.Resources[work.Resource[0]].AuthorizationServer];
        var lifetime = server.MaxLifetime is { } longest && longest < snapshot.Ceiling ? longest : snapshot.Ceiling;
        var rules = ImmutableArray.CreateBuilder<string>(giving.Count);
        List<string>? emergency = null;
        List<string>? notify = null;
        List<string>? claims = null;
        foreach (var rule in giving)
        {
            if (!Contributes(rule, input.Scope, work, granted)) continue;
            rules.Add(rule.Rule.Id);
            if (rule.Rule.Emergency) (emergency ??= []).Add(rule.Rule.Id);
            if (!rule.Rule.Claims.IsEmpty) (claims ??= []).AddRange(rule.Rule.Claims);
            if (!rule.Rule.Notify.IsEmpty) (notify ??= []).AddRange(rule.Rule.Notify);
            if (rule.MaxLifetime < lifetime) lifetime = rule.MaxLifetime;
        }
        var resources = ImmutableArray.CreateBuilder<string>(work.Count);
        for (var i = 0; i < work.Count; i++)
            if (work.Granted[i] is not 0) resources.Add(input.ResourceAliases[i]);
        return new PolicyDecision(snapshot, input)
        {
            Reason = PolicyReason.Allowed,
            GrantedScope = granted == work.Asked && input.Scope.Scopes.Length <= 64 ? input.Scope : Narrowed(input.Scope, granted),      // nearly always: nothing to leave out
            GrantedResources = resources.DrainToImmutable(),
            RuleIds = rules.DrainToImmutable(),
            EmergencyRules = emergency is null ? [] : [.. emergency],
            Claims = Sorted(claims),
            Notify = Sorted(notify),
            MaxLifetime = lifetime,
        };
    }

    private static ImmutableArray<string> Sorted(List<string>? words) => words is null ? [] : [.. words.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private static ScopeSet Narrowed(ScopeSet asked, ulong granted) =>
        asked.Where(scope => asked.Scopes.IndexOf(scope) is var s && s < 64 && (granted & (1UL << s)) is not 0);

    private static bool Contributes(CompiledRule rule, ScopeSet scope, DecisionWork work, ulong granted)
    {
        for (var i = 0; i < work.Count; i++)
            if ((RulePass.GivenBy(rule, work.Resource[i], scope) & work.Granted[i] & granted) is not 0) return true;
        return false;
    }

    private static ShadowDecision? Difference(PolicyDecision decision, PolicyDecision trial) =>
        trial.Reason == decision.Reason && trial.GrantedScope.Equals(decision.GrantedScope) && trial.RuleIds.SequenceEqual(decision.RuleIds)
            ? null : new ShadowDecision(trial.Allowed, trial.Reason, trial.GrantedScope, trial.RuleIds);
}
