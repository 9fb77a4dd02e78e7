using IdJagBroker.Protocol;

namespace IdJagBroker.McpAuthorization.Clients;

/// <summary>
/// The documents of a host whose clients all are taken. Strangers choose their addresses, so their number is bounded, and so is how often we ask the host
/// for one that we do not know (CIMD-09, CIMD-14).
/// </summary>
internal sealed class HostDocuments(ClientDocumentHost host, ClientFetch fetch)
{
    /// <summary>The most that are kept.</summary>
    public const int MaxDocuments = 256;

    /// <summary>Fetches at once of what is not known; after that one a second.</summary>
    public const int Burst = 10;

    private static readonly TimeSpan Each = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (RegisteredClient Client, ClientDocument Document, long LastUse)> _known = new(StringComparer.Ordinal);
    private DateTimeOffset _spentUntil;
    private long _uses;

    public RegisteredClient For(ClientDocumentUrl url)
    {
        lock (_gate)
        {
            if (!_known.TryGetValue(url.Value, out var known))
            {
                if (_known.Count >= MaxDocuments) _known.Remove(_known.MinBy(entry => (!entry.Value.Document.IsIdle, entry.Value.LastUse)).Key);
                var document = new ClientDocument(url, host.IsOnPrivateNetwork, fetch, MayFetch);
                known = (new RegisteredClient(host.ClientAt(url), document), document, 0);
            }
            _known[url.Value] = known with { LastUse = ++_uses };
            return known.Client;
        }
    }

    private bool MayFetch()
    {
        lock (_gate)
        {
            var now = fetch.Clock.GetUtcNow();
            var from = _spentUntil > now ? _spentUntil : now;
            if (from - now > Each * (Burst - 1)) return false;
            _spentUntil = from + Each;
            return true;
        }
    }
}
