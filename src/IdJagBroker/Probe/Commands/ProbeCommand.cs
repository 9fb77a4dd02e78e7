using System.CommandLine;
using IdJagBroker.Audit.Commands;
using IdJagBroker.Egress;
using IdJagBroker.Hosting;

namespace IdJagBroker.Probe.Commands;

/// <summary>
/// <c>idjag probe AS_URL | key | checks</c>: tries an authorization server with good and with deliberately bad ID-JAGs. Needs neither configuration nor database. Exit status 0:
/// no MUST is broken; 1: one is, or something could not be told; 2: the command line cannot be used, or nobody answers there.
/// </summary>
internal static class ProbeCommand
{
    public static Command Create() => Create(TimeProvider.System);

    public static Command Create(TimeProvider clock)
    {
        var json = new Option<bool>("--json") { Description = "A report for programs." };
        var only = new Option<string[]>("--only") { Description = "Only these: ids, groups (metadata, good, token, bad, dpop) or rules (RAS-15), with commas between them.", CustomParser = result => Words(result.Tokens) };
        var skip = new Option<string[]>("--skip") { Description = "Not these.", CustomParser = result => Words(result.Tokens) };
        var command = new Command("probe", "Tries an authorization server with good and bad ID-JAGs, and says which rule it breaks.") { ProbeKeyCommand.Create(), ProbeChecksCommand.Create() };
        command.Add(ProbeWords.Server);
        foreach (var option in (Option[])[.. ProbeWords.Options, only, skip, json]) command.Add(option);
        command.TreatUnmatchedTokensAsErrors = false;                   // told here, in our own words
        command.SetAction(async (parsed, ct) =>
        {
            GivenKeys.RefuseUnknown(parsed);
            var (wanted, unwanted) = (Known(parsed.GetValue(only)), Known(parsed.GetValue(skip)));
            await using var given = await ProbeWords.ReadAsync(parsed);
            using var egress = new EgressClient(given.Setup.IsLoopback);
            using var session = new ProbeSession(given.Setup, egress, clock);
            try
            {
                var report = await ProbeRun.RunAsync(session, check => (wanted.Length is 0 || wanted.Any(check.IsNamedBy)) && !unwanted.Any(check.IsNamedBy), ct);
                await parsed.InvocationConfiguration.Output.WriteAsync(parsed.GetValue(json) ? report.ToJson() : report.ToTable());
                return report.Passed ? 0 : 1;
            }
            catch (ProbeUnreachableException e)
            {
                throw new StartupFailedException(e.Message + (given.Setup.PrivateNetwork ? "" : " If it is on your own network, give --private-network."));
            }
        });
        return command;
    }

    private static string[] Words(IEnumerable<System.CommandLine.Parsing.Token> tokens) => [.. tokens.SelectMany(token => token.Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))];

    // A misspelt name must not mean that nothing, or everything, is asked.
    private static string[] Known(string[]? words) => words is null ? [] : words.FirstOrDefault(word => !ProbeChecks.All.Any(check => check.IsNamedBy(word))) is { } unknown
        ? throw new StartupFailedException($"No check is called '{unknown}': idjag probe checks lists them.") : words;
}
