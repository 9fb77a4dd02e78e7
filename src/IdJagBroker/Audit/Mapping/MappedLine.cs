using System.Text;
using System.Text.Json;
using IdJagBroker.Audit.Proof;

namespace IdJagBroker.Audit.Mapping;

/// <summary>A line of the log, read to be said in other words.</summary>
internal sealed class MappedLine : IDisposable
{
    private readonly JsonDocument _document;

    private MappedLine(ReadOnlyMemory<byte> line, JsonDocument document)
    {
        (Line, _document) = (line, document);
        Mapping = EventMappings.Of(Need("type"));
    }

    public ReadOnlyMemory<byte> Line { get; }

    public EventMapping Mapping { get; }

    public long Seq => _document.RootElement.GetProperty("seq").GetInt64();

    /// <exception cref="JsonException">It is no line of the log.</exception>
    public static MappedLine Read(ReadOnlyMemory<byte> line)
    {
        var document = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = 32 });
        try
        {
            return new MappedLine(line, document);
        }
        catch
        {
            document.Dispose();
            throw;
        }
    }

    public void Dispose() => _document.Dispose();

    /// <summary>The text of a member; of one within an object by a dot: <c>actor.key</c>. Null if there is none.</summary>
    public string? Text(string path) => Find(path) is { ValueKind: JsonValueKind.String } found ? found.GetString() : null;

    /// <summary>The texts of a list; none if there is no such list.</summary>
    public IReadOnlyList<string> Texts(string path) => Find(path) is { ValueKind: JsonValueKind.Array } found
        ? [.. found.EnumerateArray().Where(item => item.ValueKind is JsonValueKind.String).Select(item => item.GetString()!)]
        : [];

    /// <exception cref="JsonException">The line lacks it.</exception>
    public string Need(string path) => Text(path) ?? throw new JsonException($"The event has no {path}.");

    /// <summary>In milliseconds since 1970.</summary>
    /// <exception cref="JsonException">The line lacks it.</exception>
    public long Milliseconds(string path) => EventTime.TryParse(Encoding.UTF8.GetBytes(Need(path)), out var ticks)
        ? new DateTimeOffset(ticks, TimeSpan.Zero).ToUnixTimeMilliseconds()
        : throw new JsonException($"The event's {path} is no time.");

    private JsonElement? Find(string path)
    {
        var at = _document.RootElement;
        foreach (var name in path.Split('.'))
            if (at.ValueKind is not JsonValueKind.Object || !at.TryGetProperty(name, out at)) return null;
        return at;
    }
}
