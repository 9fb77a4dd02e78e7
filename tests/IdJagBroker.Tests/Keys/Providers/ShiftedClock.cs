namespace IdJagBroker.Tests.Keys.Providers;

/// <summary>The machine's clock, ahead by as much as a test says. It runs, and so do its timers.</summary>
internal sealed class ShiftedClock : TimeProvider
{
    public TimeSpan Ahead { get; set; }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Ahead;
}
