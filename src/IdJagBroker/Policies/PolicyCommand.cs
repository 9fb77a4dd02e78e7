using System.CommandLine;
using IdJagBroker.Policies.Commands;

namespace IdJagBroker.Policies;

/// <summary><c>idjag policy …</c>.</summary>
internal static class PolicyCommand
{
    public static Command Create() => new("policy", "The catalogue and the policies.")
    {
        ValidateCommand.Create(), FmtCommand.Create(), SchemaCommand.Create(),
    };
}
