using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace IdJagBroker.Audit.Proof;

/// <summary>
/// The one spelling of a JSON text (RFC 8785), so that a hash of it is a hash of what it says. Narrower than the RFC where a wider
/// reading would be a risk: integers only, at most 16 deep.
/// </summary>
internal static class CanonicalJson
{
    private const int MaxDepth = 16;

    /// <exception cref="JsonException">
    /// It is not one JSON text in UTF-8, is deeper than 16, has a member twice, a lone surrogate, or a number that is no integer of at most 2^53 - 1.
    /// </exception>
    public static byte[] Canonicalize(ReadOnlySpan<byte> json) => Canonicalize(json.ToArray().AsMemory());

    /// <inheritdoc cref="Canonicalize(ReadOnlySpan{byte})"/>
    public static byte[] Canonicalize(ReadOnlyMemory<byte> json)
    {
        var output = new ArrayBufferWriter<byte>(json.Length + 16);
        Write(json, new CanonicalJsonWriter(output));
        return output.WrittenSpan.ToArray();
    }

    /// <summary>The same as one value among what the writer writes, such as an event's <c>data</c>.</summary>
    /// <exception cref="JsonException">As <see cref="Canonicalize(ReadOnlySpan{byte})"/>; what was written so far stays.</exception>
    public static void Write(ReadOnlyMemory<byte> json, CanonicalJsonWriter writer)
    {
        using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = MaxDepth });
        Write(document.RootElement, writer);
    }

    private static void Write(JsonElement value, CanonicalJsonWriter writer)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                WriteObject(value, writer);
                break;
            case JsonValueKind.Array:
                writer.StartArray();
                foreach (var item in value.EnumerateArray()) Write(item, writer);
                writer.EndArray();
                break;
            case JsonValueKind.String:
                WriteString(value, writer);
                break;
            case JsonValueKind.Number:
                writer.Number(Integer(value));
                break;
            case JsonValueKind.True or JsonValueKind.False:
                writer.Boolean(value.ValueKind is JsonValueKind.True);
                break;
            default:
                writer.Null();
                break;
        }
    }

    private static void WriteObject(JsonElement value, CanonicalJsonWriter writer)
    {
        var members = new (string Name, JsonElement Value)[value.GetPropertyCount()];
        var count = 0;
        foreach (var member in value.EnumerateObject()) members[count++] = (Name(member), member.Value);
        Array.Sort(members, (a, b) => string.CompareOrdinal(a.Name, b.Name));       // RFC 8785 §3.2.3: by UTF-16 code units
        writer.StartObject();
        for (var i = 0; i < members.Length; i++)
        {
            // RFC 7493 §2.3: of two members with one name each reader takes the one it likes.
            if (i > 0 && members[i].Name == members[i - 1].Name) throw new JsonException($"The member '{members[i].Name}' is there twice.");
            writer.Name(members[i].Name);
            Write(members[i].Value, writer);
        }
        writer.EndObject();
    }

    // RFC 8785 §3.2.2.3: a number is the IEEE 754 double that it is read as, so 1.0 and 1e0 are spelled 1.
    private static long Integer(JsonElement value)
    {
        if (value.TryGetInt64(out var integer)) return integer;
        if (value.TryGetDouble(out var number) && Math.Abs(number) <= CanonicalJsonWriter.MaxInteger && number == Math.Truncate(number)) return (long)number;
        throw new JsonException("A number is not an integer of at most 2^53 - 1.");
    }

    // Without an escape the text in the file is the canonical one already: the writer only makes sure that it is UTF-8.
    private static void WriteString(JsonElement value, CanonicalJsonWriter writer)
    {
        var raw = JsonMarshal.GetRawUtf8Value(value)[1..^1];
        if (!raw.Contains((byte)'\\'))
        {
            writer.String(raw);
            return;
        }
        try
        {
            writer.String(value.GetString()!);
        }
        catch (InvalidOperationException e)
        {
            throw NotText(e);
        }
    }

    private static string Name(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException e)
        {
            throw NotText(e);
        }
    }

    // An escaped lone surrogate, or bytes that are not UTF-8.
    private static JsonException NotText(InvalidOperationException e) => new("A string is not Unicode text.", e);
}
