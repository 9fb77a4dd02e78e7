using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace IdJagBroker.Policies.Yaml;

/// <summary>Diagnostics as a person at a terminal sees them: the place, the code, the sentence, the line and a caret under the fault.</summary>
internal static class PolicyDiagnosticText
{
    private const int MaxLineChars = 160;

    private static readonly FrozenDictionary<PolicyDiagnosticCode, string> Codes =
        Enum.GetValues<PolicyDiagnosticCode>().ToFrozenDictionary(code => code, code => Snake(code.ToString()));

    /// <summary>The code as it is written, such as <c>SCOPE_UNKNOWN</c>.</summary>
    public static string Text(this PolicyDiagnosticCode code) => Codes[code];

    /// <summary>All of them, each with a line end.</summary>
    public static string Render(IEnumerable<PolicyDiagnostic> diagnostics) =>
        string.Concat(diagnostics.Select(diagnostic => Render(diagnostic) + "\n"));

    /// <summary>One, without a line end after it.</summary>
    public static string Render(PolicyDiagnostic diagnostic)
    {
        var severity = diagnostic.Severity is PolicySeverity.Error ? "error" : "warning";
        var place = diagnostic.Line is 0 ? diagnostic.File
            : string.Create(CultureInfo.InvariantCulture, $"{diagnostic.File}:{diagnostic.Line}:{diagnostic.Column}");
        var head = $"{place} {severity} {diagnostic.Code.Text()}  {diagnostic.Message}";
        return diagnostic.SourceLine is { } line ? head + "\n" + Excerpt(diagnostic, line) : head;
    }

    private static string Excerpt(PolicyDiagnostic diagnostic, string line)
    {
        var start = line.Length <= MaxLineChars ? 0 : Math.Clamp(diagnostic.Column - 1 - (MaxLineChars / 2), 0, line.Length - MaxLineChars);
        var shown = line.AsSpan(start, Math.Min(line.Length, MaxLineChars));
        var margin = string.Create(CultureInfo.InvariantCulture, $"{diagnostic.Line,6} | ");
        var column = Math.Clamp(diagnostic.Column - 1 - start, 0, shown.Length);
        var length = Math.Clamp(diagnostic.Length, 1, Math.Max(1, shown.Length - column));
        return $"{margin}{Printable(shown).TrimEnd()}\n{new string(' ', margin.Length + column)}^{new string('~', length - 1)}";
    }

    // A tab would move the caret, and a control character could steer the terminal of whoever reads this.
    private static string Printable(ReadOnlySpan<char> text)
    {
        var printable = new StringBuilder(text.Length);
        foreach (var c in text) printable.Append(c is '\t' ? ' ' : YamlText.IsForbidden(c) ? '\ufffd' : c);
        return printable.ToString();
    }

    private static string Snake(string name)
    {
        var snake = new StringBuilder();
        foreach (var c in name)
        {
            if (char.IsAsciiLetterUpper(c) && snake.Length > 0) snake.Append('_');
            snake.Append(char.ToUpperInvariant(c));
        }
        return snake.ToString();
    }
}
