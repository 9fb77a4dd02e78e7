using System.Text.Json.Nodes;
using IdJagBroker.Policies.Commands;

namespace IdJagBroker.Tests.Policies.Commands;

/// <summary><c>idjag policy explain --client …</c>: why a request that nobody made would be decided as it would, by the files in a directory.</summary>
public sealed class ExplainCommandTests : IDisposable
{
    private static readonly string Catalog = Acme.Catalog
        .Replace("groupsClaim: groups}", "groupsClaim: groups, policyClaims: [dept]}", StringComparison.Ordinal)
        .Replace("tags: [work]", "defaultScopes: [doc:read], tags: [work]", StringComparison.Ordinal);

    private const string Rules = Acme.Rule + """
          - {id: all, effect: allow, why: w, who: {subjects: ["okta|00u-dana"], tenants: [t1], claims: {dept: {allOf: [rd, it]}}}, client: {ids: [claude]}, grant: {wiki: [doc:write]}, validity: {from: 2026-12-01T00:00:00Z}, require: {auth: {acrAnyOf: [phr], amrAllOf: [mfa, hwk], maxAge: 30m}, dpop: true, resource: true, network: {cidrAnyOf: ["10.1.0.0/16", "2001:db8::/32"]}}}

        """;

    private readonly PolicyFolderFixture _folder = new PolicyFolderFixture().With("00.yaml", Catalog).With("10.yaml", Acme.PolicyHead + Rules);

    public void Dispose() => _folder.Dispose();

    private Task<CommandRun> RunAsync(params string[] words) => CommandRun.Of(PolicyCommand.Create(), ["explain", "--policies", _folder.Root, .. words]);

    private async Task<JsonObject> JsonAsync(params string[] words)
    {
        var run = await RunAsync([.. words, "--output", "json"]);
        Assert.Equal((0, ""), (run.Status, run.Error));
        return JsonNode.Parse(run.Output)!.AsObject();
    }

    private async Task<string> ConditionsAsync(params string[] words) =>
        string.Join(" | ", (await JsonAsync(["--all", .. words]))["rules"]!.AsArray().Single(rule => (string?)rule!["id"] is "all")!["conditions"]!.AsArray().Select(one => $"{one!["path"]} {one["have"]} {one["holds"]}"));

    [Fact]
    public async Task Reads_every_fact_from_its_option()
    {
        Assert.Equal(
            "who.subjects okta|00u-dana true | who.tenants t1 true | who.claims.dept it rd true | client.ids claude true | grant doc:write true | validity 2026-12-01T00:00:00Z true | require.auth.acrAnyOf c1 phr true"
            + " | require.auth.amrAllOf mfa hwk true | require.auth.maxAge 30m true | require.dpop true true | require.resource named true | require.network.cidrAnyOf 10.1.2.3/32 true",
            await ConditionsAsync("--client", "claude", "--resource", "wiki", "--scope", "doc:write", "--subject", "okta|00u-dana", "--tenant", "t1", "--claim", "dept=rd", "--claim", "dept=it", "--acr", "c1,phr", "--amr", "mfa, hwk",
                "--auth-age", "30m", "--ip", "10.1.2.3", "--dpop", "--at", "2026-12-01T00:00:00Z"));
        Assert.Contains("network.cidrAnyOf 2001:db8::1/128 true", await ConditionsAsync("--client", "claude", "--resource", "wiki", "--ip", "2001:db8::1"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Takes_what_is_not_said_for_missing_and_the_person_for_one_whom_no_rule_names()
    {
        var at = await ConditionsAsync("--client", "claude", "--resource", "wiki", "--at", "2026-11-30");
        Assert.Equal(
            "who.subjects okta|\0 false | who.tenants missing false | who.claims.dept missing false | client.ids claude true | grant doc:read false | validity 2026-11-30T00:00:00Z false | require.auth.acrAnyOf missing false"
            + " | require.auth.amrAllOf missing false | require.auth.maxAge missing false | require.dpop false false | require.resource named true | require.network.cidrAnyOf missing false", at);
        var now = (await ConditionsAsync("--client", "claude", "--resource", "wiki")).Split(" | ").Single(one => one.StartsWith("validity ", StringComparison.Ordinal)).Split(' ')[1];
        Assert.InRange(DateTimeOffset.Parse(now, System.Globalization.CultureInfo.InvariantCulture), DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddMinutes(1));
    }

    [Fact]
    public async Task Does_not_know_the_person_where_it_could_be_one_of_several_providers()
    {
        _folder.With("00.yaml", Catalog.Replace("\ngroups:\n", "\n  entra: {issuer: \"https://login.acme.example\"}\ngroups:\n", StringComparison.Ordinal));

        Assert.StartsWith("who.subjects missing false | ", await ConditionsAsync("--client", "claude", "--resource", "wiki"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Asks_for_the_defaults_of_the_resources_or_for_what_is_said()
    {
        Assert.Equal("allow doc:read", Granted(await JsonAsync("--client", "claude", "--resource", "wiki", "--groups", "eng")));
        Assert.Equal("deny ", Granted(await JsonAsync("--client", "claude", "--resource", "wiki", "--groups", "eng", "--overage")));
        Assert.Equal("deny ", Granted(await JsonAsync("--client", "claude", "--resource", "wiki", "--groups", "ctr,fin")));
        Assert.Equal("allow repo:read", Granted(await JsonAsync("--client", "claude", "--resource", "code", "--scope", "repo:write repo:read", "--groups", "fin, eng")));
        Assert.Equal("allow doc:read", Granted(await JsonAsync("--client", "claude", "--resource", "code", "--resource", "wiki", "--groups", "eng")));

        static string Granted(JsonObject json) => $"{json["outcome"]} {json["granted"]!["scope"]}";
    }

    [Fact]
    public async Task Is_text_for_people()
    {
        var run = await RunAsync("--client", "claude", "--resource", "wiki", "--groups", "fin");

        Assert.Equal((0, "deny  NO_RULE_MATCHED\n✗ allow eng-read  10.yaml:5\n    ✗ who.groups: any of eng  [fin]\n    ✓ client.ids: any of claude vscode  [claude]\n    ✓ grant: doc:read  [doc:read]\nto mend it: eng-read (10.yaml:5): who.groups needs any of eng, and there is fin\n", ""),
            (run.Status, run.Output, run.Error));
        Assert.Contains("✗ allow all  10.yaml:11\n", (await RunAsync("--client", "claude", "--resource", "wiki", "--all")).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Give the id of a decision, or --client, --resource and what else the request would have.", "--resource", "wiki")]
    [InlineData("Give --resource.", "--client", "claude")]
    [InlineData("'claud' is not a client of the catalogue (did you mean 'claude'?)", "--client", "claud", "--resource", "wiki")]
    [InlineData("'zzzzzzz' is not a client of the catalogue", "--client", "zzzzzzz", "--resource", "wiki")]
    [InlineData("'wikki' is not a resource of the catalogue (did you mean 'wiki'?)", "--client", "claude", "--resource", "wiki", "--resource", "wikki")]
    [InlineData("'engg' is not a group of the catalogue (did you mean 'eng'?)", "--client", "claude", "--resource", "wiki", "--groups", "ctr,engg")]
    [InlineData("Give --scope: the resource has no default.", "--client", "claude", "--resource", "code")]
    [InlineData("'soon' is not a duration, such as 10m.", "--client", "claude", "--resource", "wiki", "--auth-age", "soon")]
    [InlineData("'here' is not an address.", "--client", "claude", "--resource", "wiki", "--ip", "here")]
    [InlineData("'later' is not a time.", "--client", "claude", "--resource", "wiki", "--at", "later")]
    public async Task Says_what_is_wrong_with_an_option(string error, params string[] words)
    {
        var run = await RunAsync(words);

        Assert.Equal((1, "", error + "\n"), (run.Status, run.Output, run.Error));
    }

    [Fact]
    public async Task Ends_with_3_if_the_files_are_not_valid()
    {
        _folder.With("10.yaml", Acme.PolicyHead + Rules.Replace("effect: allow", "effect: alow", StringComparison.Ordinal));
        var run = await RunAsync("--client", "claude", "--resource", "wiki");

        Assert.Equal((3, ""), (run.Status, run.Output));
        Assert.Contains("10.yaml:6", run.Error, StringComparison.Ordinal);
    }
}
