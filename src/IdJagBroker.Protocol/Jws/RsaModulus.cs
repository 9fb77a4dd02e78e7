using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace IdJagBroker.Protocol.Jws;

/// <summary>Which RSA moduli are taken (SEC-03): 2048 to 8192 bits, odd, and not of the kind that a broken chip library made.</summary>
internal static class RsaModulus
{
    private static readonly int[] Primes =
    [
        3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127,
        131, 137, 139, 149, 151, 157, 163, 167,
    ];

    /// <param name="modulus">Unsigned, big-endian, without leading zero (RFC 7518 §6.3.1.1).</param>
    public static bool IsAcceptable([NotNullWhen(true)] byte[]? modulus) =>
        modulus is { Length: >= 256 and <= 1024 } && modulus[0] is not 0 && (modulus.Length > 256 || modulus[0] >= 0x80)
        && (modulus[^1] & 1) is 1 && !HasRocaFingerprint(modulus);

    // CVE-2017-15361: Infineon's primes are k·M + 65537^a mod M, so modulo every small prime the modulus is a power of 65537.
    // An honest modulus looks so by chance in far fewer than one of 100 million keys.
    private static bool HasRocaFingerprint(byte[] modulus)
    {
        var n = new BigInteger(modulus, isUnsigned: true, isBigEndian: true);
        return Array.TrueForAll(Primes, prime => IsPowerOf65537((int)(n % prime), prime));
    }

    private static bool IsPowerOf65537(int residue, int prime)
    {
        var (generator, power) = (65537 % prime, 1);
        do
        {
            if (power == residue) return true;
            power = power * generator % prime;
        }
        while (power is not 1);
        return false;
    }
}
