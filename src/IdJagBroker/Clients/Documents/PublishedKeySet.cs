using System.Text.Json.Nodes;
using IdJagBroker.Audit;
using IdJagBroker.Egress;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Clients.Documents;

/// <summary>The keys that somebody publishes at their <c>jwks_uri</c> (CIMD-14). That they changed is in the log before the new ones are taken.</summary>
internal sealed class PublishedKeySet
{
    private readonly PublishedFetch _fetch;
    private readonly Kept<Published> _kept;
    private JsonObject? _state;

    /// <param name="fetch">Fetches.</param>
    /// <param name="publisher">Whose they are.</param>
    /// <param name="address">Where they are; from the catalogue, the registry or a client's own document, never from a token (SEC-06).</param>
    /// <param name="privateNetwork">Whether that may be the enterprise's own network.</param>
    /// <param name="mayFetch">Asked before each fetch while there are none.</param>
    public PublishedKeySet(PublishedFetch fetch, Publisher publisher, Uri address, bool privateNetwork, Func<bool>? mayFetch = null)
    {
        (_fetch, Publisher, Address, PrivateNetwork) = (fetch, publisher, address, privateNetwork);
        _kept = new Kept<Published>(FetchAsync, fetch.Clock)
        {
            RetryWhileEmpty = PublishedFetch.RetryWhileEmpty, WaitsForRefresh = true, MayFetch = mayFetch ?? (static () => true),
        };
    }

    public Publisher Publisher { get; }

    public Uri Address { get; }

    public bool PrivateNetwork { get; }

    /// <summary>The keys, with the one called <paramref name="keyId"/> among them if it is published; or why there are none.</summary>
    public async ValueTask<KeptAnswer<JsonWebKeySet>> GetAsync(string? keyId, CancellationToken ct)
    {
        var (published, fault) = await _kept.GetAsync(keyId, ct);
        return new(published?.Keys, fault);
    }

    private async Task<Fetched<Published>> FetchAsync()
    {
        try
        {
            var (utf8, freshFor) = await _fetch.GetAsync(Address, PublishedFetch.MaxKeySetBytes, PrivateNetwork);
            if (!JsonWebKeySet.TryParsePublished(utf8, out var keys, out var fault)) throw new InvalidDataException(fault);
            await RecordAsync(PublishedState.Of(keys));
            return new Fetched<Published>(new Published(keys), freshFor);
        }
        catch (Exception e) when (_state is not null)
        {
            _fetch.NotRefreshed(Publisher, Address, e);
            throw;
        }
    }

    private async Task RecordAsync(JsonObject state)
    {
        if (_state is not null && !JsonNode.DeepEquals(_state, state))
            await _fetch.RecordAsync(PublishedState.Change("keys_changed", AuditOutcome.Ok, Publisher, Address, _state, state, _fetch.Clock.GetUtcNow()));
        _state = state;
    }

    private sealed record Published(JsonWebKeySet Keys) : IPublished<Published>
    {
        public bool Answers(string? keyId) => Keys.Have(keyId);

        public bool IsSameAs(Published other) => Keys.AreSameAs(other.Keys);
    }
}
