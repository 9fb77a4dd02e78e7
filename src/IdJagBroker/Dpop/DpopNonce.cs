using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace IdJagBroker.Dpop;

/// <summary>
/// The server's nonce (RFC 9449 §8): an HMAC over the current slot of time, so that every replica takes what any of them gave, and
/// nobody can make a proof for a time that has not come.
/// </summary>
/// <param name="key">Derived from the server-side key that the replicas share.</param>
/// <param name="clock">The time.</param>
internal sealed class DpopNonce(byte[] key, TimeProvider clock)
{
    /// <summary>How long one nonce is given out; it is taken for as long again.</summary>
    public static readonly TimeSpan Slot = TimeSpan.FromMinutes(5);

    /// <summary>The nonce to give out now.</summary>
    public string Current => For(SlotNow);

    /// <summary>Whether it was given out in this slot or the one before; or, by a replica whose clock is ahead, in the next.</summary>
    public bool IsCurrent(string nonce)
    {
        var given = Encoding.UTF8.GetBytes(nonce);
        var slot = SlotNow;
        return Equal(given, slot) | Equal(given, slot - 1) | Equal(given, slot + 1);
    }

    private long SlotNow => clock.GetUtcNow().ToUnixTimeSeconds() / (long)Slot.TotalSeconds;

    private bool Equal(byte[] given, long slot) => CryptographicOperations.FixedTimeEquals(given, Encoding.ASCII.GetBytes(For(slot)));

    private string For(long slot)
    {
        Span<byte> message = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(message, slot);
        return Base64Url.EncodeToString(HMACSHA256.HashData(key, message).AsSpan(0, 16));
    }
}
