using System.Buffers;
using System.Globalization;
using IdJagBroker.Audit.Proof;

namespace IdJagBroker.Audit.Mapping;

/// <summary>
/// The envelope of CloudEvents 1.0 (structured JSON) around an event, in which <c>data</c> is the line as it is kept. <c>source</c> and <c>id</c>
/// together name it once in the world. Streams, webhooks and mappings all write it here.
/// </summary>
/// <param name="Id">The event's id.</param>
/// <param name="Log">The name of its log.</param>
/// <param name="Type">The event's type, ours.</param>
/// <param name="Time">When it was recorded.</param>
internal sealed record CloudEvent(string Id, string Log, string Type, string Time)
{
    /// <summary>Before the type of the event: whose types these are.</summary>
    public const string TypePrefix = "idjag-broker.";

    /// <summary>Its number in the log; null of what is not in it.</summary>
    public long? Seq { get; init; }

    /// <summary>The random key of the person.</summary>
    public string? Subject { get; init; }

    /// <summary>The envelope of a line of the log.</summary>
    public static CloudEvent Of(EventColumns columns, LogOrigin log) =>
        new(columns.Id.ToString(), log.Name, columns.Type, EventTime.Write(columns.RecordedAt)) { Seq = columns.Seq, Subject = columns.SubjectKey };

    public void Write(ReadOnlySpan<byte> line, IBufferWriter<byte> output)
    {
        var json = new CanonicalJsonWriter(output);
        json.StartObject();
        json.Name("data"u8);
        json.Canonical(line);
        json.Member("datacontenttype"u8, "application/json");
        json.Member("id"u8, Id);
        json.Member("sequence"u8, Seq?.ToString("D20", CultureInfo.InvariantCulture));
        json.Member("source"u8, "//" + Log);
        json.Member("specversion"u8, "1.0");
        json.Member("subject"u8, Subject);
        json.Member("time"u8, Time);
        json.Member("type"u8, TypePrefix + Type);
        json.EndObject();
    }
}
