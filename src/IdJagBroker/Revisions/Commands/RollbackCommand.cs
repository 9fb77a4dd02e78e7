using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;

namespace IdJagBroker.Revisions.Commands;

/// <summary><c>idjag policy rollback N|REVISION --reason …</c>: publishes a revision again that decided before.</summary>
internal static class RollbackCommand
{
    public static Command Create()
    {
        var revision = new Argument<string>("N|REVISION") { Description = "The release, or the revision as 'idjag policy history --output json' shows it." };
        var reason = new Option<string>("--reason") { Description = "Why, for whoever approves it and for the log.", Required = true };
        var ticket = RevisionCommands.Ticket();
        var output = RevisionCommands.Output();
        return RevisionCommands.Make("rollback", "Takes back a revision that decided before, as a release like any other.", [revision, reason, ticket, output], async (parsed, client, ct) =>
        {
            var meant = parsed.GetValue(revision)!;
            if (long.TryParse(meant, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                meant = (string)(await client.GetAsync(FormattableString.Invariant($"/releases/{number}"), ct)).Body["revision"]!;
            var body = new JsonObject { ["revision"] = meant, ["reason"] = parsed.GetValue(reason) };
            if (parsed.GetValue(ticket) is { } where) body["ticket"] = where;
            var release = await client.PostAsync("/rollback", body, (await client.GetAsync("", ct)).Tag, ct);
            await parsed.InvocationConfiguration.Output.WriteAsync(parsed.GetValue(output) is "json" ? PolicyClient.Json(release) : ReleaseText.Sentence(release));
        });
    }
}
