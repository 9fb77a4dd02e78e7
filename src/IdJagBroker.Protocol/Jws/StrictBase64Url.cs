using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace IdJagBroker.Protocol.Jws;

/// <summary>
/// base64url as RFC 7515 §2 has it and nothing more: the platform's decoder also takes padding and white space, so two texts could
/// carry one token. Stray bits in the last character (RFC 4648 §3.5) it refuses itself; a test tries every such text.
/// </summary>
internal static class StrictBase64Url
{
    private static readonly SearchValues<byte> Alphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"u8);

    public static bool TryDecode(ReadOnlySpan<byte> text, Span<byte> destination, out int written)
    {
        written = 0;
        if (text.Length % 4 is 1 || text.ContainsAnyExcept(Alphabet)) return false;
        return Base64Url.DecodeFromUtf8(text, destination, out _, out written) is OperationStatus.Done;
    }

    public static byte[]? Decode(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        var bytes = new byte[Base64Url.GetMaxDecodedLength(utf8.Length)];
        return TryDecode(utf8, bytes, out var written) ? bytes[..written] : null;
    }
}
