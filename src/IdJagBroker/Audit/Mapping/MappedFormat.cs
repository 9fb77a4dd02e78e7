using System.Buffers;

namespace IdJagBroker.Audit.Mapping;

/// <summary>The forms of an event other than our own, for those who take no other.</summary>
internal enum MappedFormat
{
    /// <summary>OCSF, one JSON object.</summary>
    Ocsf,

    /// <summary>CloudEvents 1.0 in structured mode, one JSON object.</summary>
    CloudEvents,

    /// <summary>CEF in a syslog message (RFC 5424), without the framing of a transport.</summary>
    Cef,
}

/// <summary>Gives a line of the log in another form.</summary>
internal static class MappedFormats
{
    /// <summary>The names that a query may give.</summary>
    public static bool TryParse(string? name, out MappedFormat format)
    {
        (var known, format) = name switch
        {
            "ocsf" => (true, MappedFormat.Ocsf),
            "cloudevents" => (true, MappedFormat.CloudEvents),
            "cef" => (true, MappedFormat.Cef),
            _ => (false, default),
        };
        return known;
    }

    /// <summary>What an answer of one event in that form is.</summary>
    public static string MediaType(this MappedFormat format) => format switch
    {
        MappedFormat.Ocsf => "application/json",
        MappedFormat.CloudEvents => "application/cloudevents+json",
        _ => "text/plain; charset=utf-8",
    };

    /// <summary>Writes one event, without a line's end; there is none within.</summary>
    /// <exception cref="System.Text.Json.JsonException">It is no line of the log.</exception>
    public static void Write(MappedFormat format, ReadOnlyMemory<byte> line, IBufferWriter<byte> output)
    {
        using var read = MappedLine.Read(line);
        switch (format)
        {
            case MappedFormat.Ocsf: OcsfWriter.Write(read, output); break;
            case MappedFormat.CloudEvents: CloudEventWriter.Write(read, output); break;
            default: CefWriter.Write(read, output); break;
        }
    }
}
