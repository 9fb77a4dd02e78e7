using System.Security.Cryptography;
using IdJagBroker.Keys.Providers;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Shared;

namespace IdJagBroker.Tests;

/// <summary>Makes EC keys as the broker does, and takes RSA keys from those of all tests.</summary>
internal sealed class SharedKeyMaker(RsaPairs pairs) : KeyMaker
{
    public override AsymmetricAlgorithm Make(JwsAlgorithm algorithm) => algorithm.KeyType is "RSA" ? pairs.Next(RsaBits) : base.Make(algorithm);
}
