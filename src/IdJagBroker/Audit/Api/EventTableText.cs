using System.Text;
using System.Text.Json;

namespace IdJagBroker.Audit.Api;

/// <summary>
/// Events as rows of a table (RFC 4180). What a spreadsheet would take for a formula begins with an apostrophe: some of the text in the log
/// came from strangers.
/// </summary>
internal static class EventTableText
{
    /// <summary>The columns, in order; the path of each in the line.</summary>
    private static readonly (string Name, string[] Path)[] Columns =
    [
        ("seq", ["seq"]), ("recorded_at", ["recorded_at"]), ("occurred_at", ["occurred_at"]), ("id", ["id"]), ("type", ["type"]), ("outcome", ["outcome"]),
        ("reason", ["reason"]), ("actor_kind", ["actor", "kind"]), ("actor_key", ["actor", "key"]), ("actor_role", ["actor", "role"]), ("client", ["client"]),
        ("subject_key", ["subject_key"]), ("authserver", ["authserver"]), ("resource", ["resource"]), ("jti", ["jti"]), ("kid", ["kid"]), ("policy_rev", ["policy_rev"]),
        ("trace_id", ["trace_id"]), ("ip_net", ["ip_net"]), ("ua", ["ua"]), ("data", ["data"]),
    ];

    /// <summary>The first line.</summary>
    public static string Header { get; } = string.Join(',', Columns.Select(column => column.Name)) + "\r\n";

    /// <summary>One event.</summary>
    public static string Row(ReadOnlyMemory<byte> line)
    {
        using var document = JsonDocument.Parse(line);
        var row = new StringBuilder();
        foreach (var (name, path) in Columns)
        {
            if (name is not "seq") row.Append(',');
            row.Append(Cell(Find(document.RootElement, path)));
        }
        return row.Append("\r\n").ToString();
    }

    private static JsonElement? Find(JsonElement element, string[] path)
    {
        foreach (var name in path)
            if (!element.TryGetProperty(name, out element)) return null;
        return element;
    }

    private static string Cell(JsonElement? value) => value switch
    {
        null => "",
        { ValueKind: JsonValueKind.String } text => Safe(text.GetString()!),
        { ValueKind: JsonValueKind.Array } list => Safe(string.Join(' ', list.EnumerateArray().Select(item => item.GetString()))),
        { } other => Safe(other.GetRawText()),
    };

    private static string Safe(string text)
    {
        if (text.Length > 0 && text[0] is '=' or '+' or '-' or '@' or '\t' or '\r') text = "'" + text;
        return text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
