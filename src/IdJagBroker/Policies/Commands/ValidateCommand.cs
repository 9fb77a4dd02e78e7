using System.Collections.Concurrent;
using System.CommandLine;
using IdJagBroker.Audiences;
using IdJagBroker.Egress;
using IdJagBroker.Policies.Linting;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies.Commands;

/// <summary>
/// <c>idjag policy validate [DIR]</c>: says what is wrong or worth a look, where, and what was probably meant. Exit status 0, or 3 if a file has an
/// error, with <c>--strict</c> also for a warning.
/// </summary>
internal static class ValidateCommand
{
    private const int FetchesAtOnce = 8;

    public static Command Create() => Create(TimeProvider.System);

    /// <param name="clock">Tells which rules end soon.</param>
    public static Command Create(TimeProvider clock)
    {
        var (directory, loopback) = (LocalPolicy.DirectoryArgument(), LocalPolicy.Loopback());
        var output = new Option<string>("--output") { DefaultValueFactory = _ => "text", Description = "text for people; json or sarif for programs." }.AcceptOnlyFromAmong("text", "json", "sarif");
        var strict = new Option<bool>("--strict") { Description = "Warnings fail too." };
        var online = new Option<bool>("--online") { Description = "Also asks the authorization servers whether they have the catalogue's scopes." };
        var network = new Option<bool>("--private-network") { Description = "With --online: servers may have private addresses." };
        var command = new Command("validate", "Checks the catalogue and the policies.") { directory, output, strict, online, network, loopback };
        command.SetAction(async (parsed, ct) =>
        {
            var given = parsed.GetValue(directory)!;
            var load = PolicyFiles.Load(given, parsed.GetValue(loopback));
            var found = load.Diagnostics;
            if (load.Snapshot is { } snapshot)
            {
                var problems = new PolicyDiagnostics();
                PolicyLint.Check(snapshot, clock.GetUtcNow(), problems);
                if (parsed.GetValue(online)) ServerLint.Check(snapshot, await AskAsync(snapshot.Catalog, parsed.GetValue(loopback), parsed.GetValue(network), ct), problems);
                found = PolicyDiagnostics.Sorted(found.Concat(problems.Sorted()));
            }
            var valid = load.Snapshot is not null && !(parsed.GetValue(strict) && found.Count > 0);
            Write(parsed.InvocationConfiguration, parsed.GetValue(output)!, given, valid, load.Snapshot, found);
            return valid ? 0 : LocalPolicy.Invalid;
        });
        return command;
    }

    private static void Write(InvocationConfiguration console, string output, string directory, bool valid, PolicySnapshot? snapshot, IReadOnlyList<PolicyDiagnostic> found)
    {
        if (output is "json") console.Output.Write(DiagnosticsJson.Of(valid, snapshot?.Revision, found));
        else if (output is "sarif") console.Output.Write(new DiagnosticsSarif(directory, PolicyFiles.Label(directory)).Of(found));
        else
        {
            if (found.Count > 0) console.Error.WriteLine(PolicyDiagnosticText.Render(found));
            if (snapshot is not null) console.Output.WriteLine($"{snapshot.Rules.Length} rules, {snapshot.Catalog.Clients.Count} clients, {snapshot.Catalog.Resources.Count} resources: {snapshot.Revision}");
        }
    }

    private static async Task<IReadOnlyDictionary<string, PublishedServer>> AskAsync(Catalog catalog, bool allowLoopback, bool privateNetwork, CancellationToken ct)
    {
        using var egress = new EgressClient(allowLoopback);
        var metadata = new PublishedMetadata(egress, privateNetwork);
        var published = new ConcurrentDictionary<string, PublishedServer>(StringComparer.Ordinal);
        await Parallel.ForEachAsync(
            catalog.AuthorizationServers.Values.Where(server => server.Enabled), new ParallelOptions { MaxDegreeOfParallelism = FetchesAtOnce, CancellationToken = ct },
            async (server, stop) => published[server.Alias] = await metadata.FetchAsync(server.Issuer, stop));
        return published;
    }
}
