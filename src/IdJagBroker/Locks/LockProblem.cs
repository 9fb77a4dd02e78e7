using IdJagBroker.Hosting;

namespace IdJagBroker.Locks;

/// <summary>Why a lock cannot be set or lifted as asked.</summary>
internal static class LockProblem
{
    public static Problem NotFound { get; } = new(StatusCodes.Status404NotFound, "lock-not-found", "There is no such lock.");

    public static Problem TooMany { get; } = new(StatusCodes.Status409Conflict, "too-many-locks",
        $"{LockChange.MaxInForce} locks are in force; lift some, or lock what they have in common.");

    /// <summary>Somebody lifted it already, or its time is over.</summary>
    public static Problem NotInForce(IssuanceLock one) => new(StatusCodes.Status409Conflict, "lock-not-in-force",
        one.LiftedAt is { } at ? $"The lock was lifted at {at:u}." : $"The lock expired at {one.ExpiresAt:u}.");

    /// <summary>A lock that stopped nobody would look as if it did.</summary>
    public static Problem Unknown(string title, string? nearest = null) => new(StatusCodes.Status422UnprocessableEntity, "unknown-target", title, "/target")
    {
        Hint = nearest is null ? null : $"Did you mean '{nearest}'?",
    };
}
