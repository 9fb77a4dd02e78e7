using System.CommandLine;

namespace IdJagBroker.Tests.Policies.Commands;

/// <summary>A command as a shell sees it.</summary>
internal sealed record CommandRun(int Status, string Output, string Error)
{
    public static async Task<CommandRun> Of(Command command, params string[] words)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var status = await command.Parse(words).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, Output = output, Error = error });
        return new CommandRun(status, output.ToString(), error.ToString());
    }
}
