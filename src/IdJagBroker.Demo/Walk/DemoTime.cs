using IdJagBroker.Hosting;

namespace IdJagBroker.Demo.Walk;

/// <summary>Whose time it is in the demonstration: the true one, which is waited for; a test brings its own.</summary>
internal sealed record DemoTime
{
    /// <summary>The true time.</summary>
    public static readonly DemoTime True = new();

    /// <summary>The clock of everybody who takes part.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Lets time pass.</summary>
    public Func<TimeSpan, CancellationToken, Task> WaitAsync { get; init; } = Task.Delay;

    /// <summary>Makes the broker, of its configuration.</summary>
    public Func<string[], CancellationToken, Task<WebApplication>> CreateBrokerAsync { get; init; } = BrokerApplication.CreateAsync;
}
