using System.Collections.Concurrent;
using IdJagBroker.Egress;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Clients.Documents;

/// <summary>
/// What clients publish: their keys, at a registered <c>jwks_uri</c>, or a metadata document that the catalogue admits (CIMD-09).
/// What is kept grows with what administrators registered, and by no more than <see cref="HostDocuments.MaxDocuments"/> for each host.
/// </summary>
internal sealed class PublishedClientKeys(PublishedFetch fetch, PublishedKeySets keySets)
{
    private const string NoDocument = "the client id is not the address of a document";

    private readonly ConcurrentDictionary<(string Client, string Address, bool PrivateNetwork, bool IsPublic), ClientDocument> _documents = new();
    private readonly ConcurrentDictionary<(string Client, string Origin, bool PrivateNetwork, bool IsPublic), HostDocuments> _hosts = new();

    /// <summary>The keys of a client, with the one called <paramref name="keyId"/> among them if it is published; or why there are none.</summary>
    /// <param name="client">Registered so that its keys are elsewhere.</param>
    /// <param name="clientId">The id by which it comes; one of this client's.</param>
    /// <param name="keyId">The key that it names, or null.</param>
    /// <param name="ct">Ends the waiting.</param>
    public ValueTask<KeptAnswer<JsonWebKeySet>> GetAsync(CatalogClient client, string clientId, string? keyId, CancellationToken ct)
    {
        if (client.JwksUri is { } address) return keySets.At(Publisher.Client(client.Alias), address, client.PrivateNetwork).GetAsync(keyId, ct);
        return ClientDocumentUrl.TryParse(clientId, out var url)
            ? DocumentAt(client, url).GetAsync(keyId, ct)
            : new(new KeptAnswer<JsonWebKeySet>(null, NoDocument));
    }

    /// <summary>What a client's document says, if it says the same of how it authenticates as the catalogue; or why it is of no use.</summary>
    /// <param name="client">Registered by a document.</param>
    /// <param name="clientId">The id by which it comes; one of this client's.</param>
    /// <param name="ct">Ends the waiting.</param>
    public ValueTask<KeptAnswer<ClientMetadata>> GetDocumentAsync(CatalogClient client, string clientId, CancellationToken ct) =>
        client.ByDocument && ClientDocumentUrl.TryParse(clientId, out var url)
            ? DocumentAt(client, url).GetDocumentAsync(ct)
            : new(new KeptAnswer<ClientMetadata>(null, NoDocument));

    private ClientDocument DocumentAt(CatalogClient client, ClientDocumentUrl url)
    {
        var isPublic = client.Auth is ClientAuth.None;
        return client.Documents.Contains(url)
            ? _documents.GetOrAdd((client.Alias, url.Value, client.PrivateNetwork, isPublic), static (key, its) => new ClientDocument(its.fetch, key.Client, its.url, key.PrivateNetwork, key.IsPublic), (fetch, url))
            : _hosts.GetOrAdd((client.Alias, url.Origin, client.PrivateNetwork, isPublic), static (key, fetch) => new HostDocuments(fetch, key.Client, key.PrivateNetwork, key.IsPublic), fetch).For(url);
    }
}
