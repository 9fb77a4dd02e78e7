using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace IdJagBroker.Protocol.Jws;

/// <summary>
/// A compact JWS (RFC 7515 §7.1), parsed once and strictly. Parsed is not verified: <see cref="JwsVerifier"/> does that.
/// Disposing gives the parser's buffers back; claims are read before.
/// </summary>
public sealed class CompactJws : IDisposable
{
    private readonly JsonDocument _payload;
    private readonly ReadOnlyMemory<byte> _signature;

    private CompactJws(string token, int signingInputLength, JwsHeader header, JsonDocument payload, ReadOnlyMemory<byte> signature)
    {
        (Token, SigningInputLength, Header) = (token, signingInputLength, header);
        (_payload, _signature) = (payload, signature);
    }

    /// <summary>The protected header.</summary>
    public JwsHeader Header { get; }

    /// <summary>The claims, unverified until <see cref="JwsVerifier"/> has said <see cref="JwsFailure.None"/>.</summary>
    public JwtClaims Claims => new(_payload.RootElement);

    internal string Token { get; }

    internal int SigningInputLength { get; }

    internal ReadOnlySpan<byte> Signature => _signature.Span;

    /// <summary>Parses; never throws on what a stranger sends.</summary>
    /// <param name="token">The text.</param>
    /// <param name="maxChars">The longest token read, in characters, checked before anything else.</param>
    /// <param name="jws">The parsed token.</param>
    /// <param name="failure">Why not, otherwise.</param>
    public static bool TryParse(string token, int maxChars, [NotNullWhen(true)] out CompactJws? jws, out JwsFailure failure)
    {
        jws = null;
        if (token.Length > maxChars) return Fail(JwsFailure.TooLong, out failure);

        // The first dots are found by search, not by splitting: a token of dots costs nothing (CVE-2025-30204).
        var headerEnd = token.IndexOf('.');
        var payloadEnd = headerEnd < 0 ? -1 : token.IndexOf('.', headerEnd + 1);
        if (payloadEnd < 0 || token.IndexOf('.', payloadEnd + 1) >= 0 || headerEnd is 0
            || payloadEnd == headerEnd + 1 || payloadEnd == token.Length - 1)
            return Fail(JwsFailure.NotThreeParts, out failure);

        var buffer = new byte[Base64Url.GetMaxDecodedLength(token.Length)];
        var text = token.AsSpan();
        if (!StrictBase64Url.TryDecode(text[..headerEnd], buffer, out var headerBytes)
            || !StrictBase64Url.TryDecode(text[(headerEnd + 1)..payloadEnd], buffer.AsSpan(headerBytes), out var payloadBytes)
            || !StrictBase64Url.TryDecode(text[(payloadEnd + 1)..], buffer.AsSpan(headerBytes + payloadBytes), out var signatureBytes))
            return Fail(JwsFailure.NotBase64Url, out failure);

        if (!JwsHeader.TryParse(buffer.AsMemory(0, headerBytes), out var header, out failure)) return false;
        var payload = StrictJson.ParseObject(buffer.AsMemory(headerBytes, payloadBytes));
        if (payload is null) return Fail(JwsFailure.PayloadMalformed, out failure);

        jws = new CompactJws(token, payloadEnd, header, payload, buffer.AsMemory(headerBytes + payloadBytes, signatureBytes));
        return true;
    }

    /// <summary>Gives the parser's buffers back; the claims can no longer be read.</summary>
    public void Dispose() => _payload.Dispose();

    /// <summary>Never the token itself.</summary>
    public override string ToString() => $"JWS {Header.Type} {Header.Algorithm}";

    private static bool Fail(JwsFailure reason, out JwsFailure failure)
    {
        failure = reason;
        return false;
    }
}
