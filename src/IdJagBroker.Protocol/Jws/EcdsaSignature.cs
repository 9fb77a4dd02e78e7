using System.Security.Cryptography;

namespace IdJagBroker.Protocol.Jws;

/// <summary>
/// ECDSA signatures in their JWS form, <c>r ‖ s</c> (RFC 7518 §3.4). OpenSSL wants DER, which is made here, on the stack: the
/// platform's own conversion leaves 1.2 KB of garbage for each verification, and what <see cref="ECDsa.Create(ECParameters)"/>
/// returns converts even a signature that is DER already, there and back.
/// </summary>
internal static class EcdsaSignature
{
    /// <summary>A key for <see cref="Verify"/>.</summary>
    /// <exception cref="CryptographicException">The point is not on its curve.</exception>
    public static ECDsa Import(ECParameters parameters)
    {
        if (!OperatingSystem.IsLinux()) return ECDsa.Create(parameters);
        var key = new ECDsaOpenSsl();
        key.ImportParameters(parameters);
        return key;
    }

    public static bool Verify(ECDsa key, ReadOnlySpan<byte> digest, ReadOnlySpan<byte> signature, int expectedBytes)
    {
        if (signature.Length != expectedBytes) return false;
        var r = signature[..(expectedBytes / 2)];
        var s = signature[(expectedBytes / 2)..];
        // SEC-04, CVE-2022-21449: zero is never a signature, whatever the platform thinks of it.
        if (r.IndexOfAnyExcept((byte)0) < 0 || s.IndexOfAnyExcept((byte)0) < 0) return false;

        if (!OperatingSystem.IsLinux()) return key.VerifyHash(digest, signature);

        Span<byte> der = stackalloc byte[2 + (2 * (3 + 48))];
        var length = WriteInteger(der, 2, r);
        length = WriteInteger(der, length, s);
        (der[0], der[1]) = (0x30, (byte)(length - 2));                  // at most 102 bytes of content: the short form
        return key.VerifyHash(digest, der[..length], DSASignatureFormat.Rfc3279DerSequence);
    }

    private static int WriteInteger(Span<byte> der, int at, ReadOnlySpan<byte> bigEndian)
    {
        var value = bigEndian[bigEndian.IndexOfAnyExcept((byte)0)..];
        var sign = value[0] >= 0x80 ? 1 : 0;                            // a leading zero keeps it positive
        der[at] = 0x02;
        der[at + 1] = (byte)(value.Length + sign);
        der[at + 2] = 0;
        value.CopyTo(der[(at + 2 + sign)..]);
        return at + 2 + sign + value.Length;
    }
}
