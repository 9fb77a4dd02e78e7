namespace IdJagBroker.Keys.KeyVault;

/// <summary>
/// What this process may ask of one vault: a token bucket that in no 10 s gives out more than its share of the vault's published limit.
/// So overload is answered here, at once, and the vault never has to throttle.
/// </summary>
/// <param name="share">The part of the vault's limit that is this process's, 0.05 to 1: with three replicas a third.</param>
internal sealed class VaultBudget(double share, TimeProvider time)
{
    /// <summary>The smallest share that can be divided at all.</summary>
    public const double SmallestShare = 0.05;

    private const double WindowSeconds = 10;
    private const double Rounding = 1e-9;

    // What can be had at once, and per second. Their sum over a window is the share: a burst on top of a steady rate does not exceed it.
    private readonly double _burst = BurstOf(share);
    private readonly double _perSecond = (share - BurstOf(share)) / WindowSeconds;

    private readonly Lock _lock = new();
    private double _level = BurstOf(share);
    private DateTimeOffset _filledAt = time.GetUtcNow();

    /// <summary>Takes one operation with a key of this kind, or says when there is one again.</summary>
    public bool TryTake(VaultKeyKind kind, out TimeSpan retryAfter)
    {
        var cost = 1.0 / kind.OperationsIn10Seconds;
        lock (_lock)
        {
            Fill();
            var has = _level + Rounding >= cost;
            if (has) _level -= cost;
            retryAfter = has ? TimeSpan.Zero : TimeSpan.FromSeconds((cost - _level) / _perSecond);
            return has;
        }
    }

    private void Fill()
    {
        var now = time.GetUtcNow();
        if (now > _filledAt)            // a clock that is set back fills nothing, and breaks nothing
            _level = Math.Min(_burst, _level + ((now - _filledAt).TotalSeconds * _perSecond));
        _filledAt = now;
    }

    // Half a second's worth, and never less than the dearest operation.
    private static double BurstOf(double share) => Math.Max(share / 20, 1.0 / 250);
}
