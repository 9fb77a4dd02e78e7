using System.Text.Json.Nodes;
using IdJagBroker.Audit;
using IdJagBroker.Egress;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Clients.Documents;

/// <summary>One client's keys at its <c>jwks_uri</c> (CIMD-14). That they changed is in the log before the new ones are taken.</summary>
internal sealed class ClientKeySet
{
    private readonly ClientFetch _fetch;
    private readonly Kept<Published> _kept;
    private JsonObject? _state;

    /// <param name="fetch">Fetches.</param>
    /// <param name="client">The alias.</param>
    /// <param name="address">Where they are; from the catalogue, the registry or the client's own document, never from a token (SEC-06).</param>
    /// <param name="privateNetwork">Whether that may be the enterprise's own network.</param>
    /// <param name="mayFetch">Asked before each fetch while there are none.</param>
    public ClientKeySet(ClientFetch fetch, string client, Uri address, bool privateNetwork, Func<bool>? mayFetch = null)
    {
        (_fetch, Client, Address, PrivateNetwork) = (fetch, client, address, privateNetwork);
        _kept = new Kept<Published>(FetchAsync, fetch.Clock)
        {
            RetryWhileEmpty = ClientFetch.RetryWhileEmpty, WaitsForRefresh = true, MayFetch = mayFetch ?? (static () => true),
        };
    }

    public string Client { get; }

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
            var (utf8, freshFor) = await _fetch.GetAsync(Address, ClientFetch.MaxKeySetBytes, PrivateNetwork);
            using var json = PublishedJson.ParseObject(utf8) ?? throw new InvalidDataException("the key set is not one JSON object");
            var keys = PublishedJson.ReadKeys(json.RootElement);
            await RecordAsync(PublishedState.Of(keys));
            return new Fetched<Published>(new Published(keys), freshFor);
        }
        catch (Exception e) when (_state is not null)
        {
            _fetch.NotRefreshed(Client, Address, e);
            throw;
        }
    }

    private async Task RecordAsync(JsonObject state)
    {
        if (_state is not null && !JsonNode.DeepEquals(_state, state))
            await _fetch.RecordAsync(PublishedState.Change("client.keys_changed", AuditOutcome.Ok, Client, Address, _state, state, _fetch.Clock.GetUtcNow()));
        _state = state;
    }

    private sealed record Published(JsonWebKeySet Keys) : IPublished<Published>
    {
        public bool Answers(string? keyId) => Keys.Have(keyId);

        public bool IsSameAs(Published other) => Keys.AreSameAs(other.Keys);
    }
}
