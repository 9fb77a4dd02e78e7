using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Upstreams;

/// <summary>A key set and where it came from.</summary>
internal sealed record FetchedKeys(JsonWebKeySet Keys, Uri JwksUri);
