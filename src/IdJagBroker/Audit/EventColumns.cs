using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using IdJagBroker.Audit.Proof;

namespace IdJagBroker.Audit;

/// <summary>What of a line the database indexes. The line is the truth; whoever changes these alone is found out by who reads the line (the export).</summary>
internal sealed record EventColumns
{
    public long Seq { get; private set; } = -1;
    public DateTimeOffset RecordedAt { get; private set; }
    public Guid Id { get; private set; }
    public string Type { get; private set; } = "";
    public string Outcome { get; private set; } = "";
    public string? Client { get; private set; }
    public string? SubjectKey { get; private set; }
    public string? AuthServer { get; private set; }
    public string[] Resources { get; private set; } = [];
    public string? Jti { get; private set; }
    public string? Kid { get; private set; }
    public string? Reason { get; private set; }

    /// <summary>Whether break-glass was used.</summary>
    public bool BreakGlass { get; private set; }

    /// <summary>What a line says of that. A quotation mark inside a text is escaped, so no text looks like this.</summary>
    public static bool TellsOfBreakGlass(ReadOnlySpan<byte> line, ReadOnlySpan<byte> type) =>
        type.StartsWith("breakglass."u8) || line.IndexOf("\"breakglass\":true"u8) >= 0;

    /// <summary>Reads them; false if it is no line, or one that lacks what every line has.</summary>
    public static bool TryRead(ReadOnlySpan<byte> line, [NotNullWhen(true)] out EventColumns? columns)
    {
        columns = new EventColumns();
        try
        {
            var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = 17 });
            if (!reader.Read() || reader.TokenType is not JsonTokenType.StartObject) return false;
            while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName) columns.ReadMember(ref reader);
            columns.BreakGlass = TellsOfBreakGlass(line, Encoding.UTF8.GetBytes(columns.Type));
            return reader.TokenType is JsonTokenType.EndObject && columns is { Seq: >= 0, Type.Length: > 0, Outcome.Length: > 0 } && columns.Id != Guid.Empty && columns.RecordedAt != default;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return false;
        }
    }

    private void ReadMember(ref Utf8JsonReader reader)
    {
        var name = reader.ValueSpan;        // those that are read have no character that JSON escapes
        if (name.SequenceEqual("seq"u8)) { reader.Read(); Seq = reader.GetInt64(); }
        else if (name.SequenceEqual("recorded_at"u8)) { reader.Read(); RecordedAt = EventTime.TryParse(reader.ValueSpan, out var ticks) ? new DateTimeOffset(ticks, TimeSpan.Zero) : throw new FormatException(); }
        else if (name.SequenceEqual("id"u8)) { reader.Read(); Id = reader.GetGuid(); }
        else if (name.SequenceEqual("type"u8)) Type = Text(ref reader);
        else if (name.SequenceEqual("outcome"u8)) Outcome = Text(ref reader);
        else if (name.SequenceEqual("client"u8)) Client = Text(ref reader);
        else if (name.SequenceEqual("subject_key"u8)) SubjectKey = Text(ref reader);
        else if (name.SequenceEqual("authserver"u8)) AuthServer = Text(ref reader);
        else if (name.SequenceEqual("resource"u8)) Resources = Texts(ref reader);
        else if (name.SequenceEqual("jti"u8)) Jti = Text(ref reader);
        else if (name.SequenceEqual("kid"u8)) Kid = Text(ref reader);
        else if (name.SequenceEqual("reason"u8)) Reason = Text(ref reader);
        else reader.Skip();
    }

    private static string Text(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.GetString() is { } text && !text.Contains('\0') ? text : throw new FormatException();
    }

    private static string[] Texts(ref Utf8JsonReader reader)
    {
        var texts = new List<string>(1);
        reader.Read();
        if (reader.TokenType is not JsonTokenType.StartArray) throw new FormatException();
        while (reader.Read() && reader.TokenType is not JsonTokenType.EndArray)
            texts.Add(reader.GetString() is { } text && !text.Contains('\0') ? text : throw new FormatException());
        return [.. texts];
    }
}
