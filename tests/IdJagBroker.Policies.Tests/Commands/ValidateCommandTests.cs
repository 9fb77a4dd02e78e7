using System.Text.Json.Nodes;
using IdJagBroker.Policies.Commands;
using IdJagBroker.Policies.Yaml;
using IdJagBroker.Shared;
using IdJagBroker.Tests.Policies.Golden;

namespace IdJagBroker.Tests.Policies.Commands;

/// <summary><c>idjag policy validate</c>, from the files on a disk to the exit status.</summary>
public sealed class ValidateCommandTests : IDisposable
{
    private const string Soon = "    validity: {until: 2026-12-01T00:00:00Z}\n";

    private readonly PolicyFolderFixture _folder = new PolicyFolderFixture().With("00.yaml", Acme.Catalog).With("10.yaml", Acme.PolicyHead + Acme.Rule);

    public void Dispose() => _folder.Dispose();

    private Task<CommandRun> Run(params string[] words) => CommandRun.Of(ValidateCommand.Create(new ManualClock()), [_folder.Root, .. words]);

    [Fact]
    public async Task Status_0_and_one_line_if_all_is_well()
    {
        var run = await Run("--strict");
        Assert.Equal((0, ""), (run.Status, run.Error));
        Assert.Equal($"1 rules, 2 clients, 3 resources: {_folder.Load().Snapshot!.Revision}\n", run.Output);
    }

    [Fact]
    public async Task Status_0_with_a_warning_and_3_if_that_is_asked_for()
    {
        _folder.With("10.yaml", Acme.PolicyHead + Acme.Rule + Soon);
        var run = await Run();
        Assert.Equal(0, run.Status);
        Assert.StartsWith("""
            policies/10.yaml:5:9 warning EXPIRES_SOON  eng-read ends in 10 days (owner iam@acme.example)
                 5 |   - id: eng-read
                             ^~~~~~~~
            """, run.Error, StringComparison.Ordinal);
        Assert.Equal(3, (await Run("--strict")).Status);
    }

    [Fact]
    public async Task Status_3_if_a_file_has_an_error()
    {
        _folder.With("10.yaml", Acme.PolicyHead + Acme.Rule.Replace("repo:read", "repo:raed", StringComparison.Ordinal));
        var run = await Run();
        Assert.Equal((3, ""), (run.Status, run.Output));
        Assert.Contains("SCOPE_UNKNOWN", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false), InlineData(true)]
    public async Task Tells_programs_as_json(bool strict)
    {
        _folder.With("10.yaml", Acme.PolicyHead + Acme.Rule + Soon);
        var run = await Run(strict ? ["--output", "json", "--strict"] : ["--output", "json"]);
        Assert.Equal((strict ? 3 : 0, ""), (run.Status, run.Error));
        var expected = new JsonObject
        {
            ["valid"] = !strict, ["revision"] = _folder.Load().Snapshot!.Revision,
            ["diagnostics"] = new JsonArray(new JsonObject
            {
                ["severity"] = "warning", ["code"] = "EXPIRES_SOON", ["file"] = "policies/10.yaml", ["line"] = 5, ["column"] = 9, ["length"] = 8, ["message"] = "eng-read ends in 10 days (owner iam@acme.example)",
            }),
        };
        Assert.Equal(expected.ToJsonString(), JsonNode.Parse(run.Output)!.ToJsonString());
    }

    [Fact]
    public async Task Tells_programs_of_errors_as_json_too()
    {
        _folder.With("10.yaml", "a: [\n");
        var run = await Run("--output", "json");
        var answer = JsonNode.Parse(run.Output)!;
        Assert.Equal((3, false, null), (run.Status, (bool)answer["valid"]!, (string?)answer["revision"]));
        Assert.Equal(("error", "YAML_SYNTAX", 2), ((string?)answer["diagnostics"]![0]!["severity"], (string?)answer["diagnostics"]![0]!["code"], (int)answer["diagnostics"]![0]!["line"]!));
    }

    [Fact]
    public async Task Tells_code_hosts_as_sarif()
    {
        _folder.With("10.yaml", Acme.PolicyHead + Acme.Rule + Soon).With("20.yaml", Acme.PolicyHead + Acme.Rule.Replace("repo:read", "repo:raed", StringComparison.Ordinal).Replace("eng-read", "b", StringComparison.Ordinal));
        var run = await Run("--output", "sarif");
        Assert.Equal((3, ""), (run.Status, run.Error));
        var log = JsonNode.Parse(run.Output)!;
        Assert.Equal("2.1.0", (string?)log["version"]);
        var result = Assert.Single(log["runs"]![0]!["results"]!.AsArray())!;
        Assert.Equal("SCOPE_UNKNOWN error 0", $"{result["ruleId"]} {result["level"]} {result["ruleIndex"]}");
        var place = result["locations"]![0]!["physicalLocation"]!;
        Assert.Equal(_folder.Root.TrimStart('/') + "/20.yaml", ((string)place["artifactLocation"]!["uri"]!).TrimStart('/'));
        Assert.Equal("""{"startLine":10,"startColumn":38,"endColumn":47}""", place["region"]!.ToJsonString());
        var rule = Assert.Single(log["runs"]![0]!["tool"]!["driver"]!["rules"]!.AsArray())!;
        Assert.Equal(("SCOPE_UNKNOWN", DiagnosticReference.Address), ((string?)rule["id"], (string?)rule["helpUri"]));
        Assert.StartsWith("a name that the catalogue does not have", (string?)rule["shortDescription"]!["text"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Both_are_to_the_letter_what_they_were()
    {
        _folder.With("10.yaml", Acme.PolicyHead + Acme.Rule + Soon + "    owner: me\n    effects: deny\n").With("20.yaml", "a: [\n").With("30.yaml", []);
        foreach (var output in (string[])["json", "sarif"])
        {
            var run = await Run("--output", output);
            Assert.Equal((3, ""), (run.Status, run.Error));
            GoldenFile.Is($"validate-{output}.txt", run.Output.Replace(_folder.Root.TrimStart('/'), "DIRECTORY", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Says_what_is_about_the_whole_directory_without_a_region()
    {
        var run = await CommandRun.Of(ValidateCommand.Create(), Path.Combine(_folder.Root, "none"), "--output", "sarif");
        Assert.Equal(3, run.Status);
        Assert.Equal(["artifactLocation"], JsonNode.Parse(run.Output)!["runs"]![0]!["results"]![0]!["locations"]![0]!["physicalLocation"]!.AsObject().Select(member => member.Key));
    }

    [Fact]
    public void Has_the_documentations_sentence_for_every_code() =>
        Assert.All(Enum.GetValues<PolicyDiagnosticCode>(), code => Assert.NotEqual(code.Text(), DiagnosticReference.Meaning(code)));
}
