namespace IdJagBroker.McpAuthorization;

/// <summary>An MCP server that access tokens are issued for (RFC 9728 §2).</summary>
public sealed class ProtectedResource
{
    /// <summary>Its resource identifier; tokens carry this spelling as <c>aud</c>.</summary>
    public string Resource { get; set; } = "";

    /// <summary>The tenant here that it belongs to: an ID-JAG about people of another one (<see cref="TrustedIssuer.AudienceTenant"/>) is refused (RAS-31). Null: everybody's.</summary>
    public string? AudienceTenant { get; set; }

    /// <summary>
    /// Whether every access token for it is bound to a key (RFC 9728 §2, <c>dpop_bound_access_tokens_required</c>): without a DPoP proof none is
    /// issued (POP-11). Known without being said here, if the MCP server is guarded in this application and says so there.
    /// </summary>
    public bool RequireKeyBoundTokens { get; set; }

    /// <summary>The scopes that it knows. No other is ever granted (RAS-37).</summary>
    public IReadOnlyList<string> Scopes { get; set; } = [];

    /// <summary>What an ID-JAG without <c>scope</c> gets; nothing unless set, and then it is refused where scopes exist (RAS-38).</summary>
    public IReadOnlyList<string> ScopesWithoutClaim { get; set; } = [];
}
