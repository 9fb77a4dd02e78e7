using System.Collections.Frozen;
using IdJagBroker.Protocol;
using Microsoft.Extensions.Options;

namespace IdJagBroker.McpAuthorization;

/// <summary>Authenticates the clients in the options by their secrets (RFC 6749 §2.3.1).</summary>
internal sealed class ClientSecretAuthenticator(IOptions<IdJagAuthorizationServerOptions> options) : IClientAuthenticator
{
    private static readonly IReadOnlyList<ClientSecretHash> Nobody = [ClientSecretHash.OfNobody];

    private readonly FrozenDictionary<string, IdJagClient> _clients =
        options.Value.Clients.ToFrozenDictionary(client => client.ClientId, StringComparer.Ordinal);

    /// <inheritdoc/>
    public ValueTask<OAuthResult<AuthenticatedClient>> AuthenticateAsync(ClientCredentials credentials, CancellationToken ct) =>
        ValueTask.FromResult(credentials.Method switch
        {
            ClientAuthenticationMethod.ClientSecretBasic or ClientAuthenticationMethod.ClientSecretPost => BySecret(credentials),
            ClientAuthenticationMethod.PrivateKeyJwt => OAuthError.InvalidClient("client assertions are not supported"),
            _ => OAuthError.UnauthorizedClient("public clients are not allowed"),        // C-18, RAS-05: whoever it names
        });

    private OAuthResult<AuthenticatedClient> BySecret(ClientCredentials credentials)
    {
        var client = Find(credentials.ClientId!, credentials.Secret!);
        // SEC-22: some clients do not encode the halves of Basic. Both readings are tried, whatever the first one gave.
        if (credentials.Raw is { } raw) client = Find(raw.ClientId, raw.Secret) ?? client;
        if (client is null) return OAuthError.InvalidClient("client authentication failed", credentials.UsedBasic);
        return new AuthenticatedClient(client.ClientId)
        {
            MayRedeemIdJags = client.MayRedeemIdJags,
            AudienceTenant = client.AudienceTenant,
            DpopBoundAccessTokens = client.MustProve,
            ScopeLimit = client.Scopes.Count is 0 ? null : ScopeSet.Of(client.Scopes),
        };
    }

    private IdJagClient? Find(string clientId, string secret)
    {
        var client = _clients.GetValueOrDefault(clientId);
        var presented = ClientSecretHash.Of(secret);
        var matches = false;
        foreach (var known in client?.SecretHashes ?? Nobody) matches |= known.Matches(presented);
        return matches ? client : null;
    }
}
