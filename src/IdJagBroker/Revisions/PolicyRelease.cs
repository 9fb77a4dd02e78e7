namespace IdJagBroker.Revisions;

/// <summary>How far a release came.</summary>
internal enum ReleaseState
{
    /// <summary>Waits for somebody else than its author.</summary>
    Pending,

    /// <summary>Decides.</summary>
    Active,

    /// <summary>Decided, until another was published.</summary>
    Superseded,

    /// <summary>Decided, until an earlier revision was taken back.</summary>
    RolledBack,

    /// <summary>Was not approved, and never decided.</summary>
    Rejected,
}

/// <summary>A revision that somebody wants to decide, or wanted. Numbers have no gaps; what is done is never changed.</summary>
/// <param name="Number">From 1.</param>
/// <param name="IsRollback">Whether it takes an earlier revision back.</param>
/// <param name="State">How far it came.</param>
/// <param name="Revision">What decides by it.</param>
/// <param name="Base">The release that decided when it was made: it may follow no other, or a change in between would be lost. 0: none.</param>
/// <param name="Author">The administrator's alias.</param>
/// <param name="PublishedAt">When it was made.</param>
internal sealed record PolicyRelease(long Number, bool IsRollback, ReleaseState State, string Revision, long Base, string Author, DateTimeOffset PublishedAt)
{
    /// <summary>Why, in the author's words.</summary>
    public string? Comment { get; init; }

    public string? Ticket { get; init; }

    /// <summary>Null too where no approval is asked for.</summary>
    public string? Approver { get; init; }

    public DateTimeOffset? ApprovedAt { get; init; }

    public string? RejectedBy { get; init; }

    public DateTimeOffset? RejectedAt { get; init; }

    /// <summary>Why not.</summary>
    public string? Rejection { get; init; }

    /// <summary>See <see cref="ReleaseSignature"/>; null until it was approved.</summary>
    public string? Signature { get; init; }

    /// <summary>The entity tag: of what an approver has looked at, so also of the revision.</summary>
    public string Tag => FormattableString.Invariant($"\"{Number}-{State.Word()}-{Revision["sha256:".Length..][..16]}\"");
}

/// <summary>The words for states and kinds, in the database, the API and the log.</summary>
internal static class ReleaseWords
{
    private static readonly Dictionary<string, ReleaseState> States = Enum.GetValues<ReleaseState>().ToDictionary(Word, StringComparer.Ordinal);

    public static string Word(this ReleaseState state) => state is ReleaseState.RolledBack ? "rolled-back" : state.ToString().ToLowerInvariant();

    /// <exception cref="KeyNotFoundException">There is no such state.</exception>
    public static ReleaseState State(string word) => States[word];

    public static string Kind(bool isRollback) => isRollback ? "rollback" : "publish";
}
