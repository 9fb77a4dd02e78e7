using System.CommandLine;
using System.Text;
using IdJagBroker.Policies.Formatting;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies.Commands;

/// <summary>
/// <c>idjag policy fmt [DIR] [--check]</c>: writes every file in the one form and names those that it changed, or with <c>--check</c> those that it would. Exit status 0,
/// or 3 if there are such with <c>--check</c>, or a file cannot be read, formatted or written.
/// </summary>
internal static class FmtCommand
{
    public static Command Create()
    {
        var directory = LocalPolicy.DirectoryArgument();
        var check = new Option<bool>("--check") { Description = "Writes nothing; names the files that are not in that form." };
        var command = new Command("fmt", "Writes the files in the one form.") { directory, check };
        command.SetAction(parsed => Run(parsed.GetValue(directory)!, parsed.GetValue(check), parsed.InvocationConfiguration));
        return command;
    }

    private static int Run(string directory, bool isCheck, InvocationConfiguration console)
    {
        var problems = new PolicyDiagnostics();
        var hasFailed = false;
        foreach (var file in PolicyFolder.Files(directory, PolicyFiles.Label(directory), problems, withTests: true))
        {
            if (PolicyFiles.Bytes(file, problems) is not { } bytes || PolicyFiles.Decode(file, bytes, problems) is not { } source) continue;
            var formatted = PolicyFormatter.Format(source);
            var fault = formatted.Fault;
            if (formatted.Text is { } text && Encoding.UTF8.GetBytes(text) is var written && !written.AsSpan().SequenceEqual(bytes))
            {
                if (isCheck || PolicyFiles.Replace(file, written)) console.Output.WriteLine(file.DisplayName);
                else fault = "the file cannot be written";
                hasFailed |= isCheck;
            }
            if (fault is not null) console.Error.WriteLine($"{file.DisplayName}: left as it is: {fault}");
            if (formatted.Diagnostics.Count > 0) console.Error.Write(PolicyDiagnosticText.Render(formatted.Diagnostics));
            hasFailed |= fault is not null || formatted.Diagnostics.Count > 0;
        }
        console.Error.Write(PolicyDiagnosticText.Render(problems.Sorted()));
        return hasFailed || problems.HasErrors ? LocalPolicy.Invalid : 0;
    }
}
