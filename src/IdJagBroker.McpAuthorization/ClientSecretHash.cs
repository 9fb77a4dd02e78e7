using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace IdJagBroker.McpAuthorization;

/// <summary>
/// A client secret as this process keeps it: an HMAC under a key that never leaves the process (SEC-23). Secrets are random and long,
/// so no slow hash is needed; the key makes a memory dump's hashes useless elsewhere.
/// </summary>
internal sealed class ClientSecretHash
{
    private static readonly byte[] ProcessKey = RandomNumberGenerator.GetBytes(32);
    private readonly byte[] _hash;

    private ClientSecretHash(byte[] hash) => _hash = hash;

    /// <summary>Matches nothing; costs what a real one costs.</summary>
    public static ClientSecretHash OfNobody { get; } = new(RandomNumberGenerator.GetBytes(32));

    // The UTF-16 bytes are hashed as they are: UTF-8 would fold every lone surrogate into the same replacement character.
    public static ClientSecretHash Of(string secret) =>
        new(HMACSHA256.HashData(ProcessKey, MemoryMarshal.AsBytes(secret.AsSpan())));

    public bool Matches(ClientSecretHash presented) => CryptographicOperations.FixedTimeEquals(_hash, presented._hash);
}
