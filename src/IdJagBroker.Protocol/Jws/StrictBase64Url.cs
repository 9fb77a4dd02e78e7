using System.Buffers;
using System.Buffers.Text;

namespace IdJagBroker.Protocol.Jws;

/// <summary>
/// base64url as RFC 7515 §2 has it and nothing more: the platform's decoder also takes padding, white space and stray bits,
/// so two texts could carry one token.
/// </summary>
internal static class StrictBase64Url
{
    private static readonly SearchValues<char> Alphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    public static bool TryDecode(ReadOnlySpan<char> text, Span<byte> destination, out int written)
    {
        written = 0;
        if (text.Length % 4 is 1 || text.ContainsAnyExcept(Alphabet)) return false;
        if (Base64Url.DecodeFromChars(text, destination, out _, out written) is not OperationStatus.Done) return false;
        return HasNoStrayBits(text);
    }

    public static byte[]? Decode(ReadOnlySpan<char> text)
    {
        var bytes = new byte[Base64Url.GetMaxDecodedLength(text.Length)];
        return TryDecode(text, bytes, out var written) ? bytes[..written] : null;
    }

    // RFC 4648 §3.5: the unused bits of the last character are zero, or the text is not the canonical one
    private static bool HasNoStrayBits(ReadOnlySpan<char> text) => (text.Length % 4) switch
    {
        2 => (Sextet(text[^1]) & 0b1111) is 0,
        3 => (Sextet(text[^1]) & 0b11) is 0,
        _ => true,
    };

    private static int Sextet(char c) => c switch
    {
        >= 'A' and <= 'Z' => c - 'A',
        >= 'a' and <= 'z' => c - 'a' + 26,
        >= '0' and <= '9' => c - '0' + 52,
        '-' => 62,
        _ => 63,
    };
}
