using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.McpAuthorization.ResourceServer;

/// <summary>Asks the authorization server about an access token, on each request anew.</summary>
internal interface IAccessTokenStatus
{
    /// <summary>Whether a JWT that was found good is still so there.</summary>
    /// <exception cref="AccessTokenStatusUnavailableException">It cannot be asked, for now.</exception>
    ValueTask<bool> IsActiveAsync(EncodedJwt token, VerifiedAccessToken verified, CancellationToken ct);

    /// <summary>What a token means that says nothing by itself; null if it is not active, or for another MCP server.</summary>
    /// <exception cref="AccessTokenStatusUnavailableException">It cannot be asked, for now.</exception>
    ValueTask<VerifiedAccessToken?> FindAsync(EncodedJwt token, string resource, CancellationToken ct);
}
