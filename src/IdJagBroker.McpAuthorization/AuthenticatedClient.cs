using IdJagBroker.Protocol;

namespace IdJagBroker.McpAuthorization;

/// <summary>A client that has proved who it is, or need not.</summary>
/// <param name="ClientId">Its id here.</param>
public sealed record AuthenticatedClient(string ClientId)
{
    /// <summary>Whether its registration allows the jwt-bearer grant with ID-JAGs (RAS-06).</summary>
    public bool MayRedeemIdJags { get; init; } = true;

    /// <summary>Whether it did not authenticate, which a rule permits it (C-18): each ID-JAG serves it once.</summary>
    public bool IsPublic { get; init; }

    /// <summary>The tenant here that it is registered in; null: it may redeem in every one (JAG-30).</summary>
    public string? AudienceTenant { get; init; }

    /// <summary>Whether its registration says <c>dpop_bound_access_tokens</c> (RFC 9449 §5.2): a request of its without a DPoP proof is refused (POP-12).</summary>
    public bool DpopBoundAccessTokens { get; init; }

    /// <summary>The most that it is ever granted; null: no limit of its own.</summary>
    public ScopeSet? ScopeLimit { get; init; }
}
