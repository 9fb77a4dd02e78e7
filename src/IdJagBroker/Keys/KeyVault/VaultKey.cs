using System.Security.Cryptography;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Keys.KeyVault;

/// <summary>One version of a key, as the vault describes it; the private half is never among it.</summary>
/// <param name="Id">With its version.</param>
/// <param name="Operations">What the vault does with it: <c>sign</c>, <c>wrapKey</c>, ….</param>
/// <param name="Exportable">The vault may hand the private half out under a release policy.</param>
internal sealed record VaultKey(KeyVaultKeyId Id, VaultKeyKind Kind, VaultKeyAttributes Attributes, IReadOnlySet<string> Operations, bool Exportable)
{
    /// <summary>The public half of an EC key; null for RSA.</summary>
    public ECParameters? Ec { get; init; }

    /// <summary>The public half of an RSA key; null for EC.</summary>
    public RSAParameters? Rsa { get; init; }

    /// <summary>The public half under its thumbprint, for this algorithm only.</summary>
    /// <exception cref="ArgumentException">It is no key of that algorithm.</exception>
    public JsonWebKey PublicKeyFor(JwsAlgorithm algorithm)
    {
        if (!Kind.Fits(algorithm)) throw new ArgumentException($"A key of type {Kind.VaultType} does not sign {algorithm}.", nameof(algorithm));
        if (Ec is { } point)
        {
            using var ec = ECDsa.Create(point);
            return JsonWebKey.Of(ec);
        }
        using var rsa = RSA.Create(Rsa!.Value);
        return JsonWebKey.Of(rsa, algorithm);
    }
}
