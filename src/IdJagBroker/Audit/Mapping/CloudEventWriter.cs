using System.Buffers;
using System.Globalization;
using System.Text;
using IdJagBroker.Audit.Proof;

namespace IdJagBroker.Audit.Mapping;

/// <summary>
/// An event in the envelope of CloudEvents 1.0 (structured JSON), in which <c>data</c> is the line as it is kept. <c>source</c> and <c>id</c>
/// together name it once in the world.
/// </summary>
internal static class CloudEventWriter
{
    /// <summary>Before the type of the event: whose types these are.</summary>
    public const string TypePrefix = "idjag-broker.";

    public static void Write(MappedLine line, IBufferWriter<byte> output)
    {
        var json = new CanonicalJsonWriter(output);
        void Member(string name, string value)
        {
            json.Name(Encoding.ASCII.GetBytes(name));
            json.String(value);
        }
        json.StartObject();
        json.Name("data"u8);
        json.Canonical(line.Line.Span);
        Member("datacontenttype", "application/json");
        Member("id", line.Need("id"));
        Member("sequence", line.Seq.ToString("D20", CultureInfo.InvariantCulture));
        Member("source", "//" + line.Need("log"));
        Member("specversion", "1.0");
        if (line.Text("subject_key") is { } subject) Member("subject", subject);
        Member("time", line.Need("recorded_at"));
        Member("type", line.Mapping.CloudEventType);
        json.EndObject();
    }
}
