using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.Audit.Commands;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Yaml;
using IdJagBroker.Revisions.Commands;

namespace IdJagBroker.LiveTests.Commands;

/// <summary>
/// <c>idjag policy test-live [DIR]</c>: runs the tests that are marked <c>live</c> on the groups that people really have; the broker does, since it alone may ask their
/// directories. Exit status 0, 3 if a file cannot be read, 4 if something failed or could not be told, 6 if the broker says no.
/// </summary>
internal static class LiveTestCommand
{
    private const int Unreadable = 3;
    private const int NotPassed = 4;

    public static Command Create()
    {
        var directory = new Argument<string>("DIR") { DefaultValueFactory = _ => "policies", Description = "The directory of the policies, with their tests." };
        var last = new Option<bool>("--last") { Description = "Runs nothing, and shows how the last night's run ended." };
        var output = RevisionCommands.Output();
        var command = new Command("test-live", "Runs the tests marked live on the groups that people really have.") { directory, last, output, AuditClient.Url, AuditClient.TokenFile };
        command.TreatUnmatchedTokensAsErrors = false;                   // told by the client, in its own words
        command.SetAction(async (parsed, ct) =>
        {
            JsonObject? report = null;
            var status = await PolicyClient.RunAsync(parsed, async client => report = parsed.GetValue(last)
                ? (await client.GetAsync("/live-tests", ct)).Body
                : await client.PostAsync("/live-tests", new JsonObject { ["files"] = Files(parsed.GetValue(directory)!) }, null, ct));
            if (status is not 0) return status;
            await parsed.InvocationConfiguration.Output.WriteAsync(parsed.GetValue(output) is "json" ? PolicyClient.Json(report!) : Text(report!));
            return (string?)report!["outcome"] is "passed" ? 0 : NotPassed;
        });
        return command;
    }

    private static JsonArray Files(string directory)
    {
        var reading = PolicyFiles.Read(directory, withTests: true);
        if (reading.Problems.HasErrors) throw new PolicyRefusedException(PolicyDiagnosticText.Render(reading.Problems.Sorted()).TrimEnd(), Unreadable);
        return [.. reading.Sources.Where(source => source.IsNamedAsTest).Select(source => new JsonObject { ["name"] = source.Name, ["text"] = source.Text })];
    }

    private static string Text(JsonObject report)
    {
        var text = new StringBuilder();
        foreach (var result in report["results"]!.AsArray())
        {
            var word = (string)result!["result"]!;
            text.Append(EventText.Printable($"{(word is "passed" ? "✓" : word is "not_as_expected" or "person_gone" ? "✗" : "?")} {result["name"]}{(word is "passed" ? "" : $"  {result["file"]}:{result["line"]}  {word.Replace('_', ' ')}")}")).Append('\n');
            foreach (var mismatch in result["mismatches"]?.AsArray() ?? []) text.Append(EventText.Printable($"    {mismatch!["member"]}: expected {mismatch["expected"]}, got {mismatch["got"]}")).Append('\n');
            foreach (var (member, sentence) in (ReadOnlySpan<(string, string)>)[("joined", "is in"), ("left", "is not in")])
                if (result[member] is JsonArray groups) text.Append(EventText.Printable($"    {sentence} {string.Join(", ", groups)}")).Append('\n');
        }
        return text.Append(CultureInfo.InvariantCulture, $"{report["passed"]} of {report["tests"]} live tests passed, {report["failed"]} failed, {report["unknown"]} could not be told, at {report["at"]}\n").ToString();
    }
}
