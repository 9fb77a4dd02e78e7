using System.Buffers;

namespace IdJagBroker.Audit;

/// <summary>An event that was offered, and whoever waits for it. Continuations run elsewhere, or the writer would run the callers' requests.</summary>
/// <param name="auditEvent">What happened.</param>
/// <param name="keys">What it uses up.</param>
/// <param name="keysDecide">Whether a key used before keeps the event from being written.</param>
/// <param name="offeredAt">When, by the clock's timestamp.</param>
internal sealed class WaitingEvent(AuditEvent auditEvent, IReadOnlyList<ReplayKey> keys, bool keysDecide, long offeredAt)
    : TaskCompletionSource<Recorded>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    private (byte[]? Rented, int Length) _line = EventLine.Rent(auditEvent);

    public AuditEvent Event { get; } = auditEvent;

    /// <summary>The event as it is written; made by the caller's thread, which the writer's has no time for.</summary>
    /// <exception cref="ArgumentException">It holds what cannot be written.</exception>
    public ReadOnlyMemory<byte> Line => _line.Rented.AsMemory(0, _line.Length);

    public IReadOnlyList<ReplayKey> Keys { get; } = keys;

    public bool KeysDecide { get; } = keysDecide;

    public long OfferedAt { get; } = offeredAt;

    /// <summary>Whether somebody acts on it, so that it must be followed by what became of it if they had given up.</summary>
    public bool IsActedOn { get; init; }

    /// <summary>Whether nobody waits for it, and it must not be lost.</summary>
    public bool IsFollowUp { get; init; }

    /// <summary>Gives the line's buffer back. For the writer, once the line is written and it will not come back to it.</summary>
    public void ReleaseLine()
    {
        if (_line.Rented is { } rented) ArrayPool<byte>.Shared.Return(rented);
        _line = default;
    }
}
