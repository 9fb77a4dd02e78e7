using System.Text;

namespace IdJagBroker.Benchmarks.Policies;

/// <summary>Makes an input from good files: changed bytes, lines, tokens and words, deep nests, odd letters, or a whole document along the schema.</summary>
internal sealed class PolicyMutation(Random random, IReadOnlyList<string> files)
{
    private static readonly string[] Tokens =
    [
        "&a ", "*a", "!!str ", "!x ", "%YAML 1.1\n", "\n---\n", "\n...\n", "{", "}", "[", "]", ": ", ":", "- ", "? ", "|\n", ">-\n", "|+2\n", "'", "\"", "# ", "#", "<<: *a\n", ", ", "~", "\t", "\r\n", "\r",
        "\n\n\n", "\\", "\"\\u0000\"", "\"\\UFFFFFFFF\"", "\"\\x", "@", "`", "=", "  ", "\n ", "? {a: b}\n", "- - - ", "{a: {b: [", "]]}",
    ];

    private static readonly string[] Letters =
        ["\u0000", "\u0007", "\u001b[2J", "\u0085", "\u00a0", "\u2028", "\u202e", "\u200b", "\ufeff", "\ufffe", "é", "e\u0301", "ı", "漢字", "😀", "\U0010ffff", "ﬁ", "\u3000"];

    /// <summary>An input, and the kind of what it was made from.</summary>
    public (byte[] Bytes, string Kind) Next()
    {
        var which = random.Next(files.Count);
        var isGenerated = random.Next(4) is 0;
        var (start, kind) = isGenerated ? new PolicyDocumentMaker(random).Next() : (Part(files[which]), KindOf(files[which]));
        var text = new StringBuilder(start);
        if (random.Next(40) is 0) text.Append("\n---\n").Append(files[random.Next(files.Count)]);
        for (var change = random.Next(isGenerated ? 3 : 7); change > 0 && text.Length > 1; change--) Change(text);
        var bytes = Encoding.UTF8.GetBytes(text.ToString());
        for (var change = random.Next(8) is 0 ? random.Next(1, 4) : 0; change > 0 && bytes.Length > 0; change--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        return (bytes, kind);
    }

    // Some of its rules or tests: a mutation finds the same in a short file, sooner.
    private string Part(string file)
    {
        if (random.Next(4) is 0) return file;
        string[] items = file.Split("\n  - ");
        return items.Length is 1 ? file : string.Join("\n  - ", items.Where((_, i) => i is 0 || random.Next(4) is 0)) + "\n";
    }

    /// <summary>The kind of a good file.</summary>
    public static string KindOf(string file) => file.Contains("kind: Catalog\n", StringComparison.Ordinal) ? "Catalog" : file.Contains("kind: Tests\n", StringComparison.Ordinal) ? "Tests" : "Policy";

    private void Change(StringBuilder text)
    {
        var at = random.Next(text.Length);
        switch (random.Next(12))
        {
            case 0: text.Remove(at, Math.Min(random.Next(1, 40), text.Length - at)); break;
            case 1: text.Insert(at, Pick(Tokens)); break;
            case 2: text.Insert(at, Pick(Letters)); break;
            case 3: text[at] = (char)random.Next(32, 127); break;
            case 4 or 5 or 6: ReplaceWord(text, at); break;
            case 7: text.Insert(at, Nest()); break;
            case 8: text.Insert(at, string.Concat(Enumerable.Repeat(Pick(Tokens), random.Next(1, 200)))); break;
            default: ChangeLines(text); break;
        }
    }

    private void ReplaceWord(StringBuilder text, int at)
    {
        var (start, end) = (at, at);
        while (start > 0 && IsWord(text[start - 1])) start--;
        while (end < text.Length && IsWord(text[end])) end++;
        text.Remove(start, end - start).Insert(start, Pick(PolicyDocumentMaker.Words));
    }

    private string Nest()
    {
        var (open, close) = random.Next(4) switch { 0 => ("[", "]"), 1 => ("{a: ", "}"), 2 => ("- ", ""), _ => ("\n ", "") };
        var depth = random.Next(1, random.Next(20) is 0 ? 5000 : 60);
        return string.Concat(Enumerable.Repeat(open, depth)) + "x" + (random.Next(3) is 0 ? "" : string.Concat(Enumerable.Repeat(close, depth)));
    }

    private void ChangeLines(StringBuilder text)
    {
        var lines = text.ToString().Split('\n').ToList();
        var at = random.Next(lines.Count);
        switch (random.Next(7))
        {
            case 0: lines.RemoveAt(at); break;
            case 1: lines.Insert(at, lines[random.Next(lines.Count)]); break;
            case 2: (lines[at], lines[^1]) = (lines[^1], lines[at]); break;
            case 3: lines[at] = new string(' ', random.Next(1, 8)) + lines[at]; break;
            case 4: lines[at] = lines[at].TrimStart(' '); break;
            case 5: lines[at] += random.Next(2) is 0 ? "   # note" : "  "; break;
            default:
                var others = Pick(files).Split('\n');
                lines.InsertRange(at, others.Skip(random.Next(others.Length)).Take(random.Next(1, 9)));
                break;
        }
        text.Clear().Append(string.Join('\n', lines));
    }

    private T Pick<T>(IReadOnlyList<T> from) => from[random.Next(from.Count)];

    private static bool IsWord(char c) => char.IsLetterOrDigit(c) || c is '_' or '-' or '.' or ':' or '@';
}
