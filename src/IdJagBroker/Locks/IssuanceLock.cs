namespace IdJagBroker.Locks;

/// <summary>A lock: what is not issued, until when, and why. Is never deleted; a lock that is lifted says so.</summary>
internal sealed record IssuanceLock
{
    /// <summary>The longest that one holds: what is to be for longer is policy.</summary>
    public static readonly TimeSpan MaxLife = TimeSpan.FromDays(366);

    public required Guid Id { get; init; }

    public required LockKind Kind { get; init; }

    /// <summary>What is locked, as the log names it; null for everything.</summary>
    public required string? Target { get; init; }

    /// <summary>Why, in the operator's words.</summary>
    public required string Reason { get; init; }

    /// <summary>The number of a ticket elsewhere, or null.</summary>
    public string? Ticket { get; init; }

    public required DateTimeOffset SetAt { get; init; }

    /// <summary>The actor's key.</summary>
    public required string SetBy { get; init; }

    /// <summary>From then on it holds no more, whoever is away.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    public DateTimeOffset? LiftedAt { get; init; }

    public string? LiftedBy { get; init; }

    public string? LiftReason { get; init; }

    /// <summary>Set by the database at every change, and never the same again: the entity tag.</summary>
    public long Version { get; init; }

    public bool IsInForce(DateTimeOffset now) => LiftedAt is null && now < ExpiresAt;
}
