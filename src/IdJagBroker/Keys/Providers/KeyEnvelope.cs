using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using IdJagBroker.Keys.Life;

namespace IdJagBroker.Keys.Providers;

/// <summary>
/// A private key as it lies in the database: encrypted with AES-256-GCM under a key of its own, which an RSA key of the vault has
/// encrypted (a private RSA key is too long for RSA-OAEP itself). Bound to its row: in another it does not open.
/// </summary>
/// <remarks>Version 1: 1 byte version, 2 bytes length of the wrapped data key (big-endian), that key, 12 bytes nonce, 16 bytes tag, the PKCS#8.</remarks>
internal static class KeyEnvelope
{
    public const int DataKeyBytes = 32;

    private const byte Version = 1;
    private const int HeadBytes = 3;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    /// <param name="dataKey">Used for this envelope and no other.</param>
    /// <param name="wrappedDataKey">The same, as the vault encrypted it.</param>
    public static byte[] Seal(SigningKeyRow row, ReadOnlySpan<byte> dataKey, ReadOnlySpan<byte> wrappedDataKey, ReadOnlySpan<byte> pkcs8)
    {
        var sealedKey = new byte[HeadBytes + wrappedDataKey.Length + NonceBytes + TagBytes + pkcs8.Length];
        sealedKey[0] = Version;
        BinaryPrimitives.WriteUInt16BigEndian(sealedKey.AsSpan(1), checked((ushort)wrappedDataKey.Length));
        wrappedDataKey.CopyTo(sealedKey.AsSpan(HeadBytes));
        var rest = sealedKey.AsSpan(HeadBytes + wrappedDataKey.Length);
        RandomNumberGenerator.Fill(rest[..NonceBytes]);
        using var aes = new AesGcm(dataKey, TagBytes);
        aes.Encrypt(rest[..NonceBytes], pkcs8, rest[(NonceBytes + TagBytes)..], rest.Slice(NonceBytes, TagBytes), BoundTo(row));
        return sealedKey;
    }

    /// <summary>What the vault must decrypt first.</summary>
    /// <exception cref="CryptographicException">It is no envelope of ours.</exception>
    public static ReadOnlyMemory<byte> WrappedDataKey(byte[] sealedKey)
    {
        if (sealedKey.Length < HeadBytes || sealedKey[0] is not Version) throw new CryptographicException("The wrapped key is of no version known here.");
        var length = BinaryPrimitives.ReadUInt16BigEndian(sealedKey.AsSpan(1));
        return length > 0 && sealedKey.Length > HeadBytes + length + NonceBytes + TagBytes
            ? sealedKey.AsMemory(HeadBytes, length) : throw new CryptographicException("The wrapped key is cut off.");
    }

    /// <summary>The PKCS#8, which the caller erases.</summary>
    /// <exception cref="CryptographicException">It was made for another row, with another data key, or changed.</exception>
    public static byte[] Open(SigningKeyRow row, byte[] sealedKey, ReadOnlySpan<byte> dataKey)
    {
        var rest = sealedKey.AsSpan(HeadBytes + WrappedDataKey(sealedKey).Length);
        var pkcs8 = new byte[rest.Length - NonceBytes - TagBytes];
        if (dataKey.Length is not DataKeyBytes) throw new CryptographicException("The data key has another length.");
        using var aes = new AesGcm(dataKey, TagBytes);
        aes.Decrypt(rest[..NonceBytes], rest[(NonceBytes + TagBytes)..], rest.Slice(NonceBytes, TagBytes), pkcs8, BoundTo(row));
        return pkcs8;
    }

    private static byte[] BoundTo(SigningKeyRow row) => Encoding.UTF8.GetBytes($"idjag-wrapped-key/{Version}\n{row.Kid}\n{row.Purpose.Word()}\n{row.Algorithm}");
}
