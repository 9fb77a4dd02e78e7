using System.CommandLine;

namespace IdJagBroker.Audit.Commands;

/// <summary><c>idjag audit search NAME=VALUE …</c>: the newest events that match, or with <c>--all</c> every one, as they are read.</summary>
internal static class SearchCommand
{
    public static Command Create()
    {
        var limit = new Option<int>("--limit") { Description = "How many, 1000 at most.", DefaultValueFactory = _ => 100 };
        var all = new Option<bool>("--all") { Description = "All that there are." };
        var output = Output();
        var command = new Command("search", "Searches the log.") { AuditClient.Filter, AuditClient.Url, AuditClient.TokenFile, limit, all, output };
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction((parsed, ct) => AuditClient.RunAsync(parsed, async client =>
        {
            using var answer = await client.GetAsync("events", parsed.GetValue(all) ? "" : FormattableString.Invariant($"limit={parsed.GetValue(limit)}"), "application/x-ndjson", ct);
            using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(ct));
            var (terminal, isTable) = (parsed.InvocationConfiguration.Output, parsed.GetValue(output) is "table");
            if (isTable) await terminal.WriteLineAsync(EventText.Header);
            while (await lines.ReadLineAsync(ct) is { } line)
                if (line.Length > 0) await terminal.WriteAsync((isTable ? EventText.Of(line) : line) + "\n");
        }));
        return command;
    }

    public static Option<string> Output() =>
        new Option<string>("--output") { Description = "table, or json for programs: a line for each, exactly as the log has it.", DefaultValueFactory = _ => "table" }.AcceptOnlyFromAmong("table", "json");
}
