using System.Text;
using System.Text.Json;

namespace IdJagBroker.Protocol.Jws;

/// <summary>
/// A header as nearly every token has it: a few members, each a plain scalar, nothing escaped. Read without building a document. Whatever
/// is not so plain is left to <see cref="StrictJson"/>; both come to the same.
/// </summary>
internal readonly ref struct FlatHeader
{
    private const int MaxMembers = 12;

    public string? Algorithm { get; private init; }

    public string? KeyId { get; private init; }

    public string? Type { get; private init; }

    /// <summary>Reads a header that is plain; false for every other, which may be good or bad.</summary>
    public static bool TryRead(ReadOnlySpan<byte> utf8, out FlatHeader header)
    {
        header = default;
        try
        {
            return Utf8IsPlain(utf8) && TryRead(new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = 1 }), utf8, out header);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool TryRead(Utf8JsonReader reader, ReadOnlySpan<byte> utf8, out FlatHeader header)
    {
        header = default;
        Span<Range> names = stackalloc Range[MaxMembers];
        var count = 0;
        if (!reader.Read() || reader.TokenType is not JsonTokenType.StartObject) return false;
        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
        {
            var start = (int)reader.TokenStartIndex + 1;
            var name = reader.ValueSpan;
            if (count == MaxMembers || IsRepeated(utf8, names[..count], name)) return false;
            names[count++] = start..(start + name.Length);
            if (!reader.Read()) return false;
            var isText = reader.TokenType is JsonTokenType.String;
            if (name.SequenceEqual("alg"u8) && isText) header = header with { Algorithm = Known(reader.ValueSpan, JwsAlgorithm.Names) };
            else if (name.SequenceEqual("kid"u8) && isText) header = header with { KeyId = Encoding.ASCII.GetString(reader.ValueSpan) };
            else if (name.SequenceEqual("typ"u8) && isText) header = header with { Type = Known(reader.ValueSpan, JwtType.Common) };
            else return false;      // another member, which may have to be refused
        }
        return reader.TokenType is JsonTokenType.EndObject && reader.BytesConsumed == utf8.Length && header.Algorithm is not null;
    }

    // No escape, no character beyond ASCII: then equal bytes are equal names, and no text can hold a NUL.
    private static bool Utf8IsPlain(ReadOnlySpan<byte> utf8) => Ascii.IsValid(utf8) && !utf8.Contains((byte)'\\');

    private static bool IsRepeated(ReadOnlySpan<byte> utf8, ReadOnlySpan<Range> names, ReadOnlySpan<byte> name)
    {
        foreach (var earlier in names)
            if (utf8[earlier].SequenceEqual(name)) return true;
        return false;
    }

    private static string Known(ReadOnlySpan<byte> text, ReadOnlySpan<string> words)
    {
        foreach (var word in words)
            if (Ascii.Equals(text, word)) return word;
        return Encoding.ASCII.GetString(text);
    }
}
