namespace IdJagBroker.Policies.Formatting;

/// <summary>Finds the comments and the empty lines of a text: whatever begins with <c>#</c> outside its scalars.</summary>
internal static class TriviaReader
{
    /// <param name="text">Of a file that is YAML.</param>
    /// <param name="scalars">All of them, in their order.</param>
    public static List<Trivia> Read(string text, IReadOnlyList<LayoutScalar> scalars)
    {
        var found = new List<Trivia>();
        var (line, lineStart, next) = (1, 0, 0);
        while (lineStart < text.Length)
        {
            var lineEnd = text.IndexOf('\n', lineStart) is >= 0 and var at ? at : text.Length;
            var (i, isEmpty) = (lineStart, true);
            for (; i < lineEnd; i++)
            {
                while (next < scalars.Count && (scalars[next].End <= i || scalars[next].End == scalars[next].Start)) next++;
                if (next < scalars.Count && i >= scalars[next].Start)
                {
                    isEmpty = false;
                    if (scalars[next] is { IsBlock: true } block && line == block.StartLine)
                    {
                        // Its header can have a comment; all below is text.
                        if (text.AsSpan(i, lineEnd - i).IndexOf(" #") is >= 0 and var hash) found.Add(Comment(text, i + hash + 1, lineEnd, line, lineStart, isOwnLine: false));
                        break;
                    }
                    i = Math.Min(scalars[next].End, lineEnd) - 1;
                }
                else if (text[i] is '#')
                {
                    found.Add(Comment(text, i, lineEnd, line, lineStart, isEmpty));
                    isEmpty = false;
                    break;
                }
                else if (text[i] is not (' ' or '\t'))
                {
                    isEmpty = false;
                }
            }
            if (isEmpty && !IsInside(scalars, next, lineStart)) found.Add(new Trivia(lineStart, line, 1, null, IsOwnLine: true));
            (lineStart, line) = (lineEnd + 1, line + 1);
        }
        return found;
    }

    private static bool IsInside(IReadOnlyList<LayoutScalar> scalars, int next, int at) => next < scalars.Count && scalars[next].Start < at && at < scalars[next].End;

    private static Trivia Comment(string text, int start, int lineEnd, int line, int lineStart, bool isOwnLine) =>
        new(start, line, start - lineStart + 1, text[start..lineEnd].TrimEnd(), isOwnLine);
}
