using System.CommandLine;

namespace IdJagBroker.Audit.Commands;

/// <summary><c>idjag audit tail NAME=VALUE …</c>: events as they come, until it is interrupted; goes on by itself where a stream ended.</summary>
internal static class TailCommand
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    public static Command Create()
    {
        var count = new Option<int?>("--count") { Description = "Ends after so many." };
        var output = SearchCommand.Output();
        var command = new Command("tail", "Shows events as they come.") { AuditClient.Filter, AuditClient.Url, AuditClient.TokenFile, count, output };
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction((parsed, ct) => AuditClient.RunAsync(parsed, async client =>
        {
            var (left, last) = (parsed.GetValue(count) ?? int.MaxValue, (string?)null);
            var (terminal, isTable) = (parsed.InvocationConfiguration.Output, parsed.GetValue(output) is "table");
            if (isTable) await terminal.WriteLineAsync(EventText.Header);
            while (left > 0)
            {
                using var answer = await client.GetAsync("events/stream", last is null ? "" : $"last_event_id={last}", "text/event-stream", ct);
                using var stream = new StreamReader(await answer.Content.ReadAsStreamAsync(ct));
                try
                {
                    while (left > 0 && await stream.ReadLineAsync(ct) is { } line)
                    {
                        if (line.StartsWith("id: ", StringComparison.Ordinal)) last = line[4..];
                        if (!line.StartsWith("data: ", StringComparison.Ordinal)) continue;
                        await terminal.WriteAsync((isTable ? EventText.Of(line[6..]) : line[6..]) + "\n");
                        left--;
                    }
                }
                catch (IOException)         // the broker or the way to it went away: what was seen is known by its id
                {
                }
                if (left > 0) await Task.Delay(Again, ct);
            }
        }));
        return command;
    }
}
