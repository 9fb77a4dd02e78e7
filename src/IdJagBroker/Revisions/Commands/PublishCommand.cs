using System.CommandLine;
using System.Text.Json.Nodes;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Revisions.Commands;

/// <summary><c>idjag policy publish [DIR]</c>: sends the files of a directory, as one release. The broker checks them.</summary>
internal static class PublishCommand
{
    private const int Unreadable = 3;

    public static Command Create()
    {
        var directory = new Argument<string>("DIR") { DefaultValueFactory = _ => "policies", Description = "The directory of the catalogue and the policies." };
        var comment = new Option<string?>("--comment") { Description = "Why, for whoever approves it and for the log." };
        var ticket = RevisionCommands.Ticket();
        var from = new Option<long?>("--base") { Description = "The release that the files were made from (0: none). If another one decides by now, nothing is published. Without it: whatever decides now." };
        var output = RevisionCommands.Output();
        return RevisionCommands.Make("publish", "Publishes the files of a directory as a release.", [directory, comment, ticket, from, output], async (parsed, client, ct) =>
        {
            var reading = PolicyFiles.Read(parsed.GetValue(directory)!);
            if (reading.Problems.HasErrors) throw new PolicyRefusedException(PolicyDiagnosticText.Render(reading.Problems.Sorted()).TrimEnd(), Unreadable);
            // Tests are no part of what decides.
            var body = new JsonObject
            {
                ["files"] = new JsonArray([.. reading.Sources.Where(source => !source.IsNamedAsTest).Select(source => new JsonObject { ["name"] = source.Name, ["text"] = source.Text })]),
            };
            if (parsed.GetValue(comment) is { } why) body["comment"] = why;
            if (parsed.GetValue(ticket) is { } where) body["ticket"] = where;
            var tag = parsed.GetValue(from) is { } number ? Hosting.IfMatch.TagOf(number) : (await client.GetAsync("", ct)).Tag;
            var release = await client.PostAsync("/publish", body, tag, ct);
            await parsed.InvocationConfiguration.Output.WriteAsync(parsed.GetValue(output) is "json" ? PolicyClient.Json(release) : ReleaseText.Sentence(release));
        });
    }
}
