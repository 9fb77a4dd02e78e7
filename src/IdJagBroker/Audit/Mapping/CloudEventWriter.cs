using System.Buffers;

namespace IdJagBroker.Audit.Mapping;

/// <summary>A line as a CloudEvent.</summary>
internal static class CloudEventWriter
{
    public static void Write(MappedLine line, IBufferWriter<byte> output) =>
        new CloudEvent(line.Need("id"), line.Need("log"), line.Need("type"), line.Need("recorded_at")) { Seq = line.Seq, Subject = line.Text("subject_key") }
            .Write(line.Line.Span, output);
}
