using System.Security.Cryptography;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Keys.Providers;

/// <summary>Key pairs in this process, by the algorithm that they are for.</summary>
internal static class KeyMaterial
{
    /// <summary>One to import a key pair into.</summary>
    public static AsymmetricAlgorithm Empty(JwsAlgorithm algorithm) => algorithm.KeyType is "RSA" ? RSA.Create() : ECDsa.Create();

    /// <summary>The key pair as a signing key, which owns it from here on.</summary>
    /// <exception cref="InvalidOperationException">It is for another algorithm.</exception>
    /// <exception cref="ArgumentException">It is on no curve of ours, or too short.</exception>
    public static InProcessSigningKey Open(AsymmetricAlgorithm pair, JwsAlgorithm algorithm)
    {
        var key = pair is RSA rsa ? new InProcessSigningKey(rsa, algorithm) : new InProcessSigningKey((ECDsa)pair);
        return key.Algorithm == algorithm ? key : throw new InvalidOperationException($"The key is for {key.Algorithm}, not for {algorithm}.");
    }
}
