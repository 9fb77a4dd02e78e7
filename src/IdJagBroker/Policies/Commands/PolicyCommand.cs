using System.CommandLine;
using IdJagBroker.LiveTests.Commands;
using IdJagBroker.PastDecisions.Commands;
using IdJagBroker.Revisions.Commands;

namespace IdJagBroker.Policies.Commands;

/// <summary><c>idjag policy …</c>: what can be asked of files, and of a broker that runs.</summary>
internal static class PolicyCommand
{
    public static Command Create()
    {
        var policy = new Command("policy", "The catalogue and the policies.")
        {
            ValidateCommand.Create(), FmtCommand.Create(), TestCommand.Create(), SchemaCommand.Create(), ExplainCommand.Create(), WhoCanCommand.Create(), MatrixCommand.Create(),
            DiffCommand.Create(), ReplayCommand.Create(), LiveTestCommand.Create(),
        };
        foreach (var command in RevisionCommands.Create()) policy.Add(command);
        return policy;
    }
}
