using System.CommandLine;
using IdJagBroker.Audit.Commands;

namespace IdJagBroker.Revisions.Commands;

/// <summary>
/// <c>idjag policy status | history | publish | approve | reject | rollback</c> ask a broker: there is decided who may, and it is recorded who did. Status 0:
/// done; 3: the directory cannot be read; 6: the broker says no; 2: it cannot be asked.
/// </summary>
internal static class RevisionCommands
{
    public static IEnumerable<Command> Create() =>
        [StatusCommand.Create(), HistoryCommand.Create(), PublishCommand.Create(), DecideCommands.Approve(), DecideCommands.Reject(), RollbackCommand.Create()];

    public static Option<string> Output() =>
        new Option<string>("--output") { Description = "table, or json for programs.", DefaultValueFactory = _ => "table" }.AcceptOnlyFromAmong("table", "json");

    public static Option<string?> Ticket() => new("--ticket") { Description = "Where it is written down why." };

    /// <summary>A command with the way to the broker, which it asks.</summary>
    public static Command Make(string name, string description, IEnumerable<Symbol> symbols, Func<ParseResult, PolicyClient, CancellationToken, Task> act)
    {
        var command = new Command(name, description) { AuditClient.Url, AuditClient.TokenFile };
        command.TreatUnmatchedTokensAsErrors = false;                   // told by the client, in its own words
        foreach (var symbol in symbols)
        {
            if (symbol is Option option) command.Add(option);
            else command.Add((Argument)symbol);
        }
        command.SetAction((parsed, ct) => PolicyClient.RunAsync(parsed, client => act(parsed, client, ct)));
        return command;
    }
}
