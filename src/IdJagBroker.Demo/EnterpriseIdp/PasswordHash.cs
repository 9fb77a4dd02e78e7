using System.Security.Cryptography;

namespace IdJagBroker.Demo.EnterpriseIdp;

/// <summary>A salted PBKDF2 hash: even a demonstration keeps no password.</summary>
internal sealed class PasswordHash
{
    private const int Iterations = 100_000;
    private const int HashBytes = 32;
    private readonly byte[] _salt = RandomNumberGenerator.GetBytes(16);
    private readonly byte[] _hash;

    public PasswordHash(string password) => _hash = Derive(password);

    /// <summary>A hash that no password matches, so that an unknown user name takes as long as a wrong password.</summary>
    public static PasswordHash OfNobody { get; } = new(Convert.ToHexString(RandomNumberGenerator.GetBytes(32)));

    /// <summary>Whether <paramref name="password"/> is the one, in constant time.</summary>
    public bool Matches(string password) => CryptographicOperations.FixedTimeEquals(_hash, Derive(password));

    private byte[] Derive(string password) =>
        Rfc2898DeriveBytes.Pbkdf2(password, _salt, Iterations, HashAlgorithmName.SHA256, HashBytes);
}
