using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace IdJagBroker.Clients;

/// <summary>
/// How secrets are kept: HMAC-SHA-256 under a server-side key (SEC-23). They are 256 random bits, so a slow hash would add nothing
/// but load.
/// </summary>
internal sealed class ClientSecretHash
{
    /// <summary>The shortest secret that can be imported, in characters.</summary>
    public const int MinSecretChars = 32;

    /// <summary>The longest secret looked at, in characters.</summary>
    public const int MaxSecretChars = 512;

    private const string Prefix = "hmac-sha256:";
    private const int HashBytes = 12 + 43;      // the prefix, and 32 bytes in base64url
    private readonly byte[] _key;

    /// <exception cref="ArgumentException">The key is not 32 bytes in base64url.</exception>
    public ClientSecretHash(string key)
    {
        if (!Base64Url.IsValid(key) || Base64Url.DecodeFromChars(key) is not { Length: 32 } bytes)
            throw new ArgumentException("Clients:SecretKey must be 32 bytes in base64url.", nameof(key));
        _key = bytes;
    }

    /// <summary>A new secret or key: 256 random bits, base64url.</summary>
    public static string NewSecret() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>A key for another purpose, from which neither this one nor a third can be told.</summary>
    public byte[] DeriveKey(string purpose) => HKDF.Expand(HashAlgorithmName.SHA256, _key, 32, Encoding.UTF8.GetBytes(purpose));

    /// <summary>The form that the catalogue holds.</summary>
    public string Hash(string secret)
    {
        Span<byte> hash = stackalloc byte[HashBytes];
        Write(secret, hash);
        return Encoding.ASCII.GetString(hash);
    }

    /// <summary>
    /// Whether <paramref name="secret"/> is one of the two at most that are live. Takes the same time whether there is none, one or two,
    /// so that an unknown client cannot be told from a wrong secret.
    /// </summary>
    public bool Matches(string secret, IReadOnlyList<string> hashes)
    {
        Span<byte> presented = stackalloc byte[HashBytes];
        Write(secret.Length <= MaxSecretChars ? secret : "", presented);
        var first = Equal(presented, hashes.Count > 0 ? hashes[0] : null);
        var second = Equal(presented, hashes.Count > 1 ? hashes[1] : null);
        return (first | second) & (secret.Length is > 0 and <= MaxSecretChars);
    }

    private void Write(string secret, Span<byte> hash)
    {
        var utf8 = secret.Length <= MaxSecretChars ? stackalloc byte[3 * MaxSecretChars] : new byte[3 * secret.Length];
        utf8 = utf8[..Encoding.UTF8.GetBytes(secret, utf8)];
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key, utf8, mac);
        CryptographicOperations.ZeroMemory(utf8);
        Encoding.ASCII.GetBytes(Prefix, hash);
        Base64Url.EncodeToUtf8(mac, hash[Prefix.Length..]);
    }

    private static bool Equal(ReadOnlySpan<byte> presented, string? hash)
    {
        Span<byte> stored = stackalloc byte[presented.Length];
        stored.Clear();
        if (hash?.Length == presented.Length) Encoding.ASCII.GetBytes(hash, stored);
        return CryptographicOperations.FixedTimeEquals(presented, stored);
    }
}
