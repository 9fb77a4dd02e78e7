using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace IdJagBroker.RealClients.Tests;

/// <summary>The MCP project's own conformance suite, against the authorization server and against the MCP server behind the guard.</summary>
public sealed partial class ConformanceTests(Enterprise enterprise) : IDisposable
{
    private static readonly Lazy<Task<List<Listed>>> All = new(ListAsync);

    private readonly string _results = Directory.CreateTempSubdirectory("idjag-conformance-").FullName;

    public void Dispose() => Directory.Delete(_results, recursive: true);

    [Fact]
    public async Task Each_scenario_of_the_suite_is_known_and_the_documentation_says_of_each_whether_it_runs()
    {
        var known = (await All.Value).Select(one => one.Scenario).Order(StringComparer.Ordinal);
        Assert.Equal(known, ConformanceScenarios.Applicable.Concat(ConformanceScenarios.NotApplicable.Keys).Order(StringComparer.Ordinal));

        var page = await File.ReadAllTextAsync(Path.Combine(NodeProgram.Repository, "docs", "testing.md"));
        Assert.All(known.Concat(ConformanceScenarios.NotTestable.Keys), name => Assert.Contains($"`{name}`", page, StringComparison.Ordinal));
        Assert.All(ConformanceScenarios.NotApplicable.Values.Concat(ConformanceScenarios.NotTestable.Values), why => Assert.Contains(why, page, StringComparison.Ordinal));
    }

    [Theory, Trait("Spec", "META-01"), Trait("Spec", "META-13"), Trait("Spec", "META-15"), Trait("Spec", "META-16")]
    [InlineData("tickets", "authorization-server-metadata-cimd")]
    [InlineData("tenant", null)]
    [InlineData("broker", "authorization-server-metadata-cimd")]          // off there: a recommendation of MCP, and said only where it is on (META-13)
    public async Task The_metadata_of_each_authorization_server_is_as_the_suite_wants_it(string name, string? warned)
    {
        var issuer = name is "broker" ? enterprise.Broker : enterprise.Server(name).Issuer;
        await SuiteAsync("authorization", "--url", issuer);

        var metadata = ChecksOf("authorization-server-metadata-endpoint");
        Assert.Equal(warned is null ? 2 : 1, metadata.Count(check => check.Status is "SUCCESS"));
        Assert.Equal(warned is null ? [] : new[] { warned }, metadata.Where(check => check.Status is not "SUCCESS").Select(check => check.Id));
        Assert.Equal("SKIPPED", Assert.Single(ChecksOf("authorization-code-grant")).Status);       // for want of a client: it does not apply
    }

    [Theory]
    [InlineData("2025-11-25")]
    [InlineData("2026-07-28")]
    public async Task The_server_behind_the_guard_passes_what_applies_to_it(string version)
    {
        await using var door = await SignedInDoor.OpenAsync(enterprise.Tickets, await enterprise.AccessTokenAsync(TicketTools.Read));
        await SuiteAsync("server", "--url", door.Url, "--suite", "all", "--spec-version", version);

        var applicable = (await All.Value).Where(one => one.Versions.Contains(version) && !one.IsOfAuthorizationServers && ConformanceScenarios.Applicable.Contains(one.Scenario)).ToList();
        Assert.NotEmpty(applicable);
        Assert.All(applicable, one =>
        {
            var checks = ChecksOf(one.Scenario);
            Assert.Contains(checks, check => check.Status is "SUCCESS" || ConformanceScenarios.NotTestable.ContainsKey(check.Id));
            Assert.DoesNotContain(checks, check => check.Status is "FAILURE" or "WARNING" && !ConformanceScenarios.NotTestable.ContainsKey(check.Id));
        });
    }

    [Fact, Trait("Spec", "RS-08")]
    public async Task The_suite_gets_nowhere_without_a_token()
    {
        await SuiteAsync("server", "--url", enterprise.Tickets.Resource, "--scenario", "tools-call-simple-text");
        Assert.Equal("tools-call-simple-text", Assert.Single(ChecksOf("tools-call-simple-text"), check => check.Status is "FAILURE").Id);
    }

    // Ends with 1 if anything failed, applicable or not; what counts is what it wrote down.
    private Task SuiteAsync(params string[] arguments) => RunAsync([.. arguments, "--output-dir", _results]);

    private static async Task<string> RunAsync(params string[] arguments)
    {
        var (status, output) = await NodeProgram.RunAsync(["--import", "./on-node-20.mjs", "node_modules/@modelcontextprotocol/conformance/dist/index.js", .. arguments]);
        Assert.True(status is 0 or 1, output);
        return output;
    }

    private List<Check> ChecksOf(string scenario)
    {
        var folder = Assert.Single(Directory.GetDirectories(_results), one => Folder().Match(Path.GetFileName(one)).Groups[1].Value == scenario);
        return [.. JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "checks.json")))!.AsArray()
            .Select(check => new Check((string)check!["id"]!, (string)check["status"]!, (string?)check["errorMessage"] ?? ""))];
    }

    private static async Task<List<Listed>> ListAsync()
    {
        var (listed, servers, authorization) = (new List<Listed>(), false, false);
        foreach (var line in (await RunAsync("list")).Split('\n'))
        {
            if (line is not "" and not [' ', ..]) (servers, authorization) = (line.StartsWith("Server ", StringComparison.Ordinal), line.StartsWith("Authorization ", StringComparison.Ordinal));
            if ((servers || authorization) && Line().Match(line) is { Success: true, Groups: var found })
                listed.Add(new Listed(found[1].Value, found[2].Value.Split(','), authorization));
        }
        return listed;
    }

    private sealed record Check(string Id, string Status, string Message);

    private sealed record Listed(string Scenario, string[] Versions, bool IsOfAuthorizationServers);

    [GeneratedRegex(@"^(?:server|authorization-server)-(.+)-\d{4}-\d\d-\d\dT[\d-]+Z$")]
    private static partial Regex Folder();

    [GeneratedRegex(@"^\s+- (\S+) \[(.+)\]\s*$")]
    private static partial Regex Line();
}
