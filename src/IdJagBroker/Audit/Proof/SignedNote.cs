using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Text;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Audit.Proof;

/// <summary>A line of signature under a note.</summary>
internal sealed record NoteSignature(string KeyName, uint KeyId, ReadOnlyMemory<byte> Signature);

/// <summary>A text and who signed it (C2SP signed-note). Parsed is not verified: <see cref="SignersAmong"/> says that.</summary>
internal sealed class SignedNote
{
    /// <summary>The longest note read: room for sixteen signatures of any kind.</summary>
    public const int MaxBytes = 128 * 1024;

    private const int MaxSignatures = 64;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private SignedNote(string text, IReadOnlyList<NoteSignature> signatures) => (Text, Signatures) = (text, signatures);

    /// <summary>The signed text, with its last line end.</summary>
    public string Text { get; }

    public IReadOnlyList<NoteSignature> Signatures { get; }

    /// <summary>Signs a text under a name.</summary>
    /// <param name="text">Lines, each with its line end.</param>
    /// <param name="keyName">The name of the key; for a log, its origin.</param>
    /// <param name="key">An ES256 key; what it throws when it is away passes through.</param>
    /// <exception cref="ArgumentException">That is no text, name or key of a note.</exception>
    /// <exception cref="CryptographicException">The key's answer is not a signature of its algorithm.</exception>
    public static async ValueTask<string> SignAsync(string text, string keyName, ISigningKey key, CancellationToken ct)
    {
        if (!IsText(text)) throw new ArgumentException("A note is lines of text without control characters.", nameof(text));
        if (!IsKeyName(keyName)) throw new ArgumentException("The name of a key has neither spaces nor '+'.", nameof(keyName));
        if (key.Algorithm != JwsAlgorithm.ES256) throw new ArgumentException("Notes are signed with ES256.", nameof(key));
        var signature = await key.SignDigestAsync(SHA256.HashData(Encoding.UTF8.GetBytes(text)), ct);
        var bytes = new byte[4 + 80];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, LogKey.Of(key.PublicKey).Id);
        var length = 4 + Der(signature.Span, bytes.AsSpan(4));
        return $"{text}\n— {keyName} {Convert.ToBase64String(bytes.AsSpan(0, length))}\n";
    }

    /// <summary>Takes a note apart; never throws on what a stranger wrote, and refuses what is not exactly the format.</summary>
    public static bool TryParse(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out SignedNote? note)
    {
        note = null;
        if (utf8.Length > MaxBytes || !System.Text.Unicode.Utf8.IsValid(utf8)) return false;
        var all = StrictUtf8.GetString(utf8);
        var end = all.LastIndexOf("\n\n", StringComparison.Ordinal);
        if (end < 0 || !all.EndsWith('\n') || !IsText(all[..(end + 1)])) return false;
        var lines = all[(end + 2)..].Split('\n')[..^1];
        if (lines.Length is 0 or > MaxSignatures) return false;
        var signatures = new List<NoteSignature>(lines.Length);
        foreach (var line in lines)
        {
            if (ReadSignature(line) is not { } signature) return false;
            signatures.Add(signature);
        }
        note = new SignedNote(all[..(end + 1)], signatures);
        return true;
    }

    /// <summary>
    /// The keys among these that signed it under that name. Other signatures are passed over, and one that names a known key and does not
    /// verify spoils the note: then nobody signed it.
    /// </summary>
    public IReadOnlyList<LogKey> SignersAmong(IReadOnlyList<LogKey> keys, string keyName)
    {
        var text = Encoding.UTF8.GetBytes(Text);
        var signers = new List<LogKey>();
        foreach (var signature in Signatures.Where(signature => signature.KeyName == keyName))
        {
            foreach (var key in keys.Where(key => key.Id == signature.KeyId && (key.Name ?? keyName) == keyName))
            {
                if (!key.Verify(text, signature.Signature.Span)) return [];
                signers.Add(key);
            }
        }
        return signers;
    }

    /// <summary>Whether somebody may be called so: one word, without '+'.</summary>
    public static bool IsKeyName(string name) =>
        name.Length is > 0 and <= 512 && !name.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c is '+');

    private static bool IsText(string text) => text.EndsWith('\n') && !text.Any(c => c < ' ' && c is not '\n');

    private static NoteSignature? ReadSignature(string line)
    {
        if (line.Split(' ') is not ["—", var name, var base64] || !IsKeyName(name) || base64.Length is 0 or > 16 * 1024) return null;
        var bytes = new byte[base64.Length];
        if (!Convert.TryFromBase64String(base64, bytes, out var length) || length < 5) return null;
        if (Convert.ToBase64String(bytes.AsSpan(0, length)) != base64) return null;
        return new NoteSignature(name, BinaryPrimitives.ReadUInt32BigEndian(bytes), bytes.AsMemory(4, length - 4));
    }

    // r ‖ s, as JWS has it, to SEQUENCE { r, s }, as notes have it.
    private static int Der(ReadOnlySpan<byte> signature, Span<byte> destination)
    {
        if (signature.Length != 64) throw new CryptographicException("The key's signature is not as long as its algorithm says.");
        var der = new AsnWriter(AsnEncodingRules.DER);
        using (der.PushSequence())
        {
            der.WriteIntegerUnsigned(Trim(signature[..32]));
            der.WriteIntegerUnsigned(Trim(signature[32..]));
        }
        return der.Encode(destination);
    }

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> integer) => integer[..^1].IndexOfAnyExcept((byte)0) is >= 0 and var first ? integer[first..] : integer[^1..];
}
