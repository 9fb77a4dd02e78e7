using System.Text;

namespace IdJagBroker.Protocol.Jws;

/// <summary>A token in its wire form, kept as the bytes that go out or came in. It is a credential: it is never logged, and what came in is not yet known to be a JWT.</summary>
public readonly struct EncodedJwt(ReadOnlyMemory<byte> utf8)
{
    /// <summary>The bytes; ASCII if it is a JWT.</summary>
    public ReadOnlyMemory<byte> Utf8 { get; } = utf8;

    /// <summary>The token as text, for a caller that must send it as such.</summary>
    public string Reveal() => Encoding.ASCII.GetString(Utf8.Span);

    /// <summary>A token that came as text.</summary>
    public static EncodedJwt Of(string token) => Of(token.AsSpan());

    /// <summary>A token that came as a part of a text.</summary>
    public static EncodedJwt Of(ReadOnlySpan<char> token)
    {
        var utf8 = new byte[Encoding.UTF8.GetByteCount(token)];
        Encoding.UTF8.GetBytes(token, utf8);
        return new EncodedJwt(utf8);
    }

    /// <summary>Never the token.</summary>
    public override string ToString() => $"JWT of {Utf8.Length} bytes";
}
