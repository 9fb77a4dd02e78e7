using Azure;

namespace IdJagBroker.Keys.KeyVault;

/// <summary>
/// What the vault's clock says against ours. Key Vault's is right; if ours is not, tokens are born expired, or live too long.
/// </summary>
internal sealed partial class VaultClock(TimeProvider time, ILogger log)
{
    private static readonly TimeSpan Tolerated = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan SaidAgainAfter = TimeSpan.FromHours(1);

    private readonly Lock _lock = new();
    private TimeSpan? _skew;
    private DateTimeOffset _nextWarning;

    /// <summary>The vault's clock less ours, from its last answer, to a second or so; null before any answer.</summary>
    public TimeSpan? Skew
    {
        get
        {
            lock (_lock) return _skew;
        }
    }

    public void Observe(Response response)
    {
        if (response.Headers.Date is not { } date) return;
        var now = time.GetUtcNow();
        var skew = date - now;
        lock (_lock)
        {
            _skew = skew;
            if (skew.Duration() <= Tolerated)
            {
                _nextWarning = default;
                return;
            }
            if (now < _nextWarning) return;
            _nextWarning = now + SaidAgainAfter;
        }
        Skewed(log, (int)skew.TotalSeconds);
    }

    [LoggerMessage(1801, LogLevel.Warning, "The vault's clock is {Seconds} s ahead of this machine's (behind, if negative): check this machine's clock")]
    private static partial void Skewed(ILogger logger, int seconds);
}
