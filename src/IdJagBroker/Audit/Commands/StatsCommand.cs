using System.CommandLine;
using System.Text.Json.Nodes;

namespace IdJagBroker.Audit.Commands;

/// <summary><c>idjag audit stats NAME=VALUE …</c>: counts by what is told apart (<c>by=reason,client step=5m</c>), people, unused connections.</summary>
internal static class StatsCommand
{
    public static Command Create()
    {
        var output = SearchCommand.Output();
        var command = new Command("stats", "Counts events, people and connections.") { AuditClient.Filter, AuditClient.Url, AuditClient.TokenFile, output };
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction((parsed, ct) => AuditClient.RunAsync(parsed, async client =>
        {
            using var answer = await client.GetAsync("stats", "", "application/json", ct);
            var json = JsonNode.Parse(await answer.Content.ReadAsStringAsync(ct))!;
            var rows = (json["rows"] ?? json["connections"])!.AsArray().Select(row => row!.AsObject()).ToList();
            await parsed.InvocationConfiguration.Output.WriteAsync(parsed.GetValue(output) is "json" ? string.Concat(rows.Select(row => row.ToJsonString() + "\n")) : Table(rows));
        }));
        return command;
    }

    private static string Table(List<JsonObject> rows)
    {
        var columns = rows.SelectMany(row => row.Select(member => member.Key)).Distinct().ToList();
        var cells = rows.Select(row => columns.Select(name => EventText.Printable(row[name]?.ToString() ?? "-")).ToList()).Prepend([.. columns.Select(name => name.ToUpperInvariant())]).ToList();
        var widths = columns.Select((_, i) => cells.Max(row => row[i].Length)).ToList();
        return rows.Count is 0 ? "Nothing.\n" : string.Concat(cells.Select(row => string.Join("  ", row.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd() + "\n"));
    }
}
