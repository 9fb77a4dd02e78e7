namespace IdJagBroker.Clients.Documents;

/// <summary>
/// How often we look for documents at a host that nobody of ours has had before: whoever invents addresses there makes us ask, and the
/// host must not suffer for it. Documents that are known are refreshed past it.
/// </summary>
internal sealed class FetchBudget(TimeProvider clock)
{
    /// <summary>Fetches at once.</summary>
    public const int Burst = 10;

    /// <summary>One more after each of these.</summary>
    public static readonly TimeSpan Each = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private DateTimeOffset _spentUntil;

    public bool Take()
    {
        lock (_gate)
        {
            var now = clock.GetUtcNow();
            var from = _spentUntil > now ? _spentUntil : now;
            if (from - now > Each * (Burst - 1)) return false;
            _spentUntil = from + Each;
            return true;
        }
    }
}
