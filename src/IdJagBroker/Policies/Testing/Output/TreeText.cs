using System.Globalization;
using System.Text;
using IdJagBroker.Policies.Decisions;
using IdJagBroker.Policies.Rules;

namespace IdJagBroker.Policies.Testing.Output;

/// <summary>For people: each file, each test, and of what failed what was expected, what came, and the rules that tell why.</summary>
/// <param name="coloured">For a terminal.</param>
internal sealed class TreeText(bool coloured)
{
    /// <summary>The most violations shown of one invariant.</summary>
    public const int MaxViolations = 10;

    private readonly StringBuilder _text = new();

    /// <param name="report">The run.</param>
    /// <param name="withCoverage">Whether every rule is listed.</param>
    public string Render(PolicyTestReport report, bool withCoverage)
    {
        if (report.IsInvalid) return "";        // the faults are told apart
        foreach (var document in report.Documents) Add(document);
        if (withCoverage) Add(report.Coverage);
        foreach (var fault in report.Faults) Line($"{Mark(false)} {fault}");
        Line(report.Summary);
        return _text.ToString();
    }

    private void Add(TestDocumentResult document)
    {
        Line(document.File);
        foreach (var result in document.Tests)
        {
            Line($"  {Mark(result.Passed)} {result.Test.Name}{(result.Passed ? "" : $"  ({document.File}:{result.Test.At.Line})")}");
            if (!result.Passed) Explain(result);
        }
        foreach (var (invariant, result) in document.Invariants)
        {
            Line($"  {Mark(result.Holds)} {invariant.Name}  ({(result.Holds ? "" : $"{document.File}:{invariant.At.Line}, ")}{Number(result.Classes)} classes)");
            foreach (var violation in result.Violations.Take(MaxViolations)) Line($"      {violation}");
            foreach (var undecided in FailureText.Undecided(result)) Line($"      {undecided}");
            if (result.Violations.Count > MaxViolations) Line($"      and {Number(result.Violations.Count - MaxViolations)} more");
        }
    }

    private void Explain(PolicyTestResult result)
    {
        Line($"      {"asked",-18} {result.Test.Ask}");
        foreach (var (member, expected, got) in result.Mismatches)
            Line($"      {member,-18} expected {expected}, got {got}");
        foreach (var rule in result.Near)
        {
            Line($"      {rule.Id}  ({rule.Rule.File}:{rule.Rule.Line}) {Verdict(rule)}");
            foreach (var unmet in rule.Unmet) Line($"          {unmet.Path} has {unmet.HaveText}, needs {unmet.Need}");
        }
    }

    private static string Verdict(RuleEvaluation rule) => (rule.Match, rule.Rule.Effect, rule.Rule.Mode) switch
    {
        (false, _, _) => "does not match:",
        (true, _, PolicyMode.Shadow) => "matches, on trial",
        (true, PolicyEffect.Allow, _) => "allows",
        (true, _, _) => "denies",
    };

    private void Add(RuleCoverage coverage)
    {
        Line("rules");
        foreach (var rule in coverage.Rules)
        {
            var tests = coverage.Tests.GetValueOrDefault(rule.Id);
            Line($"  {Mark(tests > 0)} {rule.Id}  ({rule.File}:{rule.Line}{(tests is 0 ? "" : $", {Number(tests)} {(tests is 1 ? "test" : "tests")}")})");
        }
    }

    private string Mark(bool good) => (good, coloured) switch
    {
        (true, true) => "\u001b[32m✓\u001b[0m",
        (false, true) => "\u001b[31m✗\u001b[0m",
        (true, false) => "✓",
        (false, false) => "✗",
    };

    private void Line(string line) => _text.Append(line).Append('\n');

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
