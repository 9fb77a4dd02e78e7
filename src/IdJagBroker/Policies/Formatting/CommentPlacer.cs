namespace IdJagBroker.Policies.Formatting;

/// <summary>
/// Gives each comment to what it is about: at the end of a line, to what ends there; on a line of its own, to what follows; and after the last entry
/// of a block, to the deepest block that it is indented like.
/// </summary>
internal sealed class CommentPlacer
{
    private readonly IReadOnlyList<Trivia> _trivia;
    private int _next;
    private LayoutEntry? _last;
    private int _lastLine;

    private CommentPlacer(IReadOnlyList<Trivia> trivia) => _trivia = trivia;

    /// <summary>Places all; what follows the last document is given back.</summary>
    public static List<Trivia> Place(IReadOnlyList<LayoutDocument> documents, IReadOnlyList<Trivia> trivia)
    {
        var placer = new CommentPlacer(trivia);
        for (var i = 0; i < documents.Count; i++)
        {
            if (documents[i].IsExplicit) placer.Take(documents[i].Start, documents[i].Before);
            placer._last = null;
            placer.Place(documents[i].Root, 0, i + 1 < documents.Count ? (documents[i + 1].Start, 1) : (int.MaxValue, 0));
        }
        var rest = new List<Trivia>();
        placer.Take(int.MaxValue, rest);
        return rest;
    }

    private void Place(LayoutCollection collection, int parentColumn, (int Index, int Column) after)
    {
        for (var i = 0; i < collection.Entries.Count; i++)
        {
            var entry = collection.Entries[i];
            Take(entry.Start, entry.Before);
            if (entry.Block is { } block)
            {
                // A list's dash has no line of its own: what belongs to the first entry below it stands before the dash.
                (_last, _lastLine) = (entry.Key is null ? null : entry, entry.Key?.EndLine ?? 0);
                Place(block, collection.Column, i + 1 < collection.Entries.Count ? (collection.Entries[i + 1].Start, collection.Column) : after);
                if (entry.Key is null) Hoist(entry);
            }
            else
            {
                PlaceOnOneLine(entry);
            }
        }
        if (collection.IsFlow)
        {
            Take(collection.End, collection.Tail);
            if (collection.Tail.Count is 0) _lastLine = collection.EndLine;       // after the bracket
        }
        else
        {
            TakeTail(collection, parentColumn, after);
        }
    }

    /// <summary>Moves what stands before the first entry under a dash to before the dash.</summary>
    public static void Hoist(LayoutEntry item)
    {
        if (item.Block is not { Entries: [var first, ..] }) return;
        item.Before.AddRange(first.Before);
        first.Before.Clear();
    }

    private void PlaceOnOneLine(LayoutEntry entry)
    {
        _last = null;
        Take(entry.Value.Start, entry.Before);
        (_last, _lastLine) = (entry, entry.Value.EndLine);
        if (entry.Value is LayoutScalar { IsBlock: true } text)
        {
            _lastLine = text.StartLine;
            if (_next < _trivia.Count && _trivia[_next].Line == text.StartLine) AttachAtLineEnd();
            _last = null;
        }
        else
        {
            Take(entry.Value.End, entry.Before);        // in an empty pair of brackets
        }
    }

    private void Take(int until, List<Trivia> target)
    {
        if (_next < _trivia.Count && _trivia[_next].Index < until) AttachAtLineEnd();
        while (_next < _trivia.Count && _trivia[_next].Index < until)
        {
            target.Add(_trivia[_next++]);
            _last = null;
        }
    }

    private void AttachAtLineEnd()
    {
        var comment = _trivia[_next];
        if (comment.IsOwnLine || _last is not { Comment: null } || comment.Line != _lastLine) return;
        _last.Comment = comment.Text;
        _last = null;
        _next++;
    }

    private void TakeTail(LayoutCollection block, int parentColumn, (int Index, int Column) after)
    {
        if (_next < _trivia.Count && _trivia[_next].Index < after.Index) AttachAtLineEnd();
        var end = _next;
        for (var i = _next; i < _trivia.Count && _trivia[i].Index < after.Index; i++)
        {
            if (_trivia[i].Text is null) continue;
            if (_trivia[i].Column <= after.Column || _trivia[i].Column < block.Column || _trivia[i].Column <= parentColumn) break;
            end = i + 1;
        }
        while (_next < end)
        {
            block.Tail.Add(_trivia[_next++]);
            _last = null;
        }
    }
}
