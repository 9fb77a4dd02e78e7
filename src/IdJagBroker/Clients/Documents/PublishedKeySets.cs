using System.Collections.Concurrent;

namespace IdJagBroker.Clients.Documents;

/// <summary>The key sets that are fetched, one for each publisher: registrations change, and what was fetched for an earlier one is of no use.</summary>
internal sealed class PublishedKeySets(PublishedFetch fetch)
{
    private readonly ConcurrentDictionary<Publisher, PublishedKeySet> _keySets = new();

    /// <summary>A publisher's keys.</summary>
    /// <param name="publisher">Whose.</param>
    /// <param name="address">Where they are now; from the catalogue or the registry.</param>
    /// <param name="privateNetwork">Whether that may be the enterprise's own network.</param>
    public PublishedKeySet At(Publisher publisher, Uri address, bool privateNetwork)
    {
        if (_keySets.TryGetValue(publisher, out var known) && IsOf(known)) return known;
        return _keySets.AddOrUpdate(publisher, _ => Make(), (_, other) => IsOf(other) ? other : Make());

        bool IsOf(PublishedKeySet set) => set.Address == address && set.PrivateNetwork == privateNetwork;
        PublishedKeySet Make() => new(fetch, publisher, address, privateNetwork);
    }
}
