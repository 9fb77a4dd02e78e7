using System.CommandLine;
using System.Text.Json.Nodes;
using IdJagBroker.Audit.Commands;
using IdJagBroker.Policies.Commands;
using IdJagBroker.Policies.Explaining;
using IdJagBroker.Revisions.Commands;

namespace IdJagBroker.PastDecisions.Commands;

/// <summary>
/// <c>idjag policy explain ID</c>: why a decision in the log was as it was. <c>idjag policy explain --client … --resource …</c>: why one would be as it would be, by the files in
/// a directory.
/// </summary>
internal static class ExplainCommand
{
    public static Command Create()
    {
        var id = new Argument<string?>("id") { Description = "The decision_id that the client was told.", Arity = ArgumentArity.ZeroOrOne };
        var asOf = new Option<string?>("--as-of") { Description = "By another revision: sha256:…" };
        var all = new Option<bool>("--all") { Description = "Every rule, and not only those about what was asked." };
        var (directory, loopback, output) = (LocalPolicy.Directory(), LocalPolicy.Loopback(), DiffCommand.Output());
        var asked = new AskedOnCommandLine();
        var command = new Command("explain", "Tells why a decision is as it is, condition by condition.") { id, asOf, all, directory, loopback, output, AuditClient.Url, AuditClient.TokenFile };
        foreach (var option in asked.All) command.Options.Add(option);
        command.SetAction(async (parsed, ct) =>
        {
            if (parsed.GetValue(id) is { } name) return await RemoteAsync(parsed, name, parsed.GetValue(asOf), parsed.GetValue(all), parsed.GetValue(output)!, ct);
            var error = parsed.InvocationConfiguration.Error;
            if (!asked.IsAsked(parsed))
            {
                await error.WriteLineAsync("Give the id of a decision, or --client, --resource and what else the request would have.");
                return 1;
            }
            if (LocalPolicy.Load(parsed, parsed.GetValue(directory)!, parsed.GetValue(loopback)) is not { } snapshot) return LocalPolicy.Invalid;
            var (input, fault) = asked.Read(parsed, snapshot, TimeProvider.System.GetUtcNow());
            if (input is null)
            {
                await error.WriteLineAsync(fault);
                return 1;
            }
            await WriteAsync(parsed, ExplanationJson.Of(new Explanation(snapshot, input, parsed.GetValue(all))), parsed.GetValue(output)!);
            return 0;
        });
        return command;
    }

    private static Task<int> RemoteAsync(ParseResult parsed, string id, string? asOf, bool all, string output, CancellationToken ct) => PolicyClient.RunAsync(parsed, async client =>
    {
        var query = string.Join('&', new[] { asOf is null ? null : "as_of=" + Uri.EscapeDataString(asOf), all ? "all=true" : null }.OfType<string>());
        var answer = await client.GetDecisionAsync($"/{Uri.EscapeDataString(id)}{(query.Length > 0 ? "?" + query : "")}", ct);
        await WriteAsync(parsed, answer, output);
    });

    private static async Task WriteAsync(ParseResult parsed, JsonObject json, string output)
    {
        foreach (var line in (output is "json" ? PolicyClient.Json(json) : ExplanationText.Of(json)).TrimEnd('\n').Split('\n'))
            await parsed.InvocationConfiguration.Output.WriteAsync(EventText.Printable(line) + "\n");
    }
}
