using System.Security.Cryptography;

namespace IdJagBroker.StandIn;

/// <summary>One version of a key: its material, which does not leave, and its attributes, which change.</summary>
internal sealed class KeyVersion : IDisposable
{
    private static readonly Dictionary<string, ECCurve> Curves = new()
    {
        ["P-256"] = ECCurve.NamedCurves.nistP256,
        ["P-384"] = ECCurve.NamedCurves.nistP384,
        ["P-521"] = ECCurve.NamedCurves.nistP521,
    };

    private KeyVersion(string keyType, string? curve, AsymmetricAlgorithm key, IEnumerable<string>? operations)
    {
        (KeyType, Curve, Key) = (keyType, curve, key);
        Operations = [.. operations ?? (Ec is null ? ["encrypt", "decrypt", "sign", "verify", "wrapKey", "unwrapKey"] : ["sign", "verify"])];
    }

    public string Version { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    /// <summary><c>EC</c>, <c>EC-HSM</c>, <c>RSA</c>, <c>RSA-HSM</c>.</summary>
    public string KeyType { get; }

    public string? Curve { get; }

    public AsymmetricAlgorithm Key { get; }

    public ECDsa? Ec => Key as ECDsa;

    public RSA? Rsa => Key as RSA;

    public List<string> Operations { get; set; }

    public bool Enabled { get; set; } = true;

    public bool Exportable { get; init; }

    public long Created { get; init; }

    public long Updated { get; set; }

    public long? NotBefore { get; set; }

    public long? Expires { get; set; }

    public Dictionary<string, string> Tags { get; set; } = [];

    public static KeyVersion Make(Func<int, RSA> makeRsa, string? keyType, string? curve, int? bits, IEnumerable<string>? operations, long now, bool exportable = false)
    {
        AsymmetricAlgorithm key = keyType switch
        {
            "EC" or "EC-HSM" => ECDsa.Create(Curves.TryGetValue(curve ??= "P-256", out var known) ? known : throw VaultFailure.BadParameter($"Curve {curve} is not supported.")),
            "RSA" or "RSA-HSM" when bits is null or 2048 or 3072 or 4096 => makeRsa(bits ?? 2048),
            _ => throw VaultFailure.BadParameter($"Property kty has invalid value {keyType}, or key_size does not fit."),
        };
        return new KeyVersion(keyType, key is ECDsa ? curve : null, key, operations) { Created = now, Updated = now, Exportable = exportable };
    }

    public static KeyVersion Import(string keyType, string? curve, AsymmetricAlgorithm key, IEnumerable<string>? operations, long now) =>
        new(keyType, curve, key, operations) { Created = now, Updated = now };

    /// <summary>A new version of the same kind.</summary>
    public KeyVersion Next(Func<int, RSA> makeRsa, long now) => Make(makeRsa, KeyType, Curve, Rsa?.KeySize, Operations, now, Exportable);

    public void Dispose() => Key.Dispose();
}
