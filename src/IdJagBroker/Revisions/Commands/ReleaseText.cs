using System.Text.Json.Nodes;
using IdJagBroker.Audit.Commands;

namespace IdJagBroker.Revisions.Commands;

/// <summary>Releases and replicas as tables for people.</summary>
internal static class ReleaseText
{
    private const int ShortChars = 7 + 12;

    public static string Releases(JsonArray releases) => Table(
        ["NUMBER", "STATE", "REVISION", "AUTHOR", "APPROVER", "PUBLISHED (UTC)", "TICKET", "COMMENT"],
        releases.Select(one => (string[])[Text(one!["number"]), Text(one["state"]), Short(one["revision"]), Text(one["author"]), Text(one["approver"] ?? one["rejected_by"]), Time(one["published_at"] ?? one["first_seen"]), Text(one["ticket"]), Text(one["comment"])]));

    public static string Replicas(JsonArray replicas) => Table(
        ["NODE", "RELEASE", "REVISION", "SINCE (UTC)", "PROBLEM"],
        replicas.Select(one => (string[])[Text(one!["node"]), Text(one["number"]), Short(one["revision"]), Time(one["since"]), Text(one["problem"])]));

    /// <summary>One release in one line.</summary>
    public static string Sentence(JsonObject release) =>
        EventText.Printable($"Release {release["number"]} of {Short(release["revision"])} by {release["author"]}: {release["state"]}.") + "\n";

    public static string Text(JsonNode? value) => value?.ToString() is { Length: > 0 } text ? text : "-";

    public static string Short(JsonNode? revision) => Text(revision) is { Length: > ShortChars } text ? text[..ShortChars] : Text(revision);

    public static string Time(JsonNode? value) => Text(value) is { Length: > 19 } text ? text[..19].Replace('T', ' ') : Text(value);

    private static string Table(string[] header, IEnumerable<string[]> rows)
    {
        var cells = rows.Select(row => row.Select(EventText.Printable).ToArray()).Prepend(header).ToList();
        var widths = header.Select((_, column) => cells.Max(row => row[column].Length)).ToArray();
        return string.Concat(cells.Select(row => string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd() + "\n"));
    }
}
