namespace IdJagBroker.Tests.Keys.KeyVault;

/// <summary>The machine's time, and what a test adds.</summary>
internal sealed class ShiftedTime : TimeProvider
{
    public TimeSpan Shift { get; set; }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Shift;
}
