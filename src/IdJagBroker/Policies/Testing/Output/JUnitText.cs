using System.Globalization;
using System.Xml.Linq;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies.Testing.Output;

/// <summary>JUnit's XML, which build servers read: a suite for each document, a case for each test and each invariant, and one for the run if it has a fault.</summary>
internal static class JUnitText
{
    public static string Of(PolicyTestReport report)
    {
        List<XElement> suites = [.. report.Documents.Select(Suite)];
        if (report.IsInvalid)
            suites.Add(Suite("files", [Case("files", "files", "error", "the files have errors", PolicyDiagnosticText.Render(report.Diagnostics))]));
        if (report.Faults.Any())
            suites.Add(Suite("run", [.. report.Faults.Select(fault => Case("run", "run", "failure", fault, string.Join('\n', report.Coverage.Uncovered.Select(rule => rule.Id))))]));
        var root = new XElement("testsuites", Counts(suites.SelectMany(suite => suite.Elements("testcase"))), new XAttribute("time", Seconds(report.Elapsed)), suites);
        return $"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{root}\n";
    }

    private static XElement Suite(TestDocumentResult document) => Suite(document.File,
    [
        .. document.Tests.Select(result => result.Passed ? Case(document.File, result.Test.Name)
            : Case(document.File, result.Test.Name, "failure", string.Join("; ", result.Mismatches.Select(mismatch => $"{mismatch.Member}: expected {mismatch.Expected}, got {mismatch.Got}")), FailureText.Of(result))),
        .. document.Invariants.Select(result => result.Passed ? Case(document.File, result.Invariant.Name)
            : Case(document.File, result.Invariant.Name, "failure", $"{result.Result.Violations.Count} violations", FailureText.Of(result))),
    ]);

    private static XElement Suite(string name, List<XElement> cases) => new("testsuite", new XAttribute("name", name), Counts(cases), cases);

    private static XElement Case(string file, string name) => new("testcase", new XAttribute("classname", file), new XAttribute("name", name));

    private static XElement Case(string file, string name, string kind, string message, string text)
    {
        var failed = Case(file, name);
        failed.Add(new XElement(kind, new XAttribute("message", message), text));
        return failed;
    }

    private static XAttribute[] Counts(IEnumerable<XElement> cases)
    {
        List<XElement> all = [.. cases];
        return [new("tests", all.Count), new("failures", all.Count(one => one.Element("failure") is not null)), new("errors", all.Count(one => one.Element("error") is not null))];
    }

    private static string Seconds(TimeSpan elapsed) => elapsed.TotalSeconds.ToString("F3", CultureInfo.InvariantCulture);
}
