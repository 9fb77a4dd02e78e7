using System.Buffers;
using System.Text;
using IdJagBroker.Audit.Proof;

namespace IdJagBroker.Audit.Api;

/// <summary>
/// An event in the envelope of CloudEvents 1.0 (structured JSON), in which <c>data</c> is the line as it is kept. <c>source</c> and <c>id</c>
/// together name it once in the world.
/// </summary>
/// <param name="log">The log it is of.</param>
internal sealed class CloudEvent(LogOrigin log)
{
    /// <summary>Before the type of the event: whose types these are.</summary>
    public const string TypePrefix = "idjag-broker.";

    public ReadOnlyMemory<byte> Wrap(EventRow row)
    {
        var buffer = new ArrayBufferWriter<byte>(row.Line.Length + 320);
        var json = new CanonicalJsonWriter(buffer);
        void Member(string name, string value)
        {
            json.Name(Encoding.ASCII.GetBytes(name));
            json.String(value);
        }
        EventColumns.TryRead(row.Line.Span, out var columns);
        json.StartObject();
        json.Name("data"u8);
        json.Canonical(row.Line.Span);
        Member("datacontenttype", "application/json");
        Member("id", columns!.Id.ToString());
        Member("sequence", row.Seq.ToString("D20", System.Globalization.CultureInfo.InvariantCulture));
        Member("source", "//" + log.Name);
        Member("specversion", "1.0");
        if (columns.SubjectKey is { } subject) Member("subject", subject);
        Member("time", EventTime.Write(row.RecordedAt));
        Member("type", TypePrefix + row.Type);
        json.EndObject();
        return buffer.WrittenMemory;
    }
}
