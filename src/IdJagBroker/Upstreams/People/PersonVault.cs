using System.Security.Cryptography;
using System.Text;

namespace IdJagBroker.Upstreams.People;

/// <summary>A person's details as the database holds them.</summary>
/// <param name="Wrapped">The key that they are sealed under, itself sealed under the server's.</param>
/// <param name="Sealed">The details.</param>
/// <param name="Digest">Tells whether others would be different, and nothing else.</param>
/// <param name="EmailDigest">Finds a person by address; null if there is none.</param>
internal sealed record SealedDetails(byte[] Wrapped, byte[] Sealed, byte[] Digest, byte[]? EmailDigest);

/// <summary>
/// Seals details with AES-256-GCM under a random key for each person and each time, which is sealed under a key of the server's: whoever has
/// the database alone has nothing, and whoever deletes two short rows has erased a person, in every copy that still has the rest.
/// </summary>
internal sealed class PersonVault(byte[] serverKey)
{
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int KeyBytes = 32;

    private readonly byte[] _wrapping = Derive(serverKey, "wrap");
    private readonly byte[] _digesting = Derive(serverKey, "digest");
    private readonly byte[] _finding = Derive(serverKey, "email");

    public SealedDetails Seal(string subjectKey, PersonDetails details)
    {
        var key = RandomNumberGenerator.GetBytes(KeyBytes);
        try
        {
            var utf8 = details.ToUtf8();
            return new SealedDetails(Encrypt(_wrapping, key, "key", subjectKey), Encrypt(key, utf8, "detail", subjectKey), Digest(subjectKey, details), EmailDigest(details.Email));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>Null if it was sealed under another server's key, for another person, or was changed.</summary>
    public PersonDetails? Open(string subjectKey, byte[] wrapped, byte[] sealedDetails)
    {
        try
        {
            var key = Decrypt(_wrapping, wrapped, "key", subjectKey);
            var utf8 = Decrypt(key, sealedDetails, "detail", subjectKey);
            CryptographicOperations.ZeroMemory(key);
            return PersonDetails.FromUtf8(utf8);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    /// <summary>The same for the same details of the same person.</summary>
    public byte[] Digest(string subjectKey, PersonDetails details) => HMACSHA256.HashData(_digesting, (byte[])[.. Encoding.UTF8.GetBytes(subjectKey), 0, .. details.ToUtf8()]);

    /// <summary>The same for an address in whatever case.</summary>
    public byte[]? EmailDigest(string? email) => email is null ? null : HMACSHA256.HashData(_finding, Encoding.UTF8.GetBytes(email.ToLowerInvariant()));

    private static byte[] Derive(byte[] key, string purpose) => HKDF.Expand(HashAlgorithmName.SHA256, key, KeyBytes, Encoding.ASCII.GetBytes(purpose));

    // The person's key is authenticated with it: a row that is moved to another person does not open.
    private static byte[] Encrypt(byte[] key, byte[] plain, string what, string subjectKey)
    {
        var output = new byte[NonceBytes + plain.Length + TagBytes];
        RandomNumberGenerator.Fill(output.AsSpan(0, NonceBytes));
        using var aes = new AesGcm(key, TagBytes);
        aes.Encrypt(output.AsSpan(0, NonceBytes), plain, output.AsSpan(NonceBytes, plain.Length), output.AsSpan(NonceBytes + plain.Length), Encoding.UTF8.GetBytes($"{what}\0{subjectKey}"));
        return output;
    }

    /// <exception cref="CryptographicException">It is not what was sealed.</exception>
    private static byte[] Decrypt(byte[] key, byte[] input, string what, string subjectKey)
    {
        if (input.Length < NonceBytes + TagBytes) throw new CryptographicException("It is too short.");
        var plain = new byte[input.Length - NonceBytes - TagBytes];
        using var aes = new AesGcm(key, TagBytes);
        aes.Decrypt(input.AsSpan(0, NonceBytes), input.AsSpan(NonceBytes, plain.Length), input.AsSpan(NonceBytes + plain.Length), plain, Encoding.UTF8.GetBytes($"{what}\0{subjectKey}"));
        return plain;
    }
}
