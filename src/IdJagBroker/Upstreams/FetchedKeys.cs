using IdJagBroker.Egress;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Upstreams;

/// <summary>A key set and where it came from.</summary>
internal sealed record FetchedKeys(JsonWebKeySet Keys, Uri JwksUri) : IPublished<FetchedKeys>
{
    public bool Answers(string? keyId) => Keys.Have(keyId);

    public bool IsSameAs(FetchedKeys other) => Keys.AreSameAs(other.Keys);
}
