using System.Security.Cryptography;
using System.Text;

namespace IdJagBroker.Keys.Sealing;

/// <summary>AES-256-GCM with a random nonce: 12 bytes nonce, 16 bytes tag, the rest. What it was sealed for is authenticated: as anything else it does not open.</summary>
internal static class SealedBox
{
    public const int KeyBytes = 32;

    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    /// <param name="key">32 bytes.</param>
    /// <param name="plain">What nobody else may read or change.</param>
    /// <param name="purpose">What for.</param>
    public static byte[] Seal(byte[] key, ReadOnlySpan<byte> plain, string purpose)
    {
        var output = new byte[NonceBytes + TagBytes + plain.Length];
        RandomNumberGenerator.Fill(output.AsSpan(0, NonceBytes));
        using var aes = new AesGcm(key, TagBytes);
        aes.Encrypt(output.AsSpan(0, NonceBytes), plain, output.AsSpan(NonceBytes + TagBytes), output.AsSpan(NonceBytes, TagBytes), Encoding.UTF8.GetBytes(purpose));
        return output;
    }

    /// <summary>Null if it was sealed with another key, for something else, or was changed.</summary>
    public static byte[]? Open(byte[] key, ReadOnlySpan<byte> input, string purpose)
    {
        if (input.Length < NonceBytes + TagBytes) return null;
        var plain = new byte[input.Length - NonceBytes - TagBytes];
        using var aes = new AesGcm(key, TagBytes);
        try
        {
            aes.Decrypt(input[..NonceBytes], input[(NonceBytes + TagBytes)..], input.Slice(NonceBytes, TagBytes), plain, Encoding.UTF8.GetBytes(purpose));
            return plain;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
