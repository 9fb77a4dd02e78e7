using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies.Testing;

/// <summary>What came of a run, for each of the outputs to say in its own way.</summary>
internal sealed record PolicyTestReport
{
    /// <summary>Those that hold anything that was run.</summary>
    public ImmutableArray<TestDocumentResult> Documents { get; init; } = [];

    public RuleCoverage Coverage { get; init; } = new([], FrozenDictionary<string, int>.Empty);

    /// <summary>How many rules of a hundred must be covered; null: no matter.</summary>
    public int? MinCoverage { get; init; }

    /// <summary>Only tests with this in their name were run; null: all.</summary>
    public string? Part { get; init; }

    /// <summary>What is wrong with the files.</summary>
    public IReadOnlyList<PolicyDiagnostic> Diagnostics { get; init; } = [];

    public TimeSpan Elapsed { get; init; }

    /// <summary>Whether nothing was run, because of faults in the files.</summary>
    public bool IsInvalid => Diagnostics.Any(problem => problem.Severity is PolicySeverity.Error);

    public IEnumerable<PolicyTestResult> Tests => Documents.SelectMany(document => document.Tests);

    public IEnumerable<CheckedInvariant> Invariants => Documents.SelectMany(document => document.Invariants);

    /// <summary>What is wrong with the run as a whole; none of it is about a single test.</summary>
    public IEnumerable<string> Faults
    {
        get
        {
            if (IsInvalid) yield break;
            // A run of nothing would pass for ever.
            if (Documents.IsEmpty) yield return Part is null ? "there are no tests" : $"no test or invariant has {PolicyDiagnostics.Quote(Part)} in its name";
            if (MinCoverage is { } percent && !Coverage.IsAtLeast(percent))
                yield return string.Create(CultureInfo.InvariantCulture, $"{Coverage.Covered} of {Coverage.Rules.Length} rules are covered, which is less than {percent} %");
        }
    }

    public bool Passed => !IsInvalid && !Faults.Any() && Tests.All(test => test.Passed) && Invariants.All(invariant => invariant.Passed);

    /// <summary>The whole in one line.</summary>
    public string Summary => string.Create(CultureInfo.InvariantCulture,
        $"{Tests.Count(test => test.Passed)} of {Tests.Count()} tests passed, {Coverage.Covered} of {Coverage.Rules.Length} rules covered, {Invariants.Count(invariant => invariant.Passed)} of {Invariants.Count()} invariants hold, {Elapsed.TotalMilliseconds:F0} ms");
}
