using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace IdJagBroker.Protocol.Jws;

/// <summary>
/// Remembers which tokens' signatures verified, and by which key: one person's ID Token is presented for one MCP server after another, and
/// RSA costs more than the rest of its validation. Only the signature is remembered; times, audience and every other claim are checked anew
/// each time. A key that has left its set selects nothing any more, so what it verified counts for nothing either. Not for what may be used
/// once, such as client assertions: those are not presented twice.
/// </summary>
/// <param name="capacity">The most tokens remembered; the oldest are forgotten, half at a time.</param>
public sealed class VerifiedSignatures(int capacity)
{
    private readonly Lock _gate = new();
    private Dictionary<TokenDigest, JsonWebKey> _recent = [];
    private Dictionary<TokenDigest, JsonWebKey> _older = [];

    /// <summary>Whether exactly this token, its signature included, verified by exactly this key object: a set that is fetched anew has new ones.</summary>
    internal bool Contains(TokenDigest token, JsonWebKey key)
    {
        lock (_gate)
            return (_recent.TryGetValue(token, out var known) || _older.TryGetValue(token, out known)) && ReferenceEquals(known, key);
    }

    internal void Add(TokenDigest token, JsonWebKey key)
    {
        lock (_gate)
        {
            if (_recent.Count >= capacity / 2) (_older, _recent) = (_recent, []);
            _recent[token] = key;
        }
    }
}

/// <summary>SHA-256 of a whole token, its signature included.</summary>
internal readonly record struct TokenDigest(ulong A, ulong B, ulong C, ulong D)
{
    public static TokenDigest Of(ReadOnlySpan<byte> token)
    {
        Span<ulong> words = stackalloc ulong[4];
        SHA256.HashData(token, MemoryMarshal.AsBytes(words));
        return new TokenDigest(words[0], words[1], words[2], words[3]);
    }

    /// <summary>Its first bytes are as good as any hash.</summary>
    public override int GetHashCode() => (int)A;
}
