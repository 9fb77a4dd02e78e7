namespace IdJagBroker.Demo.McpServer;

/// <summary>Everybody's notes, in memory and bounded: what an authorized person sends is still not trusted to end.</summary>
internal sealed class NoteBook
{
    /// <summary>The longest note, in characters.</summary>
    public const int MaxNoteChars = 2000;

    /// <summary>The most notes of one person.</summary>
    public const int MaxNotes = 100;

    /// <summary>The most people who have notes.</summary>
    public const int MaxPeople = 1000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, List<string>> _notes = new(StringComparer.Ordinal);

    /// <summary>One person's notes, oldest first.</summary>
    public IReadOnlyList<string> Of(string person)
    {
        lock (_gate) return _notes.TryGetValue(person, out var notes) ? [.. notes] : [];
    }

    /// <summary>Adds a note; returns why not, if there is no room or nothing to note.</summary>
    public string? TryAdd(string person, string text)
    {
        if (string.IsNullOrWhiteSpace(text)) return "A note needs a text.";
        if (text.Length > MaxNoteChars) return $"A note has at most {MaxNoteChars} characters.";
        lock (_gate)
        {
            if (!_notes.TryGetValue(person, out var notes))
            {
                if (_notes.Count >= MaxPeople) return "There is no room for another person.";
                _notes.Add(person, notes = []);
            }
            if (notes.Count >= MaxNotes) return $"A person has at most {MaxNotes} notes.";
            notes.Add(text);
            return null;
        }
    }

    /// <summary>Removes everybody's notes; returns how many there were.</summary>
    public int Purge()
    {
        lock (_gate)
        {
            var count = _notes.Values.Sum(notes => notes.Count);
            _notes.Clear();
            return count;
        }
    }
}
