using IdJagBroker.McpAuthorization.ResourceServer;
using IdJagBroker.Protocol;
using Microsoft.Extensions.Options;

namespace IdJagBroker.McpAuthorization;

/// <summary>An MCP server of ours, with its scopes.</summary>
internal sealed record GovernedResource(ResourceIndicator Indicator, ScopeSet Scopes, ScopeSet ScopesWithoutClaim, string? AudienceTenant)
{
    /// <summary>Whether it takes no token that is not bound to a key (POP-11).</summary>
    public bool RequiresKeyBoundTokens { get; init; }
}

/// <summary>What is left of an ID-JAG after everybody's limits: one MCP server and the scope there.</summary>
internal sealed record GrantedAccess(GovernedResource Resource, ScopeSet Scope);

/// <summary>
/// The MCP servers of this authorization server, and what an ID-JAG gives at them (ID-JAG §4.4.1). Each step narrows; none widens
/// what the ID-JAG says (RAS-33). Pure.
/// </summary>
internal sealed class GovernedResources(
    IOptions<IdJagAuthorizationServerOptions> options, IEnumerable<McpResourceServerName> guarded, IOptionsMonitor<McpResourceServerOptions> guards)
{
    private readonly IReadOnlyList<GovernedResource> _resources =
        [.. options.Value.Resources.Select(resource => Read(resource, guarded.Select(name => guards.Get(name.Value)).Where(guard => guard.AuthorizationServer == options.Value.Issuer)))];

    /// <summary>Refuses with <c>invalid_grant</c>, <c>invalid_target</c> or <c>invalid_scope</c>.</summary>
    public OAuthResult<GrantedAccess> Narrow(ValidatedIdJag idJag, JwtBearerRequest request)
    {
        var selection = SelectResource(idJag.Claims.Resources, request.Resource, idJag.Issuer);
        if (selection.IsRefused(out var resource, out var refusal)) return refusal;

        var claimed = idJag.Claims.Scope.IsEmpty ? resource.ScopesWithoutClaim : idJag.Claims.Scope;
        var granted = claimed.Intersect(resource.Scopes);                  // offline_access can be none of them (RAS-43)
        if (idJag.Issuer.Scopes.Count > 0) granted = granted.Intersect(ScopeSet.Of(idJag.Issuer.Scopes));
        if (idJag.Client.ScopeLimit is { } limit) granted = granted.Intersect(limit);
        if (!request.Scope.IsEmpty) granted = granted.Intersect(request.Scope);
        var nothingToGrant = resource.Scopes.IsEmpty && idJag.Claims.Scope.IsEmpty && request.Scope.IsEmpty;
        return granted.IsEmpty && !nothingToGrant
            ? OAuthError.InvalidScope("no requested scope can be granted").Because("NO_SCOPE_LEFT")
            : new GrantedAccess(resource, granted);
    }

    private OAuthResult<GovernedResource> SelectResource(IReadOnlyList<string> claimed, ResourceIndicator? requested, TrustedIssuer issuer)
    {
        var named = new List<GovernedResource>(claimed.Count);
        foreach (var value in claimed)
        {
            // C-05: one foreign value spoils the whole claim; a grant that reaches further than we do was not made for us.
            if (Find(value) is not { } known)
                return BadIdJag.WrongResource("the claim names a resource that is not ours");
            if (!IsWithin(issuer, known)) return BadIdJag.WrongResource("the issuer may not give access to that resource");
            named.Add(known);
        }

        var candidates = claimed.Count is 0 ? [.. _resources.Where(resource => IsWithin(issuer, resource))] : named;
        if (requested is not null)
            return candidates.FirstOrDefault(resource => resource.Indicator.Equals(requested)) is { } picked
                ? picked
                : OAuthError.InvalidTarget("the resource is not covered by the assertion").Because("RESOURCE_NOT_COVERED");
        if (candidates.Count is 1) return candidates[0];
        return claimed.Count is 0
            ? BadIdJag.WrongResource("no resource claim, and not one resource here that it could mean")               // C-03
            : OAuthError.InvalidTarget("the assertion covers several resources: name one").Because("RESOURCE_AMBIGUOUS");   // C-04
    }

    private static bool IsWithin(TrustedIssuer issuer, GovernedResource resource) =>
        (issuer.Resources.Count is 0 || issuer.Resources.Contains(resource.Indicator.Value, StringComparer.Ordinal))
        && (resource.AudienceTenant is null || string.Equals(resource.AudienceTenant, issuer.AudienceTenant, StringComparison.Ordinal));

    // By its registered spelling, which nearly every issuer uses; only another one has to be read (C-09).
    private GovernedResource? Find(string value)
    {
        foreach (var resource in _resources)
            if (string.Equals(resource.Indicator.Value, value, StringComparison.Ordinal)) return resource;
        return ResourceIndicator.TryParse(value, out var indicator) ? _resources.FirstOrDefault(resource => resource.Indicator.Equals(indicator)) : null;
    }

    // What the guard in this application refuses, a client must not be given: it would come for another one, and get the same.
    private static GovernedResource Read(ProtectedResource resource, IEnumerable<McpResourceServerOptions> guards)
    {
        if (!ResourceIndicator.TryParse(resource.Resource, out var indicator)) throw new InvalidOperationException("Validated at the start.");
        return new GovernedResource(indicator, ScopeSet.Of(resource.Scopes), ScopeSet.Of(resource.ScopesWithoutClaim), resource.AudienceTenant)
        {
            RequiresKeyBoundTokens = resource.RequireKeyBoundTokens
                || guards.Any(guard => guard.RequireKeyBoundTokens && ResourceIndicator.TryParse(guard.Resource, out var known) && known.Equals(indicator)),
        };
    }
}
