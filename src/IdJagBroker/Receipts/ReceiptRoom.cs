namespace IdJagBroker.Receipts;

/// <summary>How many batches are worked on at a time: a batch is many events, and the way into the log is the token path's too.</summary>
internal sealed class ReceiptRoom : IDisposable
{
    /// <summary>How many.</summary>
    public const int Places = 4;

    /// <summary>How long a batch waits for its turn.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _places = new(Places);

    /// <summary>A place until it is disposed of; null if none was free in time.</summary>
    public async Task<IDisposable?> TakeAsync(CancellationToken ct) => await _places.WaitAsync(Patience, ct) ? new Place(_places) : null;

    public void Dispose() => _places.Dispose();

    private sealed class Place(SemaphoreSlim places) : IDisposable
    {
        public void Dispose() => places.Release();
    }
}
