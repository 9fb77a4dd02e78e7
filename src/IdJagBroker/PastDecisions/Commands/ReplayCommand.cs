using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using IdJagBroker.Audit.Commands;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Commands;
using IdJagBroker.Revisions.Commands;

namespace IdJagBroker.PastDecisions.Commands;

/// <summary>
/// <c>idjag policy replay DIR --since 30d</c>: what the files in a directory would have made of the decisions of the last days, and what they give differently, with how many
/// people used it. The broker does it: the log and the key of its hashes are there. Status 5 if more decisions would come out otherwise than <c>--max</c>.
/// </summary>
internal static class ReplayCommand
{
    private static readonly string[] Outcomes = ["gained", "lost", "changed", "unknown"];

    public static Command Create()
    {
        var directory = new Argument<string>("new") { DefaultValueFactory = _ => "policies", Description = "The directory as it will be." };
        var since = new Option<string>("--since") { DefaultValueFactory = _ => "30d", Description = "How far back, such as 30d." };
        var max = new Option<int?>("--max") { Description = "Ends with 5 if more than so many decisions would come out otherwise, or cannot be told." };
        var (loopback, output) = (LocalPolicy.Loopback(), DiffCommand.Output());
        var command = new Command("replay", "Decides once more what was decided, by other files.") { directory, since, loopback, max, output, AuditClient.Url, AuditClient.TokenFile };
        command.SetAction(async (parsed, ct) =>
        {
            if (!TryDays(parsed.GetValue(since)!, out var days))
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync($"'{parsed.GetValue(since)}' is not a number of days, such as 30d.");
                return 1;
            }
            if (LocalPolicy.Load(parsed, parsed.GetValue(directory)!, parsed.GetValue(loopback)) is not { } snapshot) return LocalPolicy.Invalid;
            JsonObject? answer = null;
            var status = await PolicyClient.RunAsync(parsed, async client => answer = await AskAsync(client, snapshot, days, parsed.InvocationConfiguration.Error, ct));
            if (status is not 0) return status;
            await parsed.InvocationConfiguration.Output.WriteAsync(parsed.GetValue(output) is "json" ? PolicyClient.Json(answer!) : ReplayText.Of(answer!));
            return Otherwise(answer!) > (parsed.GetValue(max) ?? long.MaxValue) ? DiffCommand.OverThreshold : 0;
        });
        return command;
    }

    // Progress comes a line a second, and the answer last.
    private static Task<JsonObject> AskAsync(PolicyClient client, PolicySnapshot snapshot, int days, TextWriter progress, CancellationToken ct)
    {
        var files = new JsonArray([.. snapshot.Sources.Select(source => new JsonObject { ["name"] = source.Name, ["text"] = source.Text })]);
        return client.PostLinesAsync("/replay", new JsonObject { ["files"] = files, ["days"] = days },
            line => progress.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{(long)line["decisions"]!:N0} decisions, up to {line["up_to"]}")), ct);
    }

    private static bool TryDays(string text, out int days) =>
        int.TryParse(text.EndsWith('d') ? text.AsSpan(0, text.Length - 1) : text, NumberStyles.None, CultureInfo.InvariantCulture, out days) && days <= ReplayPolicy.MaxDays;

    private static long Otherwise(JsonObject answer) => Outcomes.Sum(outcome => (long)answer["replayed"]![outcome]!);
}
