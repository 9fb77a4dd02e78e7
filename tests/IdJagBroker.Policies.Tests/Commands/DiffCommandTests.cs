using System.Text.Json;
using IdJagBroker.Policies.Commands;

namespace IdJagBroker.Tests.Policies.Commands;

/// <summary><c>idjag policy diff</c>, from two directories to the exit status.</summary>
public sealed class DiffCommandTests : IDisposable
{
    private const string More = "  - {id: more, effect: allow, why: w, who: {groups: {anyOf: [fin]}}, client: {ids: [claude]}, grant: {wiki: [doc:write]}, require: {auth: {acrAnyOf: [phr]}}}\n";
    private readonly PolicyFolderFixture _old = new PolicyFolderFixture().With("00.yaml", Acme.Catalog).With("10.yaml", Acme.PolicyHead + Acme.Rule);
    private readonly PolicyFolderFixture _new = new PolicyFolderFixture().With("00.yaml", Acme.Catalog);

    public void Dispose()
    {
        _old.Dispose();
        _new.Dispose();
    }

    private Task<CommandRun> RunAsync(string rules, params string[] words)
    {
        _new.With("10.yaml", Acme.PolicyHead + rules);
        return CommandRun.Of(PolicyCommand.Create(), ["diff", _old.Root, _new.Root, .. words]);
    }

    private static string Revisions(PolicyFolderFixture before, PolicyFolderFixture after) =>
        $"revision {before.Load().Snapshot!.Revision[7..15]} → {after.Load().Snapshot!.Revision[7..15]}\n";

    [Fact]
    public async Task Says_a_line_for_each_change_and_how_many_of_each_kind()
    {
        var run = await RunAsync(Acme.Rule.Replace("[claude, vscode]", "[claude]", StringComparison.Ordinal).Replace("repo:read", "repo:read, repo:write", StringComparison.Ordinal) + "    limits: {maxTokenLifetime: 2m}\n" + More);

        Assert.Equal((0, ""), (run.Status, run.Error));
        Assert.Equal(
            Revisions(_old, _new) + """
            ~ claude × code  repo:read  changed by group eng  (5m → 2m; eng-read)
            + claude × code  repo:write  gained by group eng  (2m; eng-read)
            ~ claude × wiki  doc:read  changed by group eng  (5m → 2m; eng-read)
            + claude × wiki  doc:write  gained by group fin  (5m, acr phr; more)
            - vscode × code  repo:read  lost by group eng  (5m; eng-read)
            - vscode × wiki  doc:read  lost by group eng  (5m; eng-read)
              gained: 2  lost: 2  changed: 2

            """, run.Output);
    }

    [Fact]
    public async Task Says_that_nothing_changes()
    {
        var run = await RunAsync(Acme.Rule);

        Assert.Equal((0, Revisions(_old, _new) + "  nothing changes for anybody\n", ""), (run.Status, run.Output, run.Error));
        Assert.Equal(0, (await RunAsync(Acme.Rule, "--max", "0")).Status);
    }

    [Fact]
    public async Task Says_that_the_catalogue_did_it()
    {
        _new.With("00.yaml", Acme.Catalog.Replace("auth.acme.example\",", "auth.acme.example\", maxLifetime: 2m,", StringComparison.Ordinal));

        Assert.Contains("\n~ claude × code  repo:read  changed by group eng  (5m → 2m; the catalogue)\n", (await RunAsync(Acme.Rule)).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0", 5), InlineData("3", 5), InlineData("4", 0), InlineData(null, 0)]
    public async Task Ends_with_5_if_there_is_more_than_is_allowed(string? max, int status)
    {
        var run = await RunAsync(Acme.Rule.Replace("[claude, vscode]", "[]", StringComparison.Ordinal).Replace("ids: []", "trust: [internal]", StringComparison.Ordinal), max is null ? [] : ["--max", max]);

        Assert.Equal((status, "  lost: 4"), (run.Status, run.Output.TrimEnd('\n').Split('\n')[^1]));
    }

    [Fact]
    public async Task Is_json_for_programs()
    {
        var run = await RunAsync(Acme.Rule + More, "--output", "json");

        Assert.Equal((0, ""), (run.Status, run.Error));
        using var json = JsonDocument.Parse(run.Output);
        Assert.Equal((_old.Load().Snapshot!.Revision, _new.Load().Snapshot!.Revision), (json.RootElement.GetProperty("before").GetString(), json.RootElement.GetProperty("after").GetString()));
        Assert.Equal("""[{"kind":"gained","client":"claude","resource":"wiki","scope":"doc:write","who":["group fin"],"before":[],"after":["5m, acr phr"],"rules":["more"]}]""", JsonSerializer.Serialize(json.RootElement.GetProperty("changes")));
        Assert.Contains("\n  \"changes\": [\n", run.Output, StringComparison.Ordinal);
        Assert.EndsWith("}\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ends_with_3_and_says_why_if_either_is_not_valid()
    {
        var run = await RunAsync(Acme.Rule.Replace("effect: allow", "effect: alow", StringComparison.Ordinal));
        Assert.Equal((3, ""), (run.Status, run.Output));
        Assert.Contains("10.yaml:6", run.Error, StringComparison.Ordinal);

        _old.With("10.yaml", "rules: [");
        run = await RunAsync(Acme.Rule);
        Assert.Equal((3, ""), (run.Status, run.Output));
        Assert.Contains("10.yaml:2:1 error YAML_SYNTAX", run.Error, StringComparison.Ordinal);
        Assert.Equal(1, (await RunAsync(Acme.Rule, "--output", "xml")).Status);
    }

    [Fact]
    public async Task Takes_loopback_issuers_where_that_is_said()
    {
        foreach (var folder in (PolicyFolderFixture[])[_old, _new])
            folder.With("00.yaml", Acme.Catalog.Replace("https://acme.okta.com", "http://127.0.0.1:7000", StringComparison.Ordinal));

        Assert.Equal(3, (await RunAsync(Acme.Rule)).Status);
        Assert.Equal(0, (await RunAsync(Acme.Rule, "--allow-loopback-http")).Status);
    }
}
