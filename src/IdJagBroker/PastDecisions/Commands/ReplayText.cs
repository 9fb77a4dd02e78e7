using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.Audit.Commands;

namespace IdJagBroker.PastDecisions.Commands;

/// <summary>The answer of a replay, for people.</summary>
internal static class ReplayText
{
    public static string Of(JsonObject answer)
    {
        var text = new StringBuilder($"revision {Short(answer["before"])} → {Short(answer["after"])}\n");
        foreach (var change in answer["changes"]!.AsArray()) text.Append(Change(change!)).Append('\n');
        if (answer["changes"]!.AsArray().Count is 0) text.Append("  nothing changes for anybody\n");
        var replayed = answer["replayed"]!;
        string Count(string outcome) => ((long)replayed[outcome]!).ToString("N0", CultureInfo.InvariantCulture);
        text.Append($"replayed {Count("decisions")} decisions of {answer["days"]} days: {Count("same")} the same, {Count("gained")} gained, {Count("lost")} lost, {Count("changed")} changed, {Count("unknown")} unknown\n");
        foreach (var access in answer["accesses"]!.AsArray()) text.Append(Access(access!)).Append('\n');
        return string.Concat(text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => EventText.Printable(line) + "\n"));
    }

    private static string Access(JsonNode access)
    {
        var why = access["because"]!.AsArray() is { Count: > 0 } reasons ? $"  ({string.Join("; ", reasons)})" : "";
        return $"  {access["outcome"]}  {access["client"]} at {access["resource"]}  {string.Join(' ', access["scopes"]!.AsArray())}  {People(access)}{why}  such as {access["examples"]![0]}";
    }

    private static string Change(JsonNode change)
    {
        var kind = (string)change["kind"]!;
        var sign = kind switch { "gained" => '+', "lost" => '-', "changed" => '~', _ => '?' };
        var terms = string.Join(" → ", new[] { change["before"]!, change["after"]! }.Select(side => string.Join(" or ", side.AsArray())).Where(side => side.Length > 0));
        var rules = change["rules"]!.AsArray() is { Count: > 0 } ids ? string.Join(", ", ids) : "the catalogue";
        return $"{sign} {change["client"]} × {change["resource"]}  {change["scope"]}  {kind} by {string.Join(" | ", change["who"]!.AsArray())}  ({terms}; {rules}){(change["people"] is null ? "" : "  " + People(change))}";
    }

    private static string People(JsonNode of) => $"{of["people"]} {((int)of["people"]! is 1 ? "person" : "people")} used it, last {of["last"]}";

    private static string Short(JsonNode? revision) => ((string)revision!)["sha256:".Length..][..8];
}
