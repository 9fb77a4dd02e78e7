using System.Collections.Immutable;
using IdJagBroker.Audiences;
using IdJagBroker.Audit;
using IdJagBroker.Locks;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Decisions;
using IdJagBroker.Protocol;

namespace IdJagBroker.TokenExchange;

/// <summary>
/// May this client act for this person there, with which scopes? (ID-JAG §4.3.3, IDP-44.) The one way to a grant: a new grant type
/// that goes round it does not compile into an ID-JAG.
/// </summary>
internal static class PolicyGate
{
    /// <summary>
    /// Refuses with <c>access_denied</c>, or <c>invalid_scope</c> if only the scopes are at fault (IDP-48, C-02), or
    /// <c>insufficient_user_authentication</c> if only the sign-in is (IDP-51). The client never hears which rule, or that it was a lock (IDP-45). Locks come
    /// before any rule: what is stopped is stopped whatever the policy says.
    /// </summary>
    /// <exception cref="LocksUnavailableException">The locks were not read lately.</exception>
    public static OAuthResult<GrantedAccess> Decide(PolicySnapshot snapshot, HeldLocks locks, AskedAccess asked, RateLimits limits, IssuanceAttempt attempt)
    {
        if (locks.ForRequest(asked.Client, asked.Audience, asked.Person, attempt) is { } locked) return locked;

        var (audience, requested) = (asked.Audience, asked.Request.Scope);
        var scope = requested.IsEmpty ? DefaultScope(audience) : requested;
        if (scope.IsEmpty) return OAuthError.InvalidScope("scope is required for this resource").Because("SCOPE_REQUIRED");       // IDP-49

        var facts = asked.Facts(scope);
        var decision = PolicyEngine.Decide(snapshot, facts);
        attempt.Decided(facts, decision);
        if (!decision.Allowed) return Refusal(snapshot, asked, facts, decision);
        return limits.ForRules(snapshot, decision.RuleIds, asked.Subject) is { } tooMany ? tooMany : Granted(audience, decision);
    }

    private static OAuthError Refusal(PolicySnapshot snapshot, AskedAccess asked, PolicyInput facts, PolicyDecision decision)
    {
        if (decision.Nearest is { OnlySignIn: true } miss)
        {
            // With another sign-in this would be granted: then what the server and the resources ask of it counts too, so that one is enough.
            var then = PolicyEngine.Decide(snapshot, facts with { Hoped = Fact.SignIn });
            if (then.Allowed && StepUp.Decide(snapshot.Catalog, asked.Subject, asked.Audience, Granted(asked.Audience, then), miss) is { } stepUp) return stepUp;
        }
        var refusal = decision.Reason is PolicyReason.ScopeNotAllowed ? OAuthError.InvalidScope("not every requested scope is permitted")
            : decision.OtherScopesAllowed ? OAuthError.InvalidScope("no requested scope is permitted")
            : OAuthError.AccessDenied("not permitted");
        return refusal.Because(decision.Reason.Code());      // which rules, the record says by itself
    }

    private static GrantedAccess Granted(ResolvedAudience audience, PolicyDecision decision) =>
        new(Those(audience, decision.GrantedResources), decision.GrantedScope, decision.MaxLifetime, decision.Claims);

    // Mostly all of what was asked for, and then the same list.
    private static ImmutableArray<CatalogResource> Those(ResolvedAudience audience, ImmutableArray<string> granted) =>
        granted.Length == audience.Resources.Length ? audience.Resources : [.. audience.Resources.Where(resource => granted.Contains(resource.Alias))];

    private static ScopeSet DefaultScope(ResolvedAudience audience) =>
        audience.Resources.Aggregate(ScopeSet.Empty, (scopes, resource) => scopes.Union(resource.DefaultScopes));
}
