using IdJagBroker.Protocol;

namespace IdJagBroker.McpAuthorization;

/// <summary>Who asks? (RFC 6749 §2.3). Replace it to look clients up where they are registered.</summary>
public interface IClientAuthenticator
{
    /// <summary>
    /// Authenticates, before anything else in the request is looked at (RAS-04). Refuses with <c>invalid_client</c>, the same and
    /// at the same cost whether the client is unknown or the secret wrong (SEC-23); a public client with <c>unauthorized_client</c>.
    /// </summary>
    ValueTask<OAuthResult<AuthenticatedClient>> AuthenticateAsync(ClientCredentials credentials, CancellationToken ct);
}
