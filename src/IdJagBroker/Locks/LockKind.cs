namespace IdJagBroker.Locks;

/// <summary>What a lock stops.</summary>
internal enum LockKind
{
    /// <summary>A person, through whichever client; named by the random key of the log.</summary>
    Subject,

    /// <summary>A client, for whomever; named by its alias, or one document of a host whose documents are one client by that document's address.</summary>
    Client,

    /// <summary>An authorization server; named by its issuer.</summary>
    Audience,

    /// <summary>An MCP server; named by its URI.</summary>
    Resource,

    /// <summary>A signing key; named by its <c>kid</c>.</summary>
    Key,

    /// <summary>Every ID-JAG. Has no name.</summary>
    Everything,
}

/// <summary>The words for them in the database, the API and the log.</summary>
internal static class LockWords
{
    private static readonly Dictionary<string, LockKind> Kinds = Enum.GetValues<LockKind>().ToDictionary(Word);

    /// <summary>The words that somebody may type.</summary>
    public static string All { get; } = string.Join(", ", Kinds.Keys);

    public static string Word(this LockKind kind) => kind.ToString().ToLowerInvariant();

    /// <exception cref="KeyNotFoundException">There is no such kind.</exception>
    public static LockKind Kind(string word) => Kinds[word];

    /// <summary>The same of what somebody typed.</summary>
    public static bool TryKind(string word, out LockKind kind) => Kinds.TryGetValue(word, out kind);
}
