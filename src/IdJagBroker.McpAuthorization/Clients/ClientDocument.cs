using IdJagBroker.Protocol;

namespace IdJagBroker.McpAuthorization.Clients;

/// <summary>
/// A client's metadata document (CIMD §4), and the keys that it names. A client that had keys and now says <c>none</c> is refused until the document has
/// keys again: otherwise whoever can write there could take the client's place without any (CIMD-12).
/// </summary>
internal sealed class ClientDocument : IClientKeySource
{
    private readonly ClientDocumentUrl _url;
    private readonly bool _privateNetwork;
    private readonly ClientFetch _fetch;
    private readonly Func<bool> _mayFetch;
    private readonly Kept<ClientMetadata> _kept;
    private volatile PublishedClientKeys? _keys;
    private ClientMetadata? _last;

    public ClientDocument(ClientDocumentUrl url, bool privateNetwork, ClientFetch fetch, Func<bool>? mayFetch = null)
    {
        (_url, _privateNetwork, _fetch, _mayFetch) = (url, privateNetwork, fetch, mayFetch ?? (static () => true));
        _kept = new Kept<ClientMetadata>(FetchAsync, static (document, keyId) => document.Keys is null || document.Keys.Have(keyId), fetch.Clock, _mayFetch,
            failure => fetch.Failed(url.Url, failure));
    }

    /// <summary>Whether nothing is lost if it is forgotten.</summary>
    public bool IsIdle => _kept.IsIdle;

    public async ValueTask<ClientKeys> GetAsync(string? keyId, CancellationToken ct)
    {
        var (document, fault) = await _kept.GetAsync(keyId, ct);
        if (document is null) return new ClientKeys(null, Fault: fault);
        var mustProve = document.DpopBoundAccessTokens;
        if (IsPublic(document)) return new ClientKeys(null, IsPublic: true, "the document's token_endpoint_auth_method is none", mustProve);
        return document.Keys is { } keys ? new ClientKeys(keys, MustProve: mustProve) : await KeysAt(document.JwksUri!).GetAsync(keyId, ct) with { MustProve = mustProve };
    }

    private static bool IsPublic(ClientMetadata document) => document is { HasSecret: false, Method: "none" };

    // Two requests may each make one when the address changes: a fetch more, and no harm.
    private PublishedClientKeys KeysAt(Uri address)
    {
        if (_keys is { } known && known.Address == address) return known;
        // What was said of the document's host, the document cannot say of another.
        var made = new PublishedClientKeys(address, _privateNetwork && address.IdnHost == _url.Url.IdnHost, _fetch, _mayFetch);
        _keys = made;
        return made;
    }

    private async Task<Fetched<ClientMetadata>> FetchAsync(CancellationToken ct)
    {
        var (utf8, freshFor) = await _fetch.GetAsync(_url.Url, ClientFetch.MaxDocumentBytes, _privateNetwork, ct);
        if (!ClientMetadata.TryParse(utf8, _url, _fetch.IsPermitted, out var document, out var fault)) throw new InvalidDataException(fault);
        if (document.Downgrade is { } downgrade && (!IsPublic(document) || _last is { Downgrade: null }))
        {
            _fetch.Changed(_url, downgrade);
            throw new WithdrawnException(downgrade);
        }
        if (_last is not null && !(_last.Method == document.Method && _last.HasSameKeysAs(document) && _last.DpopBoundAccessTokens == document.DpopBoundAccessTokens))
            _fetch.Changed(_url, "its keys, its authentication method or its use of DPoP");
        _last = document;
        return new Fetched<ClientMetadata>(document, freshFor);
    }
}
