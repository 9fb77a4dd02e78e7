using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.Audit.Proof;

namespace IdJagBroker.Audit;

/// <summary>The part of an event that its type decides: a JSON object in canonical form (RFC 8785), because it becomes part of a line that is hashed.</summary>
internal readonly record struct EventData
{
    /// <summary>For an event whose envelope says all.</summary>
    public static readonly EventData None = new("{}"u8.ToArray());

    private readonly ReadOnlyMemory<byte> _utf8;
    private readonly Action<CanonicalJsonWriter>? _write;

    private EventData(ReadOnlyMemory<byte> utf8) => _utf8 = utf8;

    private EventData(Action<CanonicalJsonWriter> write) => _write = write;

    public ReadOnlyMemory<byte> Utf8
    {
        get
        {
            if (_write is null) return _utf8;
            var buffer = new ArrayBufferWriter<byte>();
            _write(new CanonicalJsonWriter(buffer));
            return buffer.WrittenMemory;
        }
    }

    /// <summary>Brings an object into canonical form.</summary>
    /// <exception cref="ArgumentException">It holds what has no such form: a fraction, half a surrogate pair.</exception>
    public static EventData Of(JsonObject data) => new(CanonicalJson.Canonicalize(Encoding.UTF8.GetBytes(data.ToJsonString())));

    /// <summary>What is written in canonical form to begin with, into the line itself: the token path has no time to sort, or to copy.</summary>
    /// <param name="write">Writes one object; what it writes of must not change.</param>
    public static EventData Written(Action<CanonicalJsonWriter> write) => new(write);

    public void WriteTo(CanonicalJsonWriter json)
    {
        if (_write is null) json.Canonical(_utf8.Span);
        else _write(json);
    }
}
