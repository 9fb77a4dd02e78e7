using System.Text;
using YamlDotNet.Core;

namespace IdJagBroker.Policies.Formatting;

/// <summary>Writes a file in the one form: two spaces for each level, lists under their key, one space after <c>:</c> and <c>,</c>.</summary>
internal sealed class LayoutWriter
{
    private const int Step = 2;

    private readonly StringBuilder _text = new();
    private bool _mayBeEmpty;

    public static string Write(IReadOnlyList<LayoutDocument> documents, IReadOnlyList<Trivia> rest)
    {
        var writer = new LayoutWriter();
        for (var i = 0; i < documents.Count; i++)
        {
            writer.Write(documents[i].Before, 0);
            if (documents[i].IsExplicit || i > 0)
            {
                writer.Line("---");
                writer._mayBeEmpty = false;
            }
            writer.Entries(documents[i].Root, 0, "");
        }
        writer.Write(rest, 0);
        return writer._text.ToString().TrimEnd('\n') + "\n";
    }

    /// <param name="indent">In characters.</param>
    /// <param name="lead">What stands before the first entry on its line: spaces, and the dashes of the lists that begin there.</param>
    private void Entries(LayoutCollection block, int indent, string lead)
    {
        foreach (var entry in block.Entries)
        {
            Write(entry.Before, indent);
            Entry(entry, indent, lead);
            lead = Spaces(indent);
        }
        Write(block.Tail, indent);
    }

    private void Entry(LayoutEntry entry, int indent, string lead)
    {
        var head = lead + (entry.Key is { } key ? key.Raw + ":" : "-");
        if (entry.Block is { } block)
        {
            if (entry.Key is not null) Line(head + Comment(entry));
            Entries(block, indent + Step, entry.Key is null ? head + " " : Spaces(indent + Step));
            return;
        }
        switch (entry.Value)
        {
            case LayoutScalar { IsBlock: true } scalar:
                BlockScalar(head, scalar, entry, indent + Step);
                break;
            case LayoutScalar scalar when scalar.Raw.Contains('\n', StringComparison.Ordinal):
                var lines = scalar.Raw.Split('\n');
                Line($"{head} {lines[0].TrimEnd()}");
                for (var i = 1; i < lines.Length; i++) Line(lines[i].Trim() is { Length: > 0 } line ? Spaces(indent + Step) + line + (i + 1 == lines.Length ? Comment(entry) : "") : "");
                break;
            default:
                var value = Inline(entry.Value);
                Line(head + (value.Length is 0 ? "" : " " + value) + Comment(entry));
                break;
        }
    }

    private void BlockScalar(string head, LayoutScalar scalar, LayoutEntry entry, int indent)
    {
        var lines = scalar.Raw.Split('\n').ToList();
        Line($"{head} {lines[0].Split(' ')[0]}{Comment(entry)}");
        lines.RemoveAt(0);
        var own = lines.Find(line => !string.IsNullOrWhiteSpace(line)) is { } first ? first.Length - first.TrimStart(' ').Length : 0;
        foreach (var line in lines) Line(line.Length > own ? Spaces(indent) + line[own..] : "");
    }

    private static string Inline(LayoutNode node) => node switch
    {
        LayoutScalar scalar => scalar.Raw,
        LayoutCollection { IsMap: true } map => $"{{{string.Join(", ", map.Entries.Select(entry => Inline(entry.Value) is { Length: > 0 } value ? $"{entry.Key!.Raw}: {value}" : entry.Key!.Raw))}}}",
        LayoutCollection list => $"[{string.Join(", ", list.Entries.Select(entry => Inline(entry.Value)))}]",
        _ => throw new ArgumentOutOfRangeException(nameof(node)),
    };

    private void Write(IEnumerable<Trivia> trivia, int indent)
    {
        foreach (var one in trivia)
        {
            if (one.Text is { } comment) Line(Spaces(indent) + comment);
            else if (_mayBeEmpty)
            {
                _text.Append('\n');
                _mayBeEmpty = false;
            }
        }
    }

    private static string Comment(LayoutEntry entry) => entry.Comment is { } comment ? "  " + comment : "";

    private static string Spaces(int count) => new(' ', count);

    private void Line(string line)
    {
        _text.Append(line).Append('\n');
        _mayBeEmpty = true;
    }
}
