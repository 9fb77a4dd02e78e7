using System.Security.Cryptography;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Keys;

/// <summary>A P-256 key in a file of this account alone: for Development, so that a restart keeps the <c>kid</c>.</summary>
internal static class LocalSigningKey
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Reads the key, or makes it on first use.</summary>
    /// <exception cref="InvalidOperationException">The file is there but holds no P-256 key, or others can read it.</exception>
    public static InProcessSigningKey LoadOrCreate(string directory)
    {
        var path = Path.Combine(Directory.CreateDirectory(directory).FullName, "idjag-signing.pem");
        if (!File.Exists(path)) Create(path);
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~OwnerOnly) != 0)
            throw new InvalidOperationException($"{path} can be read by others; it must be 0600.");

        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(File.ReadAllText(path));
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            key.Dispose();
            throw new InvalidOperationException($"{path} does not hold a private key.", e);
        }
        if (key.KeySize is 256) return new InProcessSigningKey(key);
        key.Dispose();
        throw new InvalidOperationException($"{path} does not hold a P-256 key.");
    }

    private static void Create(string path)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
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
