using System.CommandLine;
using System.Diagnostics;
using IdJagBroker.Policies.Testing;
using IdJagBroker.Policies.Testing.Output;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies.Commands;

/// <summary><c>idjag policy test [DIR]</c>: runs the tests and invariants. Exit status 0, 3 if a file has an error, 4 if something failed.</summary>
internal static class TestCommand
{
    private const int Failed = 4;

    public static Command Create()
    {
        var (directory, loopback) = (LocalPolicy.DirectoryArgument(), LocalPolicy.Loopback());
        var output = new Option<string>("--output") { DefaultValueFactory = _ => "tree", Description = "tree for people; json, junit or sarif for programs." }.AcceptOnlyFromAmong("tree", "json", "junit", "sarif");
        var coverage = new Option<bool>("--coverage") { Description = "Lists the rules, and in how many tests each made a difference." };
        var least = new Option<int?>("--min-coverage") { Description = "Fails if fewer of a hundred rules made a difference in a test." };
        least.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is < 0 or > 100) result.AddError("--min-coverage is from 0 to 100.");
        });
        var part = new Option<string?>("--run") { Description = "Only tests and invariants with this in their name." };
        var command = new Command("test", "Runs the tests of the policies.") { directory, output, coverage, least, part, loopback };
        command.SetAction(parsed =>
        {
            var (given, console) = (parsed.GetValue(directory)!, parsed.InvocationConfiguration);
            var report = Run(given, parsed.GetValue(loopback), parsed.GetValue(part), console.Error) with { MinCoverage = parsed.GetValue(least) };
            console.Output.Write(parsed.GetValue(output) switch
            {
                "json" => JsonText.Of(report),
                "junit" => JUnitText.Of(report),
                "sarif" => new SarifText(given, PolicyFiles.Label(given)).Of(report),
                _ => new TreeText(IsTerminal(console.Output)).Render(report, parsed.GetValue(coverage)),
            });
            return report.IsInvalid ? LocalPolicy.Invalid : report.Passed ? 0 : Failed;
        });
        return command;
    }

    private static PolicyTestReport Run(string directory, bool allowLoopbackHttp, string? part, TextWriter error)
    {
        var started = Stopwatch.GetTimestamp();
        var load = PolicyFiles.LoadTests(directory, allowLoopbackHttp);
        if (load.Diagnostics.Count > 0) error.WriteLine(PolicyDiagnosticText.Render(load.Diagnostics));
        if (load.Snapshot is null) return new PolicyTestReport { Diagnostics = load.Diagnostics };

        // Who waits for more than a second hears what for.
        var (count, now) = (0, "");
        using var progress = new Timer(_ => error.WriteLine($"{count}: {now}"), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        var report = PolicyTestRunner.Run(load.Snapshot, load.Documents, part, name => (count, now) = (count + 1, name));
        return report with { Diagnostics = load.Diagnostics, Elapsed = Stopwatch.GetElapsedTime(started) };
    }

    private static bool IsTerminal(TextWriter output) =>
        ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
}
