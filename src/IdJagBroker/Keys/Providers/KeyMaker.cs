using System.Security.Cryptography;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Keys.Providers;

/// <summary>Makes new key pairs in this process. Replaced by tests only, for which an RSA key takes too long to make.</summary>
internal class KeyMaker
{
    /// <summary>RSA keys of ours are this long; verifiers take no shorter ones (SEC-03).</summary>
    protected const int RsaBits = 2048;

    /// <summary>A new key pair for an algorithm; the caller owns it.</summary>
    public virtual AsymmetricAlgorithm Make(JwsAlgorithm algorithm) => algorithm switch
    {
        { KeyType: "RSA" } => RSA.Create(RsaBits),
        { Curve: "P-384" } => ECDsa.Create(ECCurve.NamedCurves.nistP384),
        _ => ECDsa.Create(ECCurve.NamedCurves.nistP256),
    };
}
