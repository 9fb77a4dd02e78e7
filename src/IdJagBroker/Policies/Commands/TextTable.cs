using System.Text;

namespace IdJagBroker.Policies.Commands;

/// <summary>A table: for a terminal, as Markdown, or as CSV.</summary>
internal static class TextTable
{
    // What a spreadsheet would take for a formula when somebody opens the file.
    private const string FormulaStarts = "=+-@\t\r";

    public static string Of(string format, IReadOnlyList<string> head, IEnumerable<IReadOnlyList<string>> rows) => format switch
    {
        "csv" => string.Concat(rows.Prepend(head).Select(row => string.Join(',', row.Select(Csv)) + "\n")),
        "markdown" => Markdown(head) + Markdown([.. head.Select(_ => "---")]) + string.Concat(rows.Select(Markdown)),
        _ => Aligned([head, .. rows]),
    };

    private static string Markdown(IReadOnlyList<string> row) => $"| {string.Join(" | ", row.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal)))} |\n";

    private static string Csv(string cell)
    {
        var safe = cell.Length > 0 && FormulaStarts.Contains(cell[0]) ? "'" + cell : cell;
        return safe.AsSpan().IndexOfAny(",\"\n") < 0 ? safe : $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    private static string Aligned(List<IReadOnlyList<string>> rows)
    {
        var widths = rows[0].Select((_, column) => rows.Max(row => row[column].Length)).ToArray();
        var text = new StringBuilder();
        foreach (var row in rows)
        {
            var line = new StringBuilder();
            for (var column = 0; column < row.Count; column++) line.Append(row[column].PadRight(widths[column] + 2));
            text.Append(line.ToString().TrimEnd()).Append('\n');
        }
        return text.ToString();
    }
}
