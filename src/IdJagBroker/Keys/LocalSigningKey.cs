using System.Security.Cryptography;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Storage;

namespace IdJagBroker.Keys;

/// <summary>Keys in files of this account alone, one for each algorithm: for Development, so that a restart keeps each <c>kid</c>.</summary>
internal static class LocalSigningKey
{
    private const int RsaBits = 2048;

    /// <summary>Reads the ES256 key, or makes it on first use.</summary>
    /// <exception cref="InvalidOperationException">The file is there but holds no P-256 key, or others can read it.</exception>
    public static InProcessSigningKey LoadOrCreate(string directory)
    {
        var key = ECDsa.Create();
        Load(key, directory, "idjag-signing.pem", () => ECDsa.Create(ECCurve.NamedCurves.nistP256));
        if (key.KeySize is 256) return new InProcessSigningKey(key);
        key.Dispose();
        throw new InvalidOperationException($"The key file in {directory} does not hold a P-256 key.");
    }

    /// <summary>Reads the RS256 key, or makes it on first use.</summary>
    /// <exception cref="InvalidOperationException">The file is there but holds no RSA key of 2048 bits or more, or others can read it.</exception>
    public static InProcessSigningKey LoadOrCreateRsa(string directory)
    {
        var key = RSA.Create();
        Load(key, directory, "idjag-signing-rs256.pem", () => RSA.Create(RsaBits));
        if (key.KeySize >= RsaBits) return new InProcessSigningKey(key, JwsAlgorithm.RS256);
        key.Dispose();
        throw new InvalidOperationException($"The key file in {directory} holds an RSA key of less than {RsaBits} bits.");
    }

    private static void Load(AsymmetricAlgorithm key, string directory, string name, Func<AsymmetricAlgorithm> make)
    {
        var path = Path.Combine(Directory.CreateDirectory(directory).FullName, name);
        try
        {
            key.ImportFromPem(KeptFile.ReadOrMake(path, () =>
            {
                using var made = make();
                return made.ExportPkcs8PrivateKeyPem();
            }));
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            key.Dispose();
            throw new InvalidOperationException($"{path} does not hold a private key of its kind.", e);
        }
    }
}
