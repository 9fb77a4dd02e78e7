using System.CommandLine;
using IdJagBroker.Policies.Schema;

namespace IdJagBroker.Policies.Commands;

/// <summary><c>idjag policy schema</c>: prints the JSON Schema of the files, for editors. Exit status 0.</summary>
internal static class SchemaCommand
{
    public static Command Create()
    {
        var command = new Command("schema", "Prints the JSON Schema of the files.");
        command.SetAction(parsed =>
        {
            parsed.InvocationConfiguration.Output.Write(PolicySchema.Text);
            return 0;
        });
        return command;
    }
}
