namespace IdJagBroker.EndToEndTests.Rotation;

/// <summary>The time of a drill: all who take part read it, at once, while it is moved on.</summary>
internal sealed class DrillClock : TimeProvider
{
    private long _ticks = System.GetUtcNow().UtcTicks;

    public void Advance(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);

    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref _ticks), TimeSpan.Zero);
}
