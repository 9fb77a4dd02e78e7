using System.Collections.Immutable;
using IdJagBroker.Audiences;
using IdJagBroker.Audit;
using IdJagBroker.Clients;
using IdJagBroker.Locks;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using IdJagBroker.Upstreams;

namespace IdJagBroker.TokenExchange;

/// <summary>
/// May this client act for this person there, with which scopes? (ID-JAG §4.3.3, IDP-44.) The one way to a grant: a new grant type
/// that goes round it does not compile into an ID-JAG.
/// </summary>
internal static class PolicyGate
{
    /// <summary>
    /// Refuses with <c>access_denied</c>, or <c>invalid_scope</c> if only the scopes are at fault (IDP-48, C-02). The client never hears
    /// which rule, or that it was a lock (IDP-45). Locks come before any rule: what is stopped is stopped whatever the policy says.
    /// </summary>
    /// <exception cref="LocksUnavailableException">The locks were not read lately.</exception>
    public static OAuthResult<GrantedAccess> Decide(
        PolicySnapshot snapshot, HeldLocks locks, Authenticated<CatalogClient> client, VerifiedSubject subject, Person person, ResolvedAudience audience, ScopeSet requested,
        IssuanceAttempt attempt)
    {
        if (locks.ForRequest(client, audience, person, attempt) is { } locked) return locked;

        var scope = requested.IsEmpty ? DefaultScope(audience) : requested;
        if (scope.IsEmpty) return OAuthError.InvalidScope("scope is required for this resource").Because("SCOPE_REQUIRED");       // IDP-49

        var decision = PolicyEngine.Decide(snapshot, new PolicyInput
        {
            ClientAlias = client.Registration.Alias,
            Subject = subject.PolicyName,
            Groups = subject.Groups,
            GroupsComplete = subject.GroupsComplete,
            ResourceAliases = audience.ResourceAliases,
            Scope = scope,
        });
        attempt.Rules = decision.RuleIds;
        if (decision.Allowed)
        {
            if (decision.GrantedScope.Scopes.Length < scope.Scopes.Length && audience.Resources.Any(resource => resource.ScopeMode is ScopeMode.Exact))
                return OAuthError.InvalidScope("not every requested scope is permitted").Because("SCOPE_NOT_ALLOWED");          // C-21
            return new GrantedAccess(Those(audience, decision.GrantedResources), decision.GrantedScope, decision.MaxLifetime);
        }
        var refusal = decision.OtherScopesAllowed
            ? OAuthError.InvalidScope("no requested scope is permitted")
            : OAuthError.AccessDenied("not permitted");
        return refusal.Because(decision.Reason.Code());      // which rules, the record says by itself
    }

    // Mostly all of what was asked for, and then the same list.
    private static ImmutableArray<CatalogResource> Those(ResolvedAudience audience, ImmutableArray<string> granted) =>
        granted.Length == audience.Resources.Length ? audience.Resources : [.. audience.Resources.Where(resource => granted.Contains(resource.Alias))];

    private static ScopeSet DefaultScope(ResolvedAudience audience) =>
        audience.Resources.Aggregate(ScopeSet.Empty, (scopes, resource) => scopes.Union(resource.DefaultScopes));
}
