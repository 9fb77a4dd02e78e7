namespace IdJagBroker.Policies.Yaml;

/// <summary>
/// What a file must not contain even where YAML allows it: whatever makes a reviewer see something else than the parser does. NUL
/// (ends the text for some readers), line ends that only YAML 1.1 knows, controls that reorder text, directives, tabs as indentation.
/// </summary>
internal static class YamlText
{
    /// <summary>Reports each line at fault once; false if there is any.</summary>
    public static bool Check(PolicySource source, PolicyDiagnostics problems)
    {
        var clean = true;
        var number = 0;
        foreach (var range in source.Text.AsSpan().Split('\n'))
        {
            number++;
            var line = source.Text.AsSpan()[range];
            clean &= CheckCharacters(source, line, number, problems) && CheckStart(source, line, number, problems);
        }
        return clean;
    }

    private static bool CheckCharacters(PolicySource source, ReadOnlySpan<char> line, int number, PolicyDiagnostics problems)
    {
        for (var i = 0; i < line.Length; i++)
        {
            if (!IsForbidden(line[i])) continue;
            problems.Error(source.Span(number, i + 1, 1), PolicyDiagnosticCode.CharacterForbidden,
                $"the character U+{(int)line[i]:X4} is not allowed");
            return false;
        }
        return true;
    }

    private static bool CheckStart(PolicySource source, ReadOnlySpan<char> line, int number, PolicyDiagnostics problems)
    {
        if (line.StartsWith("%"))
        {
            problems.Error(source.Span(number, 1, line.TrimEnd().Length), PolicyDiagnosticCode.YamlDirective, "directives are not allowed");
            return false;
        }
        var content = line.TrimStart(" \t");
        var tab = line[..^content.Length].IndexOf('\t');
        if (tab < 0 || content.IsEmpty || content[0] is '#') return true;
        problems.Error(source.Span(number, tab + 1, 1), PolicyDiagnosticCode.CharacterForbidden, "a tab is not allowed as indentation; use spaces");
        return false;
    }

    /// <summary>Control characters but tab, line ends other than LF, zero-width and bidirectional controls, and non-characters.</summary>
    public static bool IsForbidden(char c) => c is < ' ' and not '\t' or >= '\x7f' and <= '\x9f'
        or '\u061c' or >= '\u200b' and <= '\u200f' or >= '\u2028' and <= '\u202e' or >= '\u2060' and <= '\u206f' or '\ufeff' or >= '\ufff9';
}
