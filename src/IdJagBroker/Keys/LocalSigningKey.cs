using System.Security.Cryptography;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Keys;

/// <summary>Keys in files of this account alone, one for each algorithm: for Development, so that a restart keeps each <c>kid</c>.</summary>
internal static class LocalSigningKey
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
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
            if (!File.Exists(path)) Create(path, make);
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~OwnerOnly) != 0)
                throw new InvalidOperationException($"{path} can be read by others; it must be 0600.");
            key.ImportFromPem(File.ReadAllText(path));
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            key.Dispose();
            throw new InvalidOperationException($"{path} does not hold a private key of its kind.", e);
        }
    }

    private static void Create(string path, Func<AsymmetricAlgorithm> make)
    {
        using var key = make();
        // Written aside and moved: two processes that start together end with one key.
        var aside = path + "." + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6));
        var create = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) create.UnixCreateMode = OwnerOnly;
        using (var file = new StreamWriter(aside, create)) file.Write(key.ExportPkcs8PrivateKeyPem());
        try
        {
            File.Move(aside, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(aside);
        }
    }
}
