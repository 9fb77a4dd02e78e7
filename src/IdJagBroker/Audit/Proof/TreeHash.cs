using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace IdJagBroker.Audit.Proof;

/// <summary>A hash in the log's tree: 32 bytes of SHA-256, as a value, so that a million of them are no million objects (RFC 6962 §2.1).</summary>
[InlineArray(Bytes)]
internal struct TreeHash : IEquatable<TreeHash>
{
    public const int Bytes = 32;

    private byte _first;

    /// <summary>The root of a tree without leaves: the hash of nothing.</summary>
    public static TreeHash Empty { get; } = Sha256([]);

    /// <summary>SHA-256(0x00 ‖ entry). The first byte keeps a leaf from passing for a node.</summary>
    public static TreeHash Leaf(ReadOnlySpan<byte> entry)
    {
        byte[]? rented = null;
        Span<byte> input = entry.Length < 2048 ? stackalloc byte[2048] : rented = ArrayPool<byte>.Shared.Rent(entry.Length + 1);
        input[0] = 0;
        entry.CopyTo(input[1..]);
        var hash = Sha256(input[..(entry.Length + 1)]);
        if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
        return hash;
    }

    /// <summary>SHA-256(0x01 ‖ left ‖ right).</summary>
    public static TreeHash Node(in TreeHash left, in TreeHash right)
    {
        Span<byte> input = stackalloc byte[1 + (2 * Bytes)];
        input[0] = 1;
        left.AsSpan().CopyTo(input[1..]);
        right.AsSpan().CopyTo(input[(1 + Bytes)..]);
        return Sha256(input);
    }

    /// <exception cref="ArgumentException">It is not 32 bytes long.</exception>
    public static TreeHash Of(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length is not Bytes) throw new ArgumentException("A hash has 32 bytes.", nameof(bytes));
        return MemoryMarshal.Read<TreeHash>(bytes);
    }

    /// <summary>Reads base64 (RFC 4648 §4) with its padding and nothing around it.</summary>
    public static bool TryParse(ReadOnlySpan<char> base64, out TreeHash hash)
    {
        hash = default;
        return base64.Length is 44 && Convert.TryFromBase64Chars(base64, hash.Writable(), out var written) && written is Bytes
            && base64.SequenceEqual(hash.ToString());               // RFC 4648 §3.5: no stray bits, no white space inside
    }

    [UnscopedRef]
    public readonly ReadOnlySpan<byte> AsSpan() => MemoryMarshal.CreateReadOnlySpan(in _first, Bytes);

    public readonly bool Equals(TreeHash other) => AsSpan().SequenceEqual(other.AsSpan());

    public override readonly bool Equals(object? obj) => obj is TreeHash other && Equals(other);

    public override readonly int GetHashCode() => MemoryMarshal.Read<int>(AsSpan());

    /// <summary>In base64.</summary>
    public override readonly string ToString() => Convert.ToBase64String(AsSpan());

    public static bool operator ==(in TreeHash left, in TreeHash right) => left.Equals(right);

    public static bool operator !=(in TreeHash left, in TreeHash right) => !left.Equals(right);

    [UnscopedRef]
    private Span<byte> Writable() => MemoryMarshal.CreateSpan(ref _first, Bytes);

    private static TreeHash Sha256(ReadOnlySpan<byte> input)
    {
        TreeHash hash = default;
        SHA256.HashData(input, hash.Writable());
        return hash;
    }
}
