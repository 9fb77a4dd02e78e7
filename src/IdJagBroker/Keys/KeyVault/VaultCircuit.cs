namespace IdJagBroker.Keys.KeyVault;

/// <summary>
/// Fails calls without making them, while a vault has asked for that (429) or has failed several times running. Then one call a second
/// tries, so that the vault is used again within a second or so of its return.
/// </summary>
internal sealed class VaultCircuit(TimeProvider time)
{
    private const int FailuresToOpen = 5;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private DateTimeOffset _throttledUntil;
    private DateTimeOffset _openUntil;
    private int _failures;

    /// <summary>Before a call; gives its beginning, for <see cref="Failed"/>.</summary>
    /// <exception cref="KeyVaultThrottledException">The vault's <c>Retry-After</c> lasts.</exception>
    /// <exception cref="KeyVaultUnavailableException">The vault failed, and it is another call's turn to try.</exception>
    public DateTimeOffset Enter()
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            if (now < _throttledUntil) throw new KeyVaultThrottledException(_throttledUntil - now);
            if (_failures < FailuresToOpen) return now;
            if (now < _openUntil) throw new KeyVaultUnavailableException("The vault failed several times running; it is not asked for now.", _openUntil - now);
            _openUntil = now + Pause;       // this call tries; others wait for what becomes of it
            return now;
        }
    }

    /// <summary>Whether a call would fail without being made, and until when; asks nothing and changes nothing.</summary>
    public bool IsOpen(out TimeSpan retryAfter)
    {
        lock (_lock)
        {
            var until = _failures >= FailuresToOpen && _openUntil > _throttledUntil ? _openUntil : _throttledUntil;
            retryAfter = until - time.GetUtcNow();
            return retryAfter > TimeSpan.Zero;
        }
    }

    public void Answered()
    {
        lock (_lock) _failures = 0;
    }

    // Counted from when the call began: who waited in vain for a second has paused for that long.
    public void Failed(DateTimeOffset began)
    {
        lock (_lock)
        {
            if (++_failures >= FailuresToOpen && began + Pause > _openUntil) _openUntil = began + Pause;
        }
    }

    public void Throttled(TimeSpan retryAfter)
    {
        lock (_lock)
        {
            _failures = 0;
            var until = time.GetUtcNow() + retryAfter;
            if (until > _throttledUntil) _throttledUntil = until;
        }
    }
}
