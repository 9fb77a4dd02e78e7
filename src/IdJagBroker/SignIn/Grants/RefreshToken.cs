using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace IdJagBroker.SignIn.Grants;

/// <summary>
/// A refresh token: which grant, which of its tokens, 256 random bits, and a proof that it was made here. Only a digest of the current one is kept. By the proof an
/// earlier one is known for what it is, and a made-up one is not: nobody can end somebody's session by inventing tokens.
/// </summary>
internal sealed record RefreshToken(Guid Grant, int Generation, string Text)
{
    private const int HeadBytes = 16 + 4;
    private const int RandomBytes = 32;
    private const int ProofBytes = 16;
    private const int Bytes = HeadBytes + RandomBytes + ProofBytes;
    private const string Prefix = "idjag_rt_";

    /// <summary>SHA-256 of the token: what is kept.</summary>
    public byte[] Digest => SHA256.HashData(Encoding.ASCII.GetBytes(Text));

    /// <summary>A new token.</summary>
    /// <param name="key">Of the server.</param>
    /// <param name="grant">Whose.</param>
    /// <param name="generation">Which of its tokens.</param>
    public static RefreshToken Create(byte[] key, Guid grant, int generation)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        grant.TryWriteBytes(bytes);
        BinaryPrimitives.WriteInt32BigEndian(bytes[16..], generation);
        RandomNumberGenerator.Fill(bytes.Slice(HeadBytes, RandomBytes));
        Proof(key, bytes[..^ProofBytes]).CopyTo(bytes[^ProofBytes..]);
        return new RefreshToken(grant, generation, Prefix + Base64Url.EncodeToString(bytes));
    }

    /// <summary>Reads one that was made here.</summary>
    public static bool TryParse(byte[] key, string text, [NotNullWhen(true)] out RefreshToken? token)
    {
        token = null;
        if (!text.StartsWith(Prefix, StringComparison.Ordinal) || text.Length != Prefix.Length + Base64Url.GetEncodedLength(Bytes)) return false;
        Span<byte> bytes = stackalloc byte[Bytes];
        if (!Base64Url.IsValid(text.AsSpan(Prefix.Length)) || !Base64Url.TryDecodeFromChars(text.AsSpan(Prefix.Length), bytes, out var length) || length is not Bytes) return false;
        if (!CryptographicOperations.FixedTimeEquals(Proof(key, bytes[..^ProofBytes]), bytes[^ProofBytes..])) return false;
        token = new RefreshToken(new Guid(bytes[..16]), BinaryPrimitives.ReadInt32BigEndian(bytes[16..]), text);
        return true;
    }

    /// <summary>Never the token.</summary>
    public override string ToString() => $"refresh token {Generation} of {Grant}";

    private static byte[] Proof(byte[] key, ReadOnlySpan<byte> of) => HMACSHA256.HashData(key, of)[..ProofBytes];
}
