using System.CommandLine;
using IdJagBroker.Policies.Commands;

namespace IdJagBroker.Probe.Commands;

/// <summary><c>idjag probe checks</c>: every check with its rules, what it sends and how to mend it.</summary>
internal static class ProbeChecksCommand
{
    public static Command Create()
    {
        var format = new Option<string>("--format") { DefaultValueFactory = _ => "table", Description = "table, markdown or csv." }.AcceptOnlyFromAmong("table", "markdown", "csv");
        var command = new Command("checks", "Lists the checks.") { format };
        command.SetAction(parsed => parsed.InvocationConfiguration.Output.Write(Table(parsed.GetValue(format)!)));
        return command;
    }

    /// <summary>The table; in Markdown it stands in the documentation.</summary>
    public static string Table(string format)
    {
        var code = format is "markdown" ? "`" : "";
        return TextTable.Of(format, ["check", "level", "rules", "sent or looked at", "fix"], ProbeChecks.All.Select(check =>
            (IReadOnlyList<string>)[$"{code}{check.Id}{code}", check.Severity is Severity.Must ? "MUST" : "SHOULD", string.Join(", ", check.Rules), check.Sent, check.Fix]));
    }
}
