using System.CommandLine;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies.Commands;

/// <summary>What the commands on files have in common: they read a directory, and stop with status 3 at one that is not valid.</summary>
internal static class LocalPolicy
{
    /// <summary>Status of files that are not valid.</summary>
    public const int Invalid = 3;

    /// <summary>Where the files are.</summary>
    public static Option<string> Directory() => new("--policies") { DefaultValueFactory = _ => "policies", Description = "The directory of the catalogue and the policies." };

    /// <summary>The same of a command that is about nothing else.</summary>
    public static Argument<string> DirectoryArgument() =>
        new("directory") { DefaultValueFactory = _ => "policies", Description = "The directory of the catalogue and the policies." };

    /// <summary>For trials.</summary>
    public static Option<bool> Loopback() => new("--allow-loopback-http") { Description = "Takes http issuers on loopback, as Development does." };

    /// <summary>The revision in a directory; null with everything that is wrong said.</summary>
    public static PolicySnapshot? Load(ParseResult parsed, string directory, bool allowLoopbackHttp)
    {
        var load = PolicyFiles.Load(directory, allowLoopbackHttp);
        if (load.Snapshot is null) parsed.InvocationConfiguration.Error.WriteLine(PolicyDiagnosticText.Render(load.Diagnostics));
        return load.Snapshot;
    }
}
