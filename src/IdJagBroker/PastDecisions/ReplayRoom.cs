using IdJagBroker.Hosting;

namespace IdJagBroker.PastDecisions;

/// <summary>One replay at a time on each broker: it reads the log from end to end, and tokens come first.</summary>
internal sealed class ReplayRoom : IDisposable
{
    /// <summary>What the second one hears.</summary>
    public static readonly Problem Full = new(StatusCodes.Status429TooManyRequests, "replay-running", "A replay is running already; try again when it is done.");

    private readonly SemaphoreSlim _one = new(1, 1);

    /// <summary>The place, to be given back; null if somebody has it.</summary>
    public IDisposable? TryTake() => _one.Wait(0) ? new Place(_one) : null;

    public void Dispose() => _one.Dispose();

    private sealed class Place(SemaphoreSlim one) : IDisposable
    {
        public void Dispose() => one.Release();
    }
}
