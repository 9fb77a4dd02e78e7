namespace IdJagBroker.McpAuthorization.Tests.Support;

/// <summary>A clock that stands until it is told to move.</summary>
public sealed class ManualClock : TimeProvider
{
    public static readonly DateTimeOffset T0 = DateTimeOffset.FromUnixTimeSeconds(1_795_165_200);   // 2026-11-20T09:00:00Z

    private long _ticks = T0.UtcTicks;

    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref _ticks), TimeSpan.Zero);

    public void Advance(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);
}
