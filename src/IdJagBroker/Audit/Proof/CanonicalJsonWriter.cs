using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace IdJagBroker.Audit.Proof;

/// <summary>
/// Writes JSON in its canonical form (RFC 8785), forward only and without allocation. Escaping, numbers and spacing are its part; the
/// order of members is the caller's, and a test of each caller compares what it wrote with <see cref="CanonicalJson"/>.
/// </summary>
internal sealed class CanonicalJsonWriter(IBufferWriter<byte> output)
{
    /// <summary>The largest integer that every reader of JSON reads exactly: 2^53 - 1 (RFC 7493 §2.2).</summary>
    public const long MaxInteger = 9_007_199_254_740_991;

    private static readonly SearchValues<char> Escaped = SearchValues.Create(
        "\"\\\0\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000b\f\r\u000e\u000f\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f");
    private static readonly SearchValues<byte> EscapedUtf8 = SearchValues.Create(
        "\"\\\0\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000b\f\r\u000e\u000f\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f"u8);

    private bool _comma;

    public void StartObject() => Start((byte)'{');

    public void EndObject() => End((byte)'}');

    public void StartArray() => Start((byte)'[');

    public void EndArray() => End((byte)']');

    /// <summary>The name of the member whose value is written next.</summary>
    public void Name(ReadOnlySpan<byte> utf8)
    {
        String(utf8);
        Put((byte)':');
        _comma = false;
    }

    /// <inheritdoc cref="Name(ReadOnlySpan{byte})"/>
    public void Name(string name)
    {
        String(name);
        Put((byte)':');
        _comma = false;
    }

    /// <summary>A member, absent where there is no value.</summary>
    public void Member(ReadOnlySpan<byte> name, string? value)
    {
        if (value is null) return;
        Name(name);
        String(value);
    }

    /// <summary>A member that is a number.</summary>
    public void Member(ReadOnlySpan<byte> name, long value)
    {
        Name(name);
        Number(value);
    }

    /// <summary>A member that is a list, absent where it is empty.</summary>
    public void Member(ReadOnlySpan<byte> name, IReadOnlyList<string> values)
    {
        if (values.Count is 0) return;
        Name(name);
        StartArray();
        for (var i = 0; i < values.Count; i++) String(values[i]);
        EndArray();
    }

    /// <summary>A member that is true.</summary>
    public void MemberTrue(ReadOnlySpan<byte> name)
    {
        Name(name);
        Boolean(true);
    }

    /// <exception cref="JsonException">A surrogate stands alone: it has no UTF-8.</exception>
    public void String(ReadOnlySpan<char> text)
    {
        Separate();
        Put((byte)'"');
        for (int special; (special = text.IndexOfAny(Escaped)) >= 0; text = text[(special + 1)..])
        {
            Encode(text[..special]);
            Escape((byte)text[special]);
        }
        Encode(text);
        Put((byte)'"');
    }

    /// <exception cref="JsonException">It is not UTF-8.</exception>
    public void String(ReadOnlySpan<byte> utf8)
    {
        if (!Utf8.IsValid(utf8)) throw new JsonException("A string is not UTF-8.");
        Separate();
        Put((byte)'"');
        for (int special; (special = utf8.IndexOfAny(EscapedUtf8)) >= 0; utf8 = utf8[(special + 1)..])
        {
            output.Write(utf8[..special]);
            Escape(utf8[special]);
        }
        output.Write(utf8);
        Put((byte)'"');
    }

    /// <exception cref="JsonException">It is beyond 2^53 - 1, so that some readers would read another number.</exception>
    public void Number(long value)
    {
        if (value is > MaxInteger or < -MaxInteger) throw new JsonException($"The number {value} is beyond 2^53 - 1.");
        Separate();
        Utf8Formatter.TryFormat(value, output.GetSpan(20), out var written);
        output.Advance(written);
    }

    public void Boolean(bool value)
    {
        Separate();
        output.Write(value ? "true"u8 : "false"u8);
    }

    public void Null()
    {
        Separate();
        output.Write("null"u8);
    }

    /// <summary>One value that is canonical already.</summary>
    public void Canonical(ReadOnlySpan<byte> json)
    {
        Separate();
        output.Write(json);
    }

    /// <summary>For the next text, into the same output.</summary>
    public void Reset() => _comma = false;

    private void Start(byte bracket)
    {
        Separate();
        Put(bracket);
        _comma = false;
    }

    private void End(byte bracket)
    {
        Put(bracket);
        _comma = true;
    }

    private void Separate()
    {
        if (_comma) Put((byte)',');
        _comma = true;
    }

    private void Put(byte one)
    {
        output.GetSpan(1)[0] = one;
        output.Advance(1);
    }

    private void Encode(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty) return;
        var status = Utf8.FromUtf16(text, output.GetSpan(text.Length * 3), out _, out var written, replaceInvalidSequences: false);
        if (status is not OperationStatus.Done) throw new JsonException("A surrogate stands alone in a string.");
        output.Advance(written);
    }

    // RFC 8785 §3.2.2.2: the short form where there is one, lower-case hex otherwise.
    private void Escape(byte special)
    {
        var span = output.GetSpan(6);
        span[0] = (byte)'\\';
        var letter = special switch
        {
            (byte)'\b' => 'b', (byte)'\t' => 't', (byte)'\n' => 'n', (byte)'\f' => 'f', (byte)'\r' => 'r', (byte)'"' => '"', (byte)'\\' => '\\', _ => 'u',
        };
        span[1] = (byte)letter;
        if (letter is 'u')
        {
            (span[2], span[3], span[4]) = ((byte)'0', (byte)'0', (byte)('0' + (special >> 4)));
            span[5] = (byte)"0123456789abcdef"[special & 15];
        }
        output.Advance(letter is 'u' ? 6 : 2);
    }
}
