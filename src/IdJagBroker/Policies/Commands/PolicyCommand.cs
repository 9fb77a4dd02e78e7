using System.CommandLine;
using IdJagBroker.PastDecisions.Commands;
using IdJagBroker.Policies.Yaml;
using IdJagBroker.Revisions.Commands;

namespace IdJagBroker.Policies.Commands;

/// <summary><c>idjag policy …</c>; of its own <c>validate [DIR]</c>: says what is wrong, where, and what was probably meant. Exit status 0 or 3.</summary>
internal static class PolicyCommand
{
    /// <summary>The exit status if a file has an error.</summary>
    public const int Invalid = 3;

    public static Command Create()
    {
        var policy = new Command("policy", "The catalogue and the policies.")
        {
            Validate(), TestCommand.Create(), ExplainCommand.Create(), WhoCanCommand.Create(), MatrixCommand.Create(), DiffCommand.Create(), ReplayCommand.Create(),
        };
        foreach (var command in RevisionCommands.Create()) policy.Add(command);
        return policy;
    }

    /// <summary>The directory of the files.</summary>
    public static Argument<string> Directory() =>
        new("directory") { DefaultValueFactory = _ => "policies", Description = "The directory of the catalogue and the policies." };

    /// <summary>Whether they are meant for Development.</summary>
    public static Option<bool> Loopback() => new("--allow-loopback-http") { Description = "Takes http issuers on loopback, as Development does." };

    private static Command Validate()
    {
        var (directory, loopback) = (Directory(), Loopback());
        var validate = new Command("validate", "Checks the catalogue and the policies.") { directory, loopback };
        validate.SetAction(parsed =>
        {
            var load = PolicyFiles.Load(parsed.GetValue(directory)!, parsed.GetValue(loopback));
            if (load.Diagnostics.Count > 0) Console.Error.WriteLine(PolicyDiagnosticText.Render(load.Diagnostics));
            if (load.Snapshot is null) return Invalid;
            Console.WriteLine($"{load.Snapshot.Rules.Length} rules, {load.Snapshot.Catalog.Clients.Count} clients, {load.Snapshot.Catalog.Resources.Count} resources: {load.Snapshot.Revision}");
            return 0;
        });
        return validate;
    }
}
