using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace IdJagBroker.Keys.Control;

/// <summary>What a command on the keys says: a table for people, or JSON with the members that the API has.</summary>
internal sealed record KeysAnswer([property: JsonPropertyName("keys")] IReadOnlyList<KeyView> Keys)
{
    private static readonly JsonSerializerOptions Json = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = true };

    /// <summary>What will break, or null.</summary>
    [JsonPropertyName("breaks")] public string? Breaks { get; init; }

    [JsonPropertyName("note")] public string? Note { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, Json) + "\n";

    public string ToTable()
    {
        string[][] rows = [["KID", "PURPOSE", "ALG", "STATE", "PLACE", "NEXT", "AT (UTC)", "MISSING AT", "ASKED"], .. Keys.Select(Row)];
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        var text = new StringBuilder();
        foreach (var row in rows) text.AppendLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
        if (Note is not null) text.AppendLine(Note);
        return text.ToString();
    }

    private static string[] Row(KeyView key) =>
    [
        key.Kid, key.Purpose, key.Algorithm, key.State, key.Place, key.Next?.Step ?? "-",
        key.Next?.At.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) ?? "-",
        key.MissingAt is { Count: > 0 } nodes ? string.Join(",", nodes) : "-", key.Rotation ?? "-",
    ];
}
