using IdJagBroker.Protocol;

namespace IdJagBroker.Clients.Documents;

/// <summary>
/// The documents of a host that all are one client's. Strangers choose their addresses, so their number is bounded: what was looked for in
/// vain goes first, then what was asked for longest ago.
/// </summary>
internal sealed class HostDocuments(PublishedFetch fetch, string client, bool privateNetwork, bool isPublic = false)
{
    /// <summary>The most that are kept.</summary>
    public const int MaxDocuments = 256;

    private readonly Lock _gate = new();
    private readonly FetchBudget _budget = new(fetch.Clock);
    private readonly Dictionary<string, (ClientDocument Document, long LastUse)> _documents = new(StringComparer.Ordinal);
    private long _uses;

    public string Client => client;

    public bool PrivateNetwork => privateNetwork;

    public int Count
    {
        get { lock (_gate) return _documents.Count; }
    }

    public ClientDocument For(ClientDocumentUrl url)
    {
        lock (_gate)
        {
            if (!_documents.TryGetValue(url.Value, out var known))
            {
                if (_documents.Count >= MaxDocuments) _documents.Remove(_documents.MinBy(entry => (!entry.Value.Document.IsIdle, entry.Value.LastUse)).Key);
                known.Document = new ClientDocument(fetch, client, url, privateNetwork, isPublic, _budget.Take);
            }
            _documents[url.Value] = (known.Document, ++_uses);
            return known.Document;
        }
    }
}
