using System.Text.Json.Nodes;
using IdJagBroker.Audit;
using IdJagBroker.Egress;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Clients.Documents;

/// <summary>
/// One client's metadata document, and the keys that it names. That it changed is in the log before the change is taken; a change from
/// keys to anything less is not taken, and the client is refused until the document has keys again (CIMD-12). What a client is, public or not, the
/// catalogue says: a document that says otherwise is of no use.
/// </summary>
internal sealed class ClientDocument
{
    private readonly PublishedFetch _fetch;
    private readonly Publisher _client;
    private readonly ClientDocumentUrl _url;
    private readonly bool _privateNetwork;
    private readonly bool _isPublic;
    private readonly Func<bool> _mayFetch;
    private readonly Kept<Published> _kept;
    private volatile PublishedKeySet? _keys;
    private JsonObject? _state;

    /// <param name="fetch">Fetches.</param>
    /// <param name="client">The alias.</param>
    /// <param name="url">Its address, which the catalogue admits.</param>
    /// <param name="privateNetwork">Whether its host may be on the enterprise's own network.</param>
    /// <param name="isPublic">Whether the catalogue says that it proves nothing.</param>
    /// <param name="mayFetch">Asked before each fetch while there is nothing.</param>
    public ClientDocument(PublishedFetch fetch, string client, ClientDocumentUrl url, bool privateNetwork, bool isPublic = false, Func<bool>? mayFetch = null)
    {
        (_fetch, _client, _url, _privateNetwork, _isPublic, _mayFetch) = (fetch, Publisher.Client(client), url, privateNetwork, isPublic, mayFetch ?? (static () => true));
        _kept = new Kept<Published>(FetchAsync, fetch.Clock)
        {
            RetryWhileEmpty = PublishedFetch.RetryWhileEmpty, WaitsForRefresh = true, MayFetch = _mayFetch,
        };
    }

    /// <summary>Whether nothing is lost if it is forgotten.</summary>
    public bool IsIdle => _kept.IsIdle;

    /// <summary>The client's keys, with the one called <paramref name="keyId"/> among them if it is published; or why there are none.</summary>
    public async ValueTask<KeptAnswer<JsonWebKeySet>> GetAsync(string? keyId, CancellationToken ct)
    {
        var (published, fault) = await _kept.GetAsync(keyId, ct);
        if (published?.Document is not { } document) return new(null, fault);
        if (document.Keys is { } keys) return new(keys, null);
        return document.JwksUri is { } address ? await KeysAt(address).GetAsync(keyId, ct) : new(null, "the document is a public client's");
    }

    /// <summary>What the document says; or why it is of no use.</summary>
    public async ValueTask<KeptAnswer<ClientMetadata>> GetDocumentAsync(CancellationToken ct)
    {
        var (published, fault) = await _kept.GetAsync(null, ct);
        return new(published?.Document, fault);
    }

    // Two requests may each make one when the address changes: a fetch more, and no harm.
    private PublishedKeySet KeysAt(Uri address)
    {
        if (_keys is { } known && known.Address == address) return known;
        // What an administrator said of the document's host, the document cannot say of another.
        var made = new PublishedKeySet(_fetch, _client, address, _privateNetwork && address.IdnHost == _url.Url.IdnHost, _mayFetch);
        _keys = made;
        return made;
    }

    private async Task<Fetched<Published>> FetchAsync()
    {
        try
        {
            var (utf8, freshFor) = await _fetch.GetAsync(_url.Url, PublishedFetch.MaxDocumentBytes, _privateNetwork);
            if (!ClientMetadata.TryParse(utf8, _url, _fetch.IsPermitted, out var document, out var fault)) throw new InvalidDataException(fault);
            if ((_isPublic ? document.PublicFault : document.Downgrade) is { } another)
            {
                await RecordAsync("document_held", AuditOutcome.Denied, document);
                throw new WithdrawnException(another);
            }
            await RecordAsync("document_changed", AuditOutcome.Ok, document);
            return new Fetched<Published>(new Published(document), freshFor);
        }
        catch (Exception e) when (_state is not null && e is not WithdrawnException)
        {
            _fetch.NotRefreshed(_client, _url.Url, e);
            throw;
        }
    }

    // Once for each change, not for each fetch. What is seen first has nothing to differ from.
    private async Task RecordAsync(string what, AuditOutcome outcome, ClientMetadata document)
    {
        var state = PublishedState.Of(document);
        if (_state is not null && !JsonNode.DeepEquals(_state, state))
            await _fetch.RecordAsync(PublishedState.Change(what, outcome, _client, _url.Url, _state, state, _fetch.Clock.GetUtcNow()));
        if (_state is not null || outcome is AuditOutcome.Ok) _state = state;
    }

    private sealed record Published(ClientMetadata Document) : IPublished<Published>
    {
        public bool Answers(string? keyId) => Document.Keys is null || Document.Keys.Have(keyId);

        public bool IsSameAs(Published other) => Document.HasSameKeysAs(other.Document) && Document.RedirectUris.SequenceEqual(other.Document.RedirectUris);
    }
}
