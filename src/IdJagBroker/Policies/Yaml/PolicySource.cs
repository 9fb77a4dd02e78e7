namespace IdJagBroker.Policies.Yaml;

/// <summary>The text of one file, with line ends as LF and without a byte order mark.</summary>
/// <param name="name">Relative to the policies' directory, with <c>/</c>.</param>
/// <param name="displayName">As the author knows it; what diagnostics say.</param>
/// <param name="text">The content.</param>
internal sealed class PolicySource(string name, string displayName, string text)
{
    /// <summary>The most bytes read of one file.</summary>
    public const int MaxBytes = 1024 * 1024;

    private string[]? _lines;

    public string Name { get; } = name;

    public string DisplayName { get; } = displayName;

    public string Text { get; } = text;

    /// <summary>Whether it is a file of test cases by its name, or by its folder's, and so no part of the policy.</summary>
    public bool IsNamedAsTest => Path.GetFileNameWithoutExtension(Name).EndsWith("_test", StringComparison.Ordinal) || $"/{Name}".Contains("/tests/", StringComparison.Ordinal);

    /// <summary>A line, from 1, or null if there is none.</summary>
    public string? Line(int number)
    {
        var lines = _lines ??= Text.Split('\n');
        return number >= 1 && number <= lines.Length ? lines[number - 1] : null;
    }

    public SourceSpan Span(int line, int column, int length) => new(this, line, column, length);
}

/// <summary>A place in a file: line and column from 1, the length in characters on that line.</summary>
internal readonly record struct SourceSpan(PolicySource Source, int Line, int Column, int Length);
