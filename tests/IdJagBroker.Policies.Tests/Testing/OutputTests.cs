using System.Text.Json.Nodes;
using System.Xml.Linq;
using IdJagBroker.Policies.Testing;
using IdJagBroker.Policies.Testing.Output;
using IdJagBroker.Tests.Policies.Golden;

namespace IdJagBroker.Tests.Policies.Testing;

/// <summary>The four outputs: well-formed whatever the names are, and each says everything.</summary>
public sealed class OutputTests
{
    private const string Awkward = "  - {name: \"a <b> & \\\"c\\\" ]]> 😀\", ask: {subject: eve, client: claude, resource: wiki, scopes: [doc:read]}, expect: {outcome: allow, lifetime: 2m}}\n";
    private const string Broken = "  - {name: nobody reads, never: {target: {resources: [wiki]}}}\n";

    private static PolicyTestReport Report(string tests = TestTexts.Test + Awkward, string invariants = TestTexts.Invariant + Broken) =>
        TestTexts.Run(TestTexts.Document(tests, invariants)) with { Elapsed = TimeSpan.FromMilliseconds(12) };

    private static PolicyTestReport Invalid() => new() { Diagnostics = TestTexts.Load(TestTexts.Document().Replace("subject: ana", "subject: anna", StringComparison.Ordinal)).Diagnostics };

    [Fact]
    public void The_tree_says_what_passed_and_of_what_failed_why() => Assert.Equal("""
        policies/all_test.yaml
          ✓ reads
          ✗ a <b> & "c" ]]> 😀  (policies/all_test.yaml:11)
              asked              eve through claude at wiki for doc:read
              outcome            expected allow, got deny AUTH_TOO_WEAK
              lifetime           expected 2m, got nothing
              eng-read  (10-rules.yaml:5) does not match:
                  require.auth.acrAnyOf has pwd, needs phr
                  require.auth.amrAnyOf has pwd, needs mfa pop
                  require.auth.amrAllOf has pwd, needs hwk
                  require.auth.maxAge has 2h, needs 1h
          ✓ sealed  (56 classes)
          ✗ nobody reads  (policies/all_test.yaml:14, 28 classes)
              claude gets doc:read at wiki for 2m by eng-read, for a person of okta in eng
              vscode gets doc:read at wiki for 2m by eng-read, for a person of okta in eng
        1 of 2 tests passed, 1 of 3 rules covered, 1 of 2 invariants hold, 12 ms

        """.Replace("56 classes", $"{Classes("sealed")} classes", StringComparison.Ordinal).Replace("28 classes", $"{Classes("nobody reads")} classes", StringComparison.Ordinal),
        new TreeText(coloured: false).Render(Report(), withCoverage: false));

    private static long Classes(string invariant) => Report().Invariants.Single(one => one.Invariant.Name == invariant).Result.Classes;

    [Fact]
    public void The_tree_lists_the_rules_if_it_is_asked_to_and_says_if_they_are_too_few()
    {
        var text = new TreeText(coloured: false).Render(Report() with { MinCoverage = 34 }, withCoverage: true);
        Assert.Contains("rules\n  ✓ eng-read  (10-rules.yaml:5, 1 test)\n  ✗ try-deny  (10-rules.yaml:14)\n", text, StringComparison.Ordinal);
        Assert.Contains("✗ 1 of 3 rules are covered, which is less than 34 %\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("less than", new TreeText(coloured: false).Render(Report() with { MinCoverage = 33 }, withCoverage: true), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tree", true), InlineData("json", true), InlineData("junit", true), InlineData("sarif", true)]
    [InlineData("json", false), InlineData("junit", false), InlineData("sarif", false)]
    public void Each_is_to_the_letter_what_it_was(string output, bool valid)
    {
        const string tests = TestTexts.Test + Awkward
            + "  - {name: told, ask: {subject: eve, client: claude, resource: [wiki, code], scopes: [doc:read, repo:read], ip: 10.0.0.1, dpop: true, resourceNamed: false}, expect: {outcome: deny, reason: AUTH_TOO_OLD, rules: [eng-read], challenge: {acr: [c1], amr: [pin], max_age: 60}, shadow: {outcome: deny, rules: [try-deny]}}}\n"
            + "  - {name: nobody, ask: {subject: bob, client: vscode, resource: code, scopes: [repo:read]}, expect: {outcome: allow, scopes: [repo:read], rules: [eng-read]}}\n";
        var report = (valid ? Report(tests) : Invalid()) with { MinCoverage = 100, Elapsed = TimeSpan.FromMilliseconds(1234) };
        GoldenFile.Is($"test-{output}{(valid ? "" : "-invalid")}.txt", output switch
        {
            "json" => JsonText.Of(report), "junit" => JUnitText.Of(report), "sarif" => new SarifText("infra/my policies", "policies").Of(report), _ => new TreeText(coloured: true).Render(report, withCoverage: true),
        });
    }

    [Fact]
    public void Only_a_terminal_gets_colours()
    {
        Assert.DoesNotContain('\u001b', new TreeText(coloured: false).Render(Report(), withCoverage: true));
        Assert.Contains("\u001b[31m✗\u001b[0m", new TreeText(coloured: true).Render(Report(), withCoverage: true), StringComparison.Ordinal);
    }

    [Fact]
    public void The_tree_shows_ten_violations_and_how_many_more_there_are()
    {
        var many = string.Concat(Enumerable.Range(0, 3).Select(i => $"  - {{id: r{i}, effect: allow, why: w, who: {{everyone: true}}, client: {{every: true}}, grant: {{wiki: [doc:read, doc:write, admin], code: [repo:read, repo:write, admin]}}}}\n"));
        var text = new TreeText(coloured: false).Render(TestTexts.Run(TestTexts.Document("", "  - {name: none, never: {client: {trust: [vendor]}}}\n"), many), withCoverage: false);
        // two clients, six scopes, two providers
        Assert.Equal(TreeText.MaxViolations, text.Split('\n').Count(line => line.Contains(" gets ", StringComparison.Ordinal)));
        Assert.Contains("      and 14 more\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_has_all_of_it()
    {
        var json = JsonNode.Parse(JsonText.Of(Report()))!;
        Assert.Equal(("failed", 12), ((string?)json["outcome"], (int)json["durationMs"]!));
        Assert.Equal((true, 10), ((bool)json["tests"]![0]!["passed"]!, (int)json["tests"]![0]!["line"]!));
        var failed = json["tests"]![1]!;
        Assert.Equal("a <b> & \"c\" ]]> 😀", (string?)failed["name"]);
        Assert.Equal(["outcome allow deny AUTH_TOO_WEAK", "lifetime 2m nothing"], failed["mismatches"]!.AsArray().Select(one => $"{one!["member"]} {one["expected"]} {one["got"]}"));
        Assert.Equal(("eng-read", "require.auth.acrAnyOf pwd phr"), ((string?)failed["rules"]![0]!["id"], failed["rules"]![0]!["unmet"]![0] is { } unmet ? $"{unmet["path"]} {unmet["have"]} {unmet["need"]}" : null));
        Assert.Equal("claude wiki doc:read eng eng-read 120", json["invariants"]![1]!["violations"]![0] is { } found
            ? $"{found["client"]} {found["resource"]} {found["scope"]} {found["groups"]![0]} {found["rules"]![0]} {found["lifetimeS"]}" : null);
        Assert.Equal((3, 1, "try-deny"), ((int)json["coverage"]!["rules"]!, (int)json["coverage"]!["covered"]!, (string?)json["coverage"]!["uncovered"]![0]));

        Assert.Equal("passed", (string?)JsonNode.Parse(JsonText.Of(Report(TestTexts.Test, TestTexts.Invariant)))!["outcome"]);
        var invalid = JsonNode.Parse(JsonText.Of(Invalid()))!;
        Assert.Equal(("invalid", "SUBJECT_UNKNOWN"), ((string?)invalid["outcome"], (string?)invalid["diagnostics"]![0]!["code"]));
    }

    [Fact]
    public void JUnit_is_xml_and_counts_what_it_holds()
    {
        var root = XDocument.Parse(JUnitText.Of(Report())).Root!;
        Assert.Equal("testsuites 4 2 0 0.012", $"{root.Name} {(string?)root.Attribute("tests")} {(string?)root.Attribute("failures")} {(string?)root.Attribute("errors")} {(string?)root.Attribute("time")}");
        var suite = Assert.Single(root.Elements("testsuite"));
        Assert.Equal("policies/all_test.yaml 4 2", $"{(string?)suite.Attribute("name")} {(string?)suite.Attribute("tests")} {(string?)suite.Attribute("failures")}");
        var failed = suite.Elements("testcase").Where(one => one.Element("failure") is not null).ToList();
        Assert.Equal(["a <b> & \"c\" ]]> 😀", "nobody reads"], failed.Select(one => (string?)one.Attribute("name")));
        Assert.Contains("eng-read does not match: require.auth.acrAnyOf has pwd, needs phr", failed[0].Element("failure")!.Value, StringComparison.Ordinal);
        Assert.Contains("for a person of okta in eng", failed[1].Element("failure")!.Value, StringComparison.Ordinal);

        var uncovered = XDocument.Parse(JUnitText.Of(Report(TestTexts.Test, TestTexts.Invariant) with { MinCoverage = 100 })).Root!;
        Assert.Equal(("1", "try-deny\ntry-mail"), ((string?)uncovered.Attribute("failures"), uncovered.Descendants("failure").Single().Value));
        Assert.Contains("SUBJECT_UNKNOWN", XDocument.Parse(JUnitText.Of(Invalid())).Descendants("error").Single().Value, StringComparison.Ordinal);
    }

    // SARIF 2.1.0: §3.13 sarifLog, §3.14 run, §3.18 tool, §3.27 result, §3.29 physicalLocation, §3.30 region.
    [Fact]
    public void Sarif_has_its_required_members_and_points_into_the_files()
    {
        var results = Sarif(Report());
        Assert.Equal(["TEST_FAILED error infra/my%20policies/all_test.yaml 11", "INVARIANT_VIOLATED error infra/my%20policies/all_test.yaml 14"], results);
        Assert.Equal([], Sarif(Report(TestTexts.Test, TestTexts.Invariant)));
        Assert.Equal(["SUBJECT_UNKNOWN error infra/my%20policies/all_test.yaml 10:34-38"], Sarif(Invalid()));
        Assert.Equal(["RUN_FAILED error infra/my%20policies ", "RULE_NOT_COVERED warning infra/my%20policies/10-rules.yaml 14", "RULE_NOT_COVERED warning infra/my%20policies/10-rules.yaml 13"], Sarif(Report(TestTexts.Test, TestTexts.Invariant) with { MinCoverage = 100 }));
    }

    [Fact]
    public void Sarif_names_files_from_where_the_command_ran()
    {
        var problem = Report(Awkward, "");
        Assert.Contains("\"uri\": \"all_test.yaml\"", new SarifText(".", "policies").Of(problem), StringComparison.Ordinal);
        Assert.Contains("\"uri\": \"a/policies/all_test.yaml\"", new SarifText("a/policies/", "policies").Of(problem), StringComparison.Ordinal);
    }

    private static string[] Sarif(PolicyTestReport report)
    {
        var log = JsonNode.Parse(new SarifText("infra/my policies", "policies").Of(report))!.AsObject();
        Assert.Equal("2.1.0", (string?)log["version"]);
        var run = Assert.Single(log["runs"]!.AsArray())!;
        var driver = run["tool"]!["driver"]!;
        Assert.NotEmpty((string)driver["name"]!);
        var rules = driver["rules"]!.AsArray().Select(rule => (string)rule!["id"]!).ToList();
        return
        [
            .. run["results"]!.AsArray().Select(result =>
            {
                Assert.NotEmpty((string)result!["message"]!["text"]!);
                Assert.Contains((string)result["ruleId"]!, rules);
                var place = Assert.Single(result["locations"]!.AsArray())!["physicalLocation"]!;
                var region = place["region"] is { } lines ? $"{lines["startLine"]}{(lines["startColumn"] is { } start ? $":{start}-{lines["endColumn"]}" : "")}" : "";
                return $"{result["ruleId"]} {result["level"]} {place["artifactLocation"]!["uri"]} {region}";
            }),
        ];
    }
}
