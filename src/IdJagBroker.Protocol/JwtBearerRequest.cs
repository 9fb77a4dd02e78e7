using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Protocol;

/// <summary>A well-formed request to redeem an ID-JAG (ID-JAG §4.4, RFC 7523 §2.1). Well-formed is not yet trusted.</summary>
/// <param name="Assertion">The ID-JAG, unread.</param>
/// <param name="Resource">The one MCP server asked for, or null: what the ID-JAG holds.</param>
/// <param name="Scope">What is asked for; empty: what the ID-JAG holds.</param>
public sealed record JwtBearerRequest(EncodedJwt Assertion, ResourceIndicator? Resource, ScopeSet Scope)
{
    /// <summary>Whether it came by the jwt-dpop grant: only an ID-JAG that is bound to a key will do, with a proof of that key (POP-13).</summary>
    public bool DemandsKeyBinding { get; init; }

    /// <summary>
    /// Refuses with <c>unsupported_grant_type</c>, <c>invalid_request</c>, <c>invalid_target</c>, <c>invalid_scope</c> or
    /// <c>invalid_authorization_details</c>; never throws on client input.
    /// </summary>
    public static OAuthResult<JwtBearerRequest> Parse(OAuthForm form)
    {
        if (form["grant_type"] is not { } grantType) return OAuthError.InvalidRequest("grant_type is required");
        if (grantType is not (GrantType.JwtBearer or GrantType.JwtDpop)) return OAuthError.UnsupportedGrantType("the grant type is not supported");
        if (form.Token("assertion") is not { } assertion) return OAuthError.InvalidRequest("assertion is required");

        var resources = form.All("resource");
        if (resources.Count > 1) return OAuthError.InvalidTarget("one resource for each access token");   // C-04
        ResourceIndicator? resource = null;
        if (resources.Count is 1 && !ResourceIndicator.TryParse(resources[0], out resource))
            return OAuthError.InvalidTarget("resource must be an absolute URI without a fragment");
        if (!ScopeSet.TryParse(form["scope"], out var scope)) return OAuthError.InvalidScope("scope is malformed or too long");
        if (form["authorization_details"] is not null)
            return OAuthError.InvalidAuthorizationDetails("authorization_details are not supported");
        return new JwtBearerRequest(assertion, resource, scope) { DemandsKeyBinding = grantType is GrantType.JwtDpop };
    }

    /// <summary>Never the assertion.</summary>
    public override string ToString() => $"redeem an ID-JAG for {Resource} [{Scope}]";
}
