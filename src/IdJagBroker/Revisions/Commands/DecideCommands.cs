using System.CommandLine;
using System.Text.Json.Nodes;

namespace IdJagBroker.Revisions.Commands;

/// <summary><c>idjag policy approve N</c> and <c>idjag policy reject N --reason …</c>.</summary>
internal static class DecideCommands
{
    public static Command Approve()
    {
        var revision = new Option<string?>("--revision") { Description = "The revision that was looked at: nothing is approved if the release is of another." };
        return Make("approve", "Lets a release that somebody else published decide.", [revision], (parsed, release) =>
        {
            if (parsed.GetValue(revision) is { } expected && (string?)release["revision"] != expected)
                throw new PolicyRefusedException($"The release is of {release["revision"]}: nothing was approved.", 6);
            return [];
        });
    }

    public static Command Reject()
    {
        var reason = new Option<string>("--reason") { Description = "Why, for its author and for the log.", Required = true };
        return Make("reject", "Lets a release never decide.", [reason], (parsed, _) => new JsonObject { ["reason"] = parsed.GetValue(reason) });
    }

    private static Command Make(string verb, string description, Option[] options, Func<ParseResult, JsonObject, JsonObject> bodyOf)
    {
        var number = new Argument<long>("N") { Description = "The release." };
        var output = RevisionCommands.Output();
        return RevisionCommands.Make(verb, description, [number, .. options, output], async (parsed, client, ct) =>
        {
            var path = FormattableString.Invariant($"/releases/{parsed.GetValue(number)}");
            var (release, tag) = await client.GetAsync(path, ct);
            var decided = await client.PostAsync($"{path}/{verb}", bodyOf(parsed, release), tag, ct);
            await parsed.InvocationConfiguration.Output.WriteAsync(parsed.GetValue(output) is "json" ? PolicyClient.Json(decided) : ReleaseText.Sentence(decided));
        });
    }
}
