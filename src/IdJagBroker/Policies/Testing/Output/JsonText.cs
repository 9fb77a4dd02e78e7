using System.Text.Json;
using System.Text.Json.Nodes;
using IdJagBroker.Policies.Analysis;
using IdJagBroker.Policies.Decisions;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies.Testing.Output;

/// <summary>For programs: everything that the tree says.</summary>
internal static class JsonText
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n" };

    public static string Of(PolicyTestReport report) => new JsonObject
    {
        ["outcome"] = report.IsInvalid ? "invalid" : report.Passed ? "passed" : "failed",
        ["durationMs"] = (long)report.Elapsed.TotalMilliseconds,
        ["faults"] = Texts(report.Faults),
        ["tests"] = List(report.Documents.SelectMany(document => document.Tests, (document, result) => Test(document.File, result))),
        ["invariants"] = List(report.Documents.SelectMany(document => document.Invariants, (document, result) => Invariant(document.File, result))),
        ["coverage"] = new JsonObject
        {
            ["rules"] = report.Coverage.Rules.Length,
            ["covered"] = report.Coverage.Covered,
            ["uncovered"] = Texts(report.Coverage.Uncovered.Select(rule => rule.Id)),
        },
        ["diagnostics"] = List(report.Diagnostics.Select(Diagnostic)),
    }.ToJsonString(Indented) + "\n";

    private static JsonObject Test(string file, PolicyTestResult result) => new()
    {
        ["file"] = file,
        ["line"] = result.Test.At.Line,
        ["name"] = result.Test.Name,
        ["live"] = result.Test.Live,
        ["passed"] = result.Passed,
        ["mismatches"] = List(result.Mismatches.Select(mismatch => new JsonObject { ["member"] = mismatch.Member, ["expected"] = mismatch.Expected, ["got"] = mismatch.Got })),
        ["rules"] = List(result.Near.Select(Rule)),
    };

    private static JsonObject Rule(RuleEvaluation rule) => new()
    {
        ["id"] = rule.Id,
        ["file"] = rule.Rule.File,
        ["line"] = rule.Rule.Line,
        ["match"] = rule.Match,
        ["unmet"] = List(rule.Unmet.Select(unmet => new JsonObject { ["path"] = unmet.Path, ["have"] = unmet.Have, ["need"] = unmet.Need })),
    };

    private static JsonObject Invariant(string file, CheckedInvariant result) => new()
    {
        ["file"] = file,
        ["line"] = result.Invariant.At.Line,
        ["name"] = result.Invariant.Name,
        ["passed"] = result.Passed,
        ["classes"] = result.Result.Classes,
        ["undecided"] = result.Result.Undecided,
        ["violations"] = List(result.Result.Violations.Select(Violation)),
    };

    private static JsonObject Violation(InvariantViolation violation) => new()
    {
        ["client"] = violation.Client,
        ["resource"] = violation.Resource,
        ["scope"] = violation.Scope,
        ["idp"] = violation.Idp,
        ["subject"] = violation.Subject,
        ["tenant"] = violation.TenantText,
        ["groups"] = violation.GroupsComplete ? Texts(violation.Groups) : "overage",
        ["rules"] = Texts(violation.RuleIds),
        ["lifetimeS"] = (long)violation.Lifetime.TotalSeconds,
    };

    private static JsonObject Diagnostic(PolicyDiagnostic problem) => new()
    {
        ["severity"] = problem.Severity is PolicySeverity.Error ? "error" : "warning",
        ["code"] = problem.Code.Text(),
        ["file"] = problem.File,
        ["line"] = problem.Line,
        ["column"] = problem.Column,
        ["message"] = problem.Message,
    };

    private static JsonArray List(IEnumerable<JsonObject> objects) => [.. objects];

    private static JsonArray Texts(IEnumerable<string> texts) => [.. texts.Select(text => (JsonNode)text)];
}
