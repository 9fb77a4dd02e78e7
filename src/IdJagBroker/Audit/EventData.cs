using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.Audit.Proof;

namespace IdJagBroker.Audit;

/// <summary>The part of an event that its type decides: a JSON object in canonical form (RFC 8785), because it becomes part of a line that is hashed.</summary>
internal readonly record struct EventData
{
    /// <summary>For an event whose envelope says all.</summary>
    public static readonly EventData None = new("{}"u8.ToArray());

    private EventData(ReadOnlyMemory<byte> utf8) => Utf8 = utf8;

    public ReadOnlyMemory<byte> Utf8 { get; }

    /// <summary>Brings an object into canonical form.</summary>
    /// <exception cref="ArgumentException">It holds what has no such form: a fraction, half a surrogate pair.</exception>
    public static EventData Of(JsonObject data) => new(CanonicalJson.Canonicalize(Encoding.UTF8.GetBytes(data.ToJsonString())));

    /// <summary>What was written in canonical form to begin with: the token path has no time to sort.</summary>
    public static EventData Written(ReadOnlyMemory<byte> canonical) => new(canonical);
}
