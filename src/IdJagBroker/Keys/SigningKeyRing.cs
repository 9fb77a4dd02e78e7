using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Keys;

/// <summary>The keys of this issuer: one for each algorithm that an audience may ask for, all of them published before any is used.</summary>
/// <param name="keys">Of several for one algorithm the last counts.</param>
internal sealed class SigningKeyRing(IEnumerable<ISigningKey> keys)
{
    private readonly Dictionary<JwsAlgorithm, ISigningKey> _byAlgorithm = keys.GroupBy(key => key.Algorithm).ToDictionary(same => same.Key, same => same.Last());
    private JsonWebKeySet? _published;

    /// <summary>The keys that sign ID-JAGs.</summary>
    public IReadOnlyCollection<ISigningKey> Keys => _byAlgorithm.Values;

    /// <summary>What the JWKS endpoint serves.</summary>
    public JsonWebKeySet Published => _published ??= new JsonWebKeySet(Keys.Select(key => key.PublicKey));

    /// <summary>The key of an algorithm.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public ISigningKey For(JwsAlgorithm algorithm) =>
        _byAlgorithm.TryGetValue(algorithm, out var key) ? key : throw new InvalidOperationException($"There is no key for {algorithm}.");
}
