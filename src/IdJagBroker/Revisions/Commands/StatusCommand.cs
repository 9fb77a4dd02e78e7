using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.Audit.Commands;

namespace IdJagBroker.Revisions.Commands;

/// <summary><c>idjag policy status</c>: what decides, and whether every broker is on it.</summary>
internal static class StatusCommand
{
    public static Command Create()
    {
        var output = RevisionCommands.Output();
        return RevisionCommands.Make("status", "Shows what decides, and whether every broker is on it.", [output], async (parsed, client, ct) =>
        {
            var (status, _) = await client.GetAsync("", ct);
            await parsed.InvocationConfiguration.Output.WriteAsync(parsed.GetValue(output) is "json" ? PolicyClient.Json(status) : Sentences(status));
        });
    }

    private static string Sentences(JsonObject status)
    {
        var (replicas, reload) = (status["replicas"]!, status["last_reload"]!);
        var text = new StringBuilder();
        text.Append("source    ").Append(ReleaseText.Text(status["source"])).Append(status["approval"] is { } approval ? $", approval {approval}\n" : "\n");
        text.Append("revision  ").Append(ReleaseText.Text(status["revision"])).Append(status["number"] is { } number ? $", release {number}\n" : "\n");
        text.Append("since     ").Append(ReleaseText.Time(status["active_since"])).Append('\n');
        var (onIt, total) = ((int)replicas["on_it"]!, (int)replicas["total"]!);
        text.Append(onIt == total ? $"brokers   converged: {onIt} of {total}\n" : $"brokers   {onIt} of {total} are on it\n");
        if (status["pending"] is JsonArray { Count: > 0 } pending) text.Append("pending   ").AppendJoin(", ", pending.Select(one => $"release {one}")).Append('\n');
        text.Append("reload    ").Append((bool)reload["ok"]! ? "ok" : $"refused: {reload["reason"]}").Append(" at ").Append(ReleaseText.Time(reload["at"])).Append('\n');
        foreach (var problem in reload["problems"]!.AsArray()) text.Append("          ").Append(EventText.Printable($"{problem!["file"]}:{problem["line"]}:{problem["column"]} {problem["code"]} {problem["message"]}")).Append('\n');
        return text.Append('\n').Append(ReleaseText.Replicas(replicas["list"]!.AsArray())).ToString();
    }
}
