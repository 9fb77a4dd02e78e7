using System.Text;

namespace IdJagBroker.Policies.Yaml;

/// <summary>
/// Collects what is wrong: of each file at most <see cref="MaxPerFile"/> errors and as many warnings, so that a hostile file stays cheap.
/// </summary>
internal sealed class PolicyDiagnostics
{
    /// <summary>After these, one more says that there are more.</summary>
    public const int MaxPerFile = 100;

    private readonly List<PolicyDiagnostic> _found = [];
    private readonly Dictionary<(string File, PolicySeverity Severity), int> _counts = [];

    /// <summary>Told of each mapping that was read to its end, and of all fields that its reader knows: the measure of the JSON Schema.</summary>
    public Action<SourceSpan, IReadOnlyCollection<string>>? FieldsRead { get; init; }

    /// <summary>Whether there is any error, listed or not.</summary>
    public bool HasErrors => Errors > 0;

    /// <summary>How many errors there are, listed or not.</summary>
    public int Errors { get; private set; }

    /// <summary>In the order of file, line, column and code.</summary>
    public IReadOnlyList<PolicyDiagnostic> Sorted() => Sorted(_found);

    /// <inheritdoc cref="Sorted()"/>
    public static IReadOnlyList<PolicyDiagnostic> Sorted(IEnumerable<PolicyDiagnostic> found) =>
    [
        .. found.OrderBy(problem => problem.File, StringComparer.Ordinal).ThenBy(problem => problem.Line).ThenBy(problem => problem.Column)
            .ThenBy(problem => problem.Code).ThenBy(problem => problem.Message, StringComparer.Ordinal),
    ];

    public void Error(SourceSpan at, PolicyDiagnosticCode code, string message) => Add(PolicySeverity.Error, code, at, message);

    /// <summary>An error whose line is not shown, because it may hold a secret.</summary>
    public void ErrorWithoutSource(SourceSpan at, PolicyDiagnosticCode code, string message) =>
        Add(PolicySeverity.Error, code, at, message, showLine: false);

    public void Warning(SourceSpan at, PolicyDiagnosticCode code, string message) => Add(PolicySeverity.Warning, code, at, message);

    /// <summary>An error about a whole file, or the directory.</summary>
    public void Error(string displayName, PolicyDiagnosticCode code, string message)
    {
        Errors++;
        _found.Add(new PolicyDiagnostic(PolicySeverity.Error, code, displayName, 0, 0, 0, message, null));
    }

    /// <summary>A word that is not among those known, with the nearest of them.</summary>
    public void Unknown(SourceSpan at, PolicyDiagnosticCode code, string word, string what, IEnumerable<string> known)
    {
        var isListed = _counts.GetValueOrDefault((at.Source.DisplayName, PolicySeverity.Error)) < MaxPerFile;
        var hint = isListed && Spelling.Nearest(word, known) is { } nearest ? $" (did you mean '{nearest}'?)" : "";
        Error(at, code, $"{Quote(word)} {what}{hint}");
    }

    /// <summary>A value from a file, safe to print: short, and without characters that steer a terminal.</summary>
    public static string Quote(string value)
    {
        var text = new StringBuilder("'");
        foreach (var c in value.Length <= 80 ? value : value.AsSpan(0, 79)) text.Append(YamlText.IsForbidden(c) || c is '\t' ? '\ufffd' : c);
        return text.Append(value.Length <= 80 ? "'" : "…'").ToString();
    }

    private void Add(PolicySeverity severity, PolicyDiagnosticCode code, SourceSpan at, string message, bool showLine = true)
    {
        if (severity is PolicySeverity.Error) Errors++;
        var key = (at.Source.DisplayName, severity);
        var count = _counts[key] = _counts.GetValueOrDefault(key) + 1;
        if (count > MaxPerFile + 1) return;
        if (count > MaxPerFile) (code, message) = (PolicyDiagnosticCode.TooManyProblems, "there are more; they are not listed");
        var line = showLine ? at.Source.Line(at.Line) : null;
        _found.Add(new PolicyDiagnostic(severity, code, at.Source.DisplayName, at.Line, at.Column, at.Length, message, line));
    }
}
