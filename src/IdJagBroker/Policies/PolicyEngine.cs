using System.Collections.Immutable;
using IdJagBroker.Protocol;

namespace IdJagBroker.Policies;

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
        if (client < 0 || !snapshot.Catalog.Clients[input.ClientAlias].Enabled)
            return new PolicyDecision(snapshot, input) { Reason = PolicyReason.ReqUnknownClient };
        var work = default(DecisionWork);
        if (!ReadResources(snapshot, input, ref work))
            return new PolicyDecision(snapshot, input) { Reason = PolicyReason.ReqResourceNotOfAs };

        var words = policy.GroupWords;
        var groups = words <= 64 ? stackalloc ulong[words] : new ulong[words];
        policy.SetGroups(input.Groups, groups);

        var denying = ApplyDenies(policy, input, client, groups, ref work);
        if (work.NothingLeft) return Denied(snapshot, input, denying, OtherScopes(policy, input, client, groups, work));

        var giving = ApplyAllows(policy, input, client, groups, ref work);
        var granted = work.KeepWhatIsGrantedEverywhere(policy, input.Scope);
        return granted is 0
            ? new PolicyDecision(snapshot, input)
            {
                Reason = PolicyReason.NoRuleMatched, OtherScopesAllowed = giving.Count > 0 || OtherScopes(policy, input, client, groups, work),
            }
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

    private static List<string>? ApplyDenies(
        CompiledPolicy policy, PolicyInput input, int client, ReadOnlySpan<ulong> groups, ref DecisionWork work)
    {
        List<string>? denying = null;
        foreach (var rule in policy.Denies)
        {
            if (!rule.IsAbout(client, groups, input.GroupsComplete, input.Subject)) continue;
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

    private static ulong StrippedBy(CompiledRule rule, ScopeSet scope)
    {
        var stripped = 0UL;
        var scopes = scope.Scopes;
        for (var s = 0; s < scopes.Length && s < ScopeSet.MaxScopes; s++)
            if (rule.Strips(scopes[s])) stripped |= 1UL << s;
        return stripped;
    }

    private static List<CompiledRule> ApplyAllows(
        CompiledPolicy policy, PolicyInput input, int client, ReadOnlySpan<ulong> groups, ref DecisionWork work)
    {
        var giving = new List<CompiledRule>(1);
        foreach (var rule in policy.Allows)
        {
            if (!rule.IsAbout(client, groups, input.GroupsComplete, input.Subject)) continue;
            var gives = false;
            for (var i = 0; i < work.Count; i++)
            {
                var given = GivenBy(rule, work.Resource[i], input.Scope) & work.Asked & ~work.Stripped[i];
                work.Granted[i] |= given;
                gives |= given is not 0;
            }
            if (gives) giving.Add(rule);
        }
        return giving;
    }

    private static ulong GivenBy(CompiledRule rule, int resource, ScopeSet scope)
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

    private static PolicyDecision Allowed(
        PolicySnapshot snapshot, PolicyInput input, DecisionWork work, ulong granted, List<CompiledRule> giving)
    {
        var server = snapshot.Catalog.AuthorizationServers[snapshot.Compiled.Resources[work.Resource[0]].AuthorizationServer];
        var lifetime = server.MaxLifetime is { } longest && longest < snapshot.Ceiling ? longest : snapshot.Ceiling;
        var rules = ImmutableArray.CreateBuilder<string>(giving.Count);
        foreach (var rule in giving)
        {
            if (!Contributes(rule, input.Scope, work, granted)) continue;
            rules.Add(rule.Rule.Id);
            if (rule.MaxLifetime < lifetime) lifetime = rule.MaxLifetime;
        }
        var resources = ImmutableArray.CreateBuilder<string>(work.Count);
        for (var i = 0; i < work.Count; i++)
            if (work.Granted[i] is not 0) resources.Add(input.ResourceAliases[i]);
        var asked = input.Scope.Scopes;
        return new PolicyDecision(snapshot, input)
        {
            Reason = PolicyReason.Allowed,
            GrantedScope = granted == work.Asked && asked.Length <= 64      // nearly always: nothing to leave out
                ? input.Scope
                : input.Scope.Where(scope => asked.IndexOf(scope) is var s && s < 64 && (granted & (1UL << s)) is not 0),
            GrantedResources = resources.DrainToImmutable(),
            RuleIds = rules.DrainToImmutable(),
            MaxLifetime = lifetime,
        };
    }

    private static bool Contributes(CompiledRule rule, ScopeSet scope, DecisionWork work, ulong granted)
    {
        for (var i = 0; i < work.Count; i++)
            if ((GivenBy(rule, work.Resource[i], scope) & work.Granted[i] & granted) is not 0) return true;
        return false;
    }

    // Only on the way to a refusal: would any other scope have been granted at any of the resources?
    private static bool OtherScopes(CompiledPolicy policy, PolicyInput input, int client, ReadOnlySpan<ulong> groups, DecisionWork work)
    {
        for (var i = 0; i < work.Count; i++)
        {
            if ((work.Refused & (1u << i)) is not 0) continue;
            var number = work.Resource[i];
            var its = policy.Resources[number].Scopes;
            var (given, stripped) = (0UL, 0UL);
            foreach (var rule in policy.Allows)
                if (rule.IsAbout(client, groups, input.GroupsComplete, input.Subject)) given |= GivenBy(rule, number, its);
            if (given is 0) continue;
            foreach (var rule in policy.Denies)
                if (rule.Covers(number) && rule.IsAbout(client, groups, input.GroupsComplete, input.Subject)) stripped |= StrippedBy(rule, its);
            if ((given & ~stripped) is not 0) return true;
        }
        return false;
    }

    private static PolicyDecision Denied(PolicySnapshot snapshot, PolicyInput input, List<string>? denying, bool otherScopes) =>
        new(snapshot, input) { Reason = PolicyReason.DeniedByRule, RuleIds = [.. denying ?? []], OtherScopesAllowed = otherScopes };
}
