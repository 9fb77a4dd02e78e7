using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Keys;

/// <summary>The keys of this issuer: the one that signs, and all that are published.</summary>
internal sealed class SigningKeyRing(ISigningKey active)
{
    /// <summary>The key that signs ID-JAGs.</summary>
    public ISigningKey Active { get; } = active;

    /// <summary>What the JWKS endpoint serves.</summary>
    public JsonWebKeySet Published { get; } = new([active.PublicKey]);
}
