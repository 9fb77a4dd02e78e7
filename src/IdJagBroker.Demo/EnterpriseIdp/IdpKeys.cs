using System.Security.Cryptography;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Demo.EnterpriseIdp;

/// <summary>The provider's signing keys: the newest signs, every one that is not withdrawn is published.</summary>
internal sealed class IdpKeys(JwsAlgorithm algorithm) : IDisposable
{
    private readonly Lock _gate = new();
    private List<InProcessSigningKey> _keys = [Create(algorithm)];

    /// <summary>The key that signs.</summary>
    public ISigningKey Signing => Volatile.Read(ref _keys)[^1];

    /// <summary>The key set as published.</summary>
    public JsonWebKeySet Published => new(Volatile.Read(ref _keys).Select(key => key.PublicKey));

    /// <summary>Signs with a new key from now on; the earlier ones stay published.</summary>
    public void Rotate()
    {
        var added = Create(algorithm);
        lock (_gate) Volatile.Write(ref _keys, [.. _keys, added]);
    }

    /// <summary>Publishes nothing but the key that signs.</summary>
    public void WithdrawEarlier()
    {
        lock (_gate) Volatile.Write(ref _keys, [_keys[^1]]);
    }

    public void Dispose() => _keys.ForEach(key => key.Dispose());

    private static InProcessSigningKey Create(JwsAlgorithm algorithm) =>
        algorithm.KeyType is "RSA" ? new(RSA.Create(2048), algorithm)
        : algorithm == JwsAlgorithm.ES384 ? new(ECDsa.Create(ECCurve.NamedCurves.nistP384))
        : InProcessSigningKey.CreateEs256();
}
