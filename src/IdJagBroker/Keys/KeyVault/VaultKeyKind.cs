using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Keys.KeyVault;

/// <summary>What sort of key it is, as far as a vault cares: type, size, and whether hardware holds it.</summary>
/// <param name="KeyType"><c>EC</c> or <c>RSA</c>.</param>
/// <param name="Curve">For EC.</param>
/// <param name="Bits">For RSA, of the modulus.</param>
internal sealed record VaultKeyKind(string KeyType, string? Curve, int Bits, bool InHardware)
{
    /// <summary>A P-256 key: the issuer's, unless an audience cannot take it.</summary>
    public static readonly VaultKeyKind P256 = new("EC", "P-256", 256, false);

    /// <summary>A P-384 key.</summary>
    public static readonly VaultKeyKind P384 = new("EC", "P-384", 384, false);

    /// <summary>An RSA key, for audiences that take RS256 only, or to wrap with (3072 bits).</summary>
    public static VaultKeyKind Rsa(int bits) => new("RSA", null, bits, false);

    /// <summary>The same in hardware: Premium vaults; a Managed HSM knows no other.</summary>
    public VaultKeyKind Hardware => this with { InHardware = true };

    /// <summary>The vault's name of it: <c>EC-HSM</c>, and so on.</summary>
    public string VaultType => InHardware ? KeyType + "-HSM" : KeyType;

    /// <summary>
    /// Operations in 10 s that a vault allows in one region with keys of this kind, making keys apart; of several kinds the shares add up
    /// (Microsoft's service limits, read in 2026).
    /// </summary>
    public int OperationsIn10Seconds => (InHardware, KeyType, Bits) switch
    {
        (false, "RSA", > 3072) => 500,
        (false, "RSA", > 2048) => 1000,
        (false, _, _) => 4000,
        (true, "RSA", > 3072) => 250,
        (true, "RSA", > 2048) => 500,
        (true, _, _) => 2000,
    };

    /// <summary>Whether the algorithm signs with such a key.</summary>
    public bool Fits(JwsAlgorithm algorithm) => KeyType == algorithm.KeyType && Curve == algorithm.Curve;
}
