using System.Text;

namespace IdJagBroker.Protocol.Jws;

/// <summary>A signed token in its wire form, kept as the bytes that go out. It is a credential: it is written once and never logged.</summary>
public readonly struct EncodedJwt(ReadOnlyMemory<byte> utf8)
{
    /// <summary>The bytes, ASCII.</summary>
    public ReadOnlyMemory<byte> Utf8 { get; } = utf8;

    /// <summary>The token as text, for a caller that must send it as such.</summary>
    public string Reveal() => Encoding.ASCII.GetString(Utf8.Span);

    /// <summary>Never the token.</summary>
    public override string ToString() => $"JWT of {Utf8.Length} bytes";
}
