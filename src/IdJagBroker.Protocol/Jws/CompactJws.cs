using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace IdJagBroker.Protocol.Jws;

/// <summary>
/// A JWT as a compact JWS (RFC 7515 §7.1, RFC 7519 §3), parsed once and strictly. Parsed is not verified:
/// <see cref="JwsVerifier"/> does that. Disposing gives the buffers back; claims are read before.
/// </summary>
public sealed class CompactJws : IDisposable
{
    private readonly JwsParts _parts;
    private readonly JsonDocument _payload;
    private int _disposed;

    private CompactJws(in JwsParts parts, JsonDocument payload) => (_parts, _payload) = (parts, payload);

    /// <summary>The protected header.</summary>
    public JwsHeader Header => _parts.Header;

    /// <summary>The claims, unverified until <see cref="JwsVerifier"/> has said <see cref="JwsFailure.None"/>.</summary>
    public JwtClaims Claims => new(_payload.RootElement);

    internal ref readonly JwsParts Parts
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed is not 0, this);   // the buffer may hold somebody else's token by now
            return ref _parts;
        }
    }

    /// <summary>Parses; never throws on what a stranger sends.</summary>
    /// <param name="token">The token as it came.</param>
    /// <param name="maxChars">The longest token read, in characters, checked before anything else.</param>
    /// <param name="jws">The parsed token.</param>
    /// <param name="failure">Why not, otherwise.</param>
    public static bool TryParse(EncodedJwt token, int maxChars, [NotNullWhen(true)] out CompactJws? jws, out JwsFailure failure) =>
        TryParse(token, maxChars, bringsKey: false, out jws, out failure);

    /// <inheritdoc cref="TryParse(EncodedJwt, int, out CompactJws?, out JwsFailure)"/>
    public static bool TryParse(string token, int maxChars, [NotNullWhen(true)] out CompactJws? jws, out JwsFailure failure) =>
        TryParse(Encode(token, maxChars), maxChars, bringsKey: false, out jws, out failure);

    /// <summary>
    /// The same for a token that proves nothing but possession of the key in its own header (RFC 9449 §4.2): permits <c>jwk</c>
    /// there and nothing else besides. Internal, so that no token which says who somebody is can be read this way.
    /// </summary>
    internal static bool TryParseWithKey(string token, int maxChars, [NotNullWhen(true)] out CompactJws? jws, out JwsFailure failure) =>
        TryParse(Encode(token, maxChars), maxChars, bringsKey: true, out jws, out failure);

    // One character more than is read is enough to be refused for its length.
    private static EncodedJwt Encode(string token, int maxChars) => EncodedJwt.Of(token.Length > maxChars ? token[..(maxChars + 1)] : token);

    private static bool TryParse(EncodedJwt token, int maxChars, bool bringsKey, [NotNullWhen(true)] out CompactJws? jws, out JwsFailure failure)
    {
        jws = null;
        if (!JwsParts.TrySplit(token.Utf8, maxChars, out var parts, out failure, bringsKey)) return false;
        if (StrictJson.ParseObject(parts.Payload) is { } payload)
        {
            jws = new CompactJws(parts, payload);
            return true;
        }
        parts.Return();
        failure = JwsFailure.PayloadMalformed;
        return false;
    }

    /// <summary>Gives the buffers back; the claims can no longer be read.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) is not 0) return;    // a buffer that is given back twice is lent to two
        _payload.Dispose();
        Header.Embedded.Key?.Discard();
        _parts.Return();
    }

    /// <summary>Never the token itself.</summary>
    public override string ToString() => $"JWS {Header.Type} {Header.Algorithm}";
}
