using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace IdJagBroker.Protocol.Jws;

/// <summary>
/// A server's nonce for DPoP proofs (RFC 9449 §8, §9): an HMAC over the current slot of time, so that every replica takes what any of them
/// gave, nothing has to be remembered, and nobody can make a proof for a time that has not come.
/// </summary>
/// <param name="key">Secret, at least 256 bits of chance; shared by the replicas of one server, and by no two servers.</param>
public sealed class DpopNonce(ReadOnlyMemory<byte> key)
{
    /// <summary>How long one nonce is given out; it is taken for as long again.</summary>
    public static readonly TimeSpan Slot = TimeSpan.FromMinutes(5);

    /// <summary>The nonce to give out at <paramref name="now"/>.</summary>
    public string At(DateTimeOffset now) => For(SlotOf(now));

    /// <summary>Whether it was given out in this slot or the one before; or, by a replica whose clock is ahead, in the next.</summary>
    public bool IsCurrent(string nonce, DateTimeOffset now)
    {
        var given = Encoding.UTF8.GetBytes(nonce);
        var slot = SlotOf(now);
        return Equal(given, slot) | Equal(given, slot - 1) | Equal(given, slot + 1);
    }

    private static long SlotOf(DateTimeOffset now) => now.ToUnixTimeSeconds() / (long)Slot.TotalSeconds;

    private bool Equal(byte[] given, long slot) => CryptographicOperations.FixedTimeEquals(given, Encoding.ASCII.GetBytes(For(slot)));

    private string For(long slot)
    {
        Span<byte> message = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(message, slot);
        return Base64Url.EncodeToString(HMACSHA256.HashData(key.Span, message).AsSpan(0, 16));
    }
}
