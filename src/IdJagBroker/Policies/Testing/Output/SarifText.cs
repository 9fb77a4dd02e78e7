using System.Text.Json;
using System.Text.Json.Nodes;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies.Testing.Output;

/// <summary>SARIF 2.1.0, which code hosts show beside the lines: what is wrong with the files, failed tests, violated invariants, and rules that no test covers if too few are.</summary>
/// <param name="directory">The directory as it was given: addresses begin with it.</param>
/// <param name="label">What files are called by in a report.</param>
internal sealed class SarifText(string directory, string label)
{
    private const string TestFailed = "TEST_FAILED";
    private const string InvariantViolated = "INVARIANT_VIOLATED";
    private const string RuleNotCovered = "RULE_NOT_COVERED";
    private const string RunFailed = "RUN_FAILED";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n" };

    public string Of(PolicyTestReport report)
    {
        List<JsonObject> results = [.. Results(report)];
        return new JsonObject
        {
            ["$schema"] = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
            ["version"] = "2.1.0",
            ["runs"] = new JsonArray(new JsonObject
            {
                ["tool"] = new JsonObject
                {
                    ["driver"] = new JsonObject
                    {
                        ["name"] = "idjag policy test",
                        ["rules"] = new JsonArray([.. results.Select(result => (string)result["ruleId"]!).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(id => new JsonObject { ["id"] = id })]),
                    },
                },
                ["columnKind"] = "utf16CodeUnits",
                ["results"] = new JsonArray([.. results]),
            }),
        }.ToJsonString(Indented) + "\n";
    }

    private IEnumerable<JsonObject> Results(PolicyTestReport report)
    {
        foreach (var problem in report.Diagnostics)
            yield return Result(problem.Code.Text(), problem.Severity is PolicySeverity.Error ? "error" : "warning", problem.Message, problem.File, problem.Line, problem.Column, problem.Length);
        foreach (var test in report.Tests.Where(test => !test.Passed))
            yield return Result(TestFailed, "error", $"{test.Test.Name}\n{FailureText.Of(test)}", test.Test.At);
        foreach (var invariant in report.Invariants.Where(invariant => !invariant.Passed))
            yield return Result(InvariantViolated, "error", $"{invariant.Invariant.Name}\n{FailureText.Of(invariant)}", invariant.Invariant.At);
        foreach (var fault in report.Faults) yield return Result(RunFailed, "error", fault, label, 0, 0, 0);
        if (report.MinCoverage is { } percent && !report.IsInvalid && !report.Coverage.IsAtLeast(percent))
            foreach (var rule in report.Coverage.Uncovered)
                yield return Result(RuleNotCovered, "warning", $"no test covers {rule.Id}", $"{label}/{rule.File}", rule.Line, 0, 0);
    }

    private JsonObject Result(string id, string level, string message, SourceSpan at) => Result(id, level, message, at.Source.DisplayName, at.Line, 0, 0);

    private JsonObject Result(string id, string level, string message, string file, int line, int column, int length)
    {
        var place = new JsonObject { ["artifactLocation"] = new JsonObject { ["uri"] = Address(file) } };
        if (line > 0) place["region"] = Region(line, column, length);
        return new JsonObject
        {
            ["ruleId"] = id,
            ["level"] = level,
            ["message"] = new JsonObject { ["text"] = message },
            ["locations"] = new JsonArray(new JsonObject { ["physicalLocation"] = place }),
        };
    }

    private static JsonObject Region(int line, int column, int length)
    {
        var region = new JsonObject { ["startLine"] = line };
        if (column > 0) (region["startColumn"], region["endColumn"]) = (column, column + Math.Max(length, 1));
        return region;
    }

    // Relative to where the command ran, which in a build is the root of the repository.
    private string Address(string file)
    {
        var path = (directory.Replace(Path.DirectorySeparatorChar, '/').TrimEnd('/') + file[label.Length..]).Split('/').Where((part, i) => part is not "." || i > 0).Select(Uri.EscapeDataString);
        return string.Join('/', path);
    }
}
