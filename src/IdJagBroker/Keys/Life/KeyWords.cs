namespace IdJagBroker.Keys.Life;

/// <summary>The words for purposes, states and requests in the database, the API and the log: each enum in snake case.</summary>
internal static class KeyWords
{
    private static readonly Dictionary<string, KeyPurpose> PurposesByWord = Enum.GetValues<KeyPurpose>().ToDictionary(Word);
    private static readonly Dictionary<string, KeyState> States = Enum.GetValues<KeyState>().ToDictionary(Word);
    private static readonly Dictionary<string, RotationRequest> Rotations = Enum.GetValues<RotationRequest>().ToDictionary(Word);

    public static string Word(this KeyPurpose purpose) => Snake(purpose.ToString());

    public static string Word(this KeyState state) => Snake(state.ToString());

    public static string Word(this RotationRequest request) => Snake(request.ToString());

    /// <exception cref="KeyNotFoundException">There is no such purpose.</exception>
    public static KeyPurpose Purpose(string word) => PurposesByWord[word];

    /// <summary>The same of what somebody typed.</summary>
    public static bool TryPurpose(string word, out KeyPurpose purpose) => PurposesByWord.TryGetValue(word, out purpose);

    /// <summary>All of them.</summary>
    public static string[] Purposes { get; } = [.. PurposesByWord.Keys];

    /// <summary>The words that somebody may type.</summary>
    public static string AllPurposes { get; } = string.Join(", ", Purposes);

    /// <inheritdoc cref="AllPurposes"/>
    public static string AllStates { get; } = string.Join(", ", States.Keys);

    /// <inheritdoc cref="TryPurpose"/>
    public static bool TryState(string word, out KeyState state) => States.TryGetValue(word, out state);

    /// <exception cref="KeyNotFoundException">There is no such state.</exception>
    public static KeyState State(string word) => States[word];

    /// <exception cref="KeyNotFoundException">There is no such request.</exception>
    public static RotationRequest Rotation(string word) => Rotations[word];

    private static string Snake(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) ? (i > 0 ? "_" : "") + char.ToLowerInvariant(c) : c.ToString()));
}
