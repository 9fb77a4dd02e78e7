using System.Collections.Frozen;
using IdJagBroker.Protocol;
using Microsoft.Extensions.Options;

namespace IdJagBroker.McpAuthorization.Clients;

/// <summary>A client of the options, with its keys wherever they are.</summary>
internal sealed record RegisteredClient(IdJagClient Registration, IClientKeySource Keys)
{
    /// <summary>The client, once it has proved who it is or need not.</summary>
    /// <param name="mustProve">Whether its document says that it always proves to hold a key.</param>
    /// <param name="isPublic">Whether it need not.</param>
    public AuthenticatedClient Authenticated(bool mustProve = false, bool isPublic = false) => new(Registration.ClientId)
    {
        MayRedeemIdJags = Registration.MayRedeemIdJags,
        AudienceTenant = Registration.AudienceTenant,
        DpopBoundAccessTokens = Registration.MustProve || mustProve,
        ScopeLimit = Registration.Scopes.Count is 0 ? null : ScopeSet.Of(Registration.Scopes),
        IsPublic = isPublic,
    };
}

/// <summary>The clients by their exact ids. Who is not in here, by id or by host, causes no fetch (CIMD-09).</summary>
internal sealed class RegisteredClients
{
    private readonly FrozenDictionary<string, RegisteredClient> _byId;
    private readonly FrozenDictionary<string, HostDocuments> _byOrigin;

    public RegisteredClients(IOptions<IdJagAuthorizationServerOptions> options, ClientFetch fetch)
    {
        _byId = options.Value.Clients.ToFrozenDictionary(client => client.ClientId, client => new RegisteredClient(client, KeysOf(client, fetch)), StringComparer.Ordinal);
        _byOrigin = options.Value.ClientDocumentHosts.ToFrozenDictionary(host => host.Origin, host => new HostDocuments(host, fetch), StringComparer.Ordinal);
    }

    public RegisteredClient? Find(string clientId)
    {
        if (_byId.TryGetValue(clientId, out var client)) return client;
        return _byOrigin.Count > 0 && ClientDocumentUrl.TryParse(clientId, out var url) && _byOrigin.TryGetValue(url.Origin, out var host) ? host.For(url) : null;
    }

    private static IClientKeySource KeysOf(IdJagClient client, ClientFetch fetch)
    {
        if (client.UsesMetadataDocument)
            return ClientDocumentUrl.TryParse(client.ClientId, out var url)
                ? new ClientDocument(url, client.IsOnPrivateNetwork, fetch)
                : throw new InvalidOperationException("Validated at the start.");
        return client.JwksUri is { } address
            ? new PublishedClientKeys(new Uri(address), client.IsOnPrivateNetwork, fetch, static () => true)
            : new FixedClientKeys(client.Keys);
    }
}
