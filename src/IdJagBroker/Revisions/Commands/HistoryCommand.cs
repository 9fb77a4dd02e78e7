using System.CommandLine;

namespace IdJagBroker.Revisions.Commands;

/// <summary><c>idjag policy history</c>: releases, or the revisions of a directory, the newest first.</summary>
internal static class HistoryCommand
{
    public static Command Create()
    {
        var limit = new Option<int>("--limit") { Description = "How many, 1000 at most.", DefaultValueFactory = _ => 20 };
        var output = RevisionCommands.Output();
        return RevisionCommands.Make("history", "Shows what decided, who published it and who approved it.", [limit, output], async (parsed, client, ct) =>
        {
            var (page, _) = await client.GetAsync(FormattableString.Invariant($"/revisions?limit={parsed.GetValue(limit)}"), ct);
            await parsed.InvocationConfiguration.Output.WriteAsync(parsed.GetValue(output) is "json" ? PolicyClient.Json(page) : ReleaseText.Releases(page["revisions"]!.AsArray()));
        });
    }
}
