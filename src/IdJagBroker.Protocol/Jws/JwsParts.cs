using System.Buffers;
using System.Buffers.Text;

namespace IdJagBroker.Protocol.Jws;

/// <summary>
/// The three parts of a compact JWS (RFC 7515 §7.1), decoded into a rented buffer. Of the payload nothing is known but its bytes.
/// </summary>
internal readonly record struct JwsParts(
    ReadOnlyMemory<byte> Token, int SigningInputLength, JwsHeader Header, ReadOnlyMemory<byte> Payload, ReadOnlyMemory<byte> Signature, byte[] Buffer)
{
    /// <summary>Gives the buffer back, once; after that no part may be read. Cleared, because it held a person's claims.</summary>
    public void Return() => ArrayPool<byte>.Shared.Return(Buffer, clearArray: true);

    public static bool TrySplit(string token, int maxChars, out JwsParts parts, out JwsFailure failure, bool bringsKey = false) =>
        TrySplit(EncodedJwt.Of(token).Utf8, maxChars, out parts, out failure, bringsKey);

    public static bool TrySplit(ReadOnlyMemory<byte> utf8, int maxChars, out JwsParts parts, out JwsFailure failure, bool bringsKey = false)
    {
        parts = default;
        var token = utf8.Span;
        if (token.Length > maxChars) return Fail(JwsFailure.TooLong, out failure);

        // The first dots are found by search, not by splitting: a token of dots costs nothing (CVE-2025-30204).
        var headerEnd = token.IndexOf((byte)'.');
        var payloadEnd = headerEnd < 0 ? -1 : NextDot(token, headerEnd + 1);
        if (payloadEnd < 0 || NextDot(token, payloadEnd + 1) >= 0 || headerEnd is 0
            || payloadEnd == headerEnd + 1 || payloadEnd == token.Length - 1)
            return Fail(JwsFailure.NotThreeParts, out failure);

        var buffer = ArrayPool<byte>.Shared.Rent(Base64Url.GetMaxDecodedLength(token.Length));
        if (TryDecode(utf8, headerEnd, payloadEnd, buffer, bringsKey, out parts, out failure)) return true;
        ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        return false;
    }

    private static int NextDot(ReadOnlySpan<byte> token, int from) => token[from..].IndexOf((byte)'.') is var at && at < 0 ? -1 : from + at;

    private static bool TryDecode(
        ReadOnlyMemory<byte> token, int headerEnd, int payloadEnd, byte[] buffer, bool bringsKey, out JwsParts parts, out JwsFailure failure)
    {
        parts = default;
        var text = token.Span;
        if (!StrictBase64Url.TryDecode(text[..headerEnd], buffer, out var headerBytes)
            || !StrictBase64Url.TryDecode(text[(headerEnd + 1)..payloadEnd], buffer.AsSpan(headerBytes), out var payloadBytes)
            || !StrictBase64Url.TryDecode(text[(payloadEnd + 1)..], buffer.AsSpan(headerBytes + payloadBytes), out var signatureBytes))
            return Fail(JwsFailure.NotBase64Url, out failure);

        if (!JwsHeader.TryParse(buffer.AsMemory(0, headerBytes), bringsKey, out var header, out failure)) return false;
        parts = new JwsParts(token, payloadEnd, header,
            buffer.AsMemory(headerBytes, payloadBytes), buffer.AsMemory(headerBytes + payloadBytes, signatureBytes), buffer);
        return true;
    }

    private static bool Fail(JwsFailure reason, out JwsFailure failure)
    {
        failure = reason;
        return false;
    }
}
