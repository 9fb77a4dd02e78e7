using System.Globalization;
using System.Text.Json;

namespace IdJagBroker.Audit.Commands;

/// <summary>Events as a table for people: one a line, the columns as wide as most are.</summary>
internal static class EventText
{
    public const string Header = "SEQ         RECORDED             TYPE                     OUTCOME  CLIENT            RESOURCE                                  REASON                     ID";

    /// <summary>One line; what cannot be read is shown as it is.</summary>
    public static string Of(string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            var e = json.RootElement;
            string Text(string name) => e.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString()! : "-";
            var resource = e.TryGetProperty("resource", out var resources) && resources.ValueKind is JsonValueKind.Array ? string.Join(",", resources.EnumerateArray().Select(one => one.ToString())) : "-";
            var time = Text("recorded_at");
            return Printable(string.Create(CultureInfo.InvariantCulture,
                $"{e.GetProperty("seq").GetInt64(),-11} {(time.Length > 19 ? time[..19] : time),-20} {Text("type"),-24} {Text("outcome"),-8} {Text("client"),-17} {resource,-41} {Text("reason"),-26} {Text("id")}"));
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return Printable(line);
        }
    }

    /// <summary>Text of the log must not move the cursor of whoever reads it.</summary>
    public static string Printable(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '\ufffd' : c));
}
