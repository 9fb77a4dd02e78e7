using System.CommandLine;
using IdJagBroker.PastDecisions.Commands;
using IdJagBroker.Policies.Commands;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies;

/// <summary><c>idjag policy validate [DIR]</c>: says what is wrong, where, and what was probably meant. Exit status 0 or 3.</summary>
internal static class PolicyCommand
{
    private const int Invalid = 3;

    public static Command Create()
    {
        var directory = new Argument<string>("directory") { DefaultValueFactory = _ => "policies", Description = "The directory of the catalogue and the policies." };
        var loopback = new Option<bool>("--allow-loopback-http") { Description = "Takes http issuers on loopback, as Development does." };
        var validate = new Command("validate", "Checks the catalogue and the policies.") { directory, loopback };
        validate.SetAction(parsed =>
        {
            var load = PolicyFiles.Load(parsed.GetValue(directory)!, parsed.GetValue(loopback));
            if (load.Diagnostics.Count > 0) Console.Error.WriteLine(PolicyDiagnosticText.Render(load.Diagnostics));
            if (load.Snapshot is null) return Invalid;
            Console.WriteLine($"{load.Snapshot.Rules.Length} rules, {load.Snapshot.Catalog.Clients.Count} clients, {load.Snapshot.Catalog.Resources.Count} resources: {load.Snapshot.Revision}");
            return 0;
        });
        var policy = new Command("policy", "The catalogue and the policies.") { validate, ExplainCommand.Create(), WhoCanCommand.Create(), MatrixCommand.Create(), DiffCommand.Create(), ReplayCommand.Create() };
        foreach (var command in Revisions.Commands.RevisionCommands.Create()) policy.Add(command);
        return policy;
    }
}
