using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.McpAuthorization.Clients;

/// <summary>By what a client proves who it is, as far as it does so by keys.</summary>
/// <param name="Keys">Its keys; null: none can be had, and <paramref name="Fault"/> says why, or it is public.</param>
/// <param name="IsPublic">It has said that it has none (CIMD §6.2).</param>
/// <param name="Fault">For the log.</param>
/// <param name="MustProve">It has said that it always proves to hold a key (RFC 9449 §5.2).</param>
internal readonly record struct ClientKeys(JsonWebKeySet? Keys, bool IsPublic = false, string? Fault = null, bool MustProve = false);

/// <summary>Where a client's keys are.</summary>
internal interface IClientKeySource
{
    /// <summary>The keys, with the one called <paramref name="keyId"/> among them if it is published.</summary>
    ValueTask<ClientKeys> GetAsync(string? keyId, CancellationToken ct);
}

/// <summary>Keys that are registered.</summary>
internal sealed class FixedClientKeys(JsonWebKeySet? keys) : IClientKeySource
{
    private readonly ClientKeys _keys = keys is null ? new(null, Fault: "the client is not registered for private_key_jwt") : new(keys);

    public ValueTask<ClientKeys> GetAsync(string? keyId, CancellationToken ct) => new(_keys);
}

/// <summary>Keys that the client publishes at its <c>jwks_uri</c> (CIMD-14).</summary>
internal sealed class PublishedClientKeys : IClientKeySource
{
    private readonly Kept<JsonWebKeySet> _kept;

    public PublishedClientKeys(Uri address, bool privateNetwork, ClientFetch fetch, Func<bool> mayFetch)
    {
        Address = address;
        _kept = new Kept<JsonWebKeySet>(FetchAsync, static (keys, keyId) => keys.Have(keyId), fetch.Clock, mayFetch, failure => fetch.Failed(address, failure));

        async Task<Fetched<JsonWebKeySet>> FetchAsync(CancellationToken ct)
        {
            var (utf8, freshFor) = await fetch.GetAsync(address, IssuerFetch.MaxBytes, privateNetwork, ct);
            return JsonWebKeySet.TryParsePublished(utf8, out var keys, out var fault) ? new(keys, freshFor) : throw new InvalidDataException(fault);
        }
    }

    public Uri Address { get; }

    public async ValueTask<ClientKeys> GetAsync(string? keyId, CancellationToken ct)
    {
        var (keys, fault) = await _kept.GetAsync(keyId, ct);
        return new ClientKeys(keys, Fault: fault);
    }
}
