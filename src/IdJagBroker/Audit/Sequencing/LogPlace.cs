using System.Buffers;
using IdJagBroker.Audit.Proof;

namespace IdJagBroker.Audit.Sequencing;

/// <summary>Where an event stands: in which log, recorded when, with which number.</summary>
internal readonly ref struct LogPlace
{
    /// <summary>The log's name, as JSON has it.</summary>
    public required ReadOnlySpan<byte> Log { get; init; }

    /// <summary>The time, as lines have it.</summary>
    public required ReadOnlySpan<byte> RecordedAt { get; init; }

    public required long Seq { get; init; }

    /// <summary>A text as JSON, with its quotation marks.</summary>
    public static byte[] InJson(string log)
    {
        var json = new ArrayBufferWriter<byte>();
        new CanonicalJsonWriter(json).String(log);
        return json.WrittenSpan.ToArray();
    }
}
