using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace IdJagBroker.Locks;

/// <summary>What a command on the locks says: a table for people, or JSON with the members that the API has.</summary>
internal sealed record LocksAnswer([property: JsonPropertyName("locks")] IReadOnlyList<LockView> Locks)
{
    private static readonly JsonSerializerOptions Json = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = true };

    [JsonPropertyName("note")] public string? Note { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, Json) + "\n";

    public string ToTable()
    {
        string[][] rows = [["ID", "KIND", "TARGET", "STATE", "UNTIL (UTC)", "SET BY", "TICKET", "REASON"], .. Locks.Select(Row)];
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        var text = new StringBuilder();
        foreach (var row in rows) text.AppendLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
        if (Note is not null) text.AppendLine(Note);
        return text.ToString();
    }

    private static string[] Row(LockView one) =>
    [
        one.Id, one.Kind, one.Target ?? "-", one.State, (one.LiftedAt ?? one.ExpiresAt).UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
        one.SetBy, one.Ticket ?? "-", one.Reason,
    ];
}
