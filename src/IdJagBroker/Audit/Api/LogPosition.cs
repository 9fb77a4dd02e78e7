namespace IdJagBroker.Audit.Api;

/// <summary>Between two events: just past one of them. Both parts grow together.</summary>
/// <param name="RecordedAt">When that event was recorded.</param>
/// <param name="Seq">Its number.</param>
internal readonly record struct LogPosition(DateTimeOffset RecordedAt, long Seq)
{
    /// <summary>Before the first event.</summary>
    public static readonly LogPosition Beginning = new(DateTimeOffset.UnixEpoch, -1);
}

/// <summary>How far the log goes: what is read is bounded by it, so that pages of one reading see one log.</summary>
/// <param name="Size">How many events.</param>
/// <param name="RecordedAt">When the newest of them was recorded.</param>
internal readonly record struct LogEnd(long Size, DateTimeOffset RecordedAt)
{
    /// <summary>Just past the newest event.</summary>
    public LogPosition Position => Size is 0 ? LogPosition.Beginning : new(RecordedAt, Size - 1);
}

/// <summary>Which part of the log, in which order.</summary>
/// <param name="Newest">Newest first.</param>
/// <param name="After">What was read already, in that order; null: nothing.</param>
/// <param name="Size">Only events before that number.</param>
/// <param name="Limit">The most events.</param>
internal sealed record LogSlice(bool Newest, LogPosition? After, long Size, int Limit);

/// <summary>An event as it is passed on.</summary>
/// <param name="Line">The very bytes that are hashed.</param>
internal readonly record struct EventRow(long Seq, DateTimeOffset RecordedAt, string Type, ReadOnlyMemory<byte> Line)
{
    public LogPosition Position => new(RecordedAt, Seq);
}
