namespace IdJagBroker.McpAuthorization;

/// <summary>
/// Counts uses in this process: right for one replica. Bounded: entries go when they expire, and when it is full of living ones it
/// refuses to work rather than to forget (SEC-31).
/// </summary>
public sealed class InMemoryReplayGuard(TimeProvider clock, int capacity = InMemoryReplayGuard.StandardCapacity) : IReplayGuard
{
    /// <summary>How many ID-JAGs and DPoP proofs are remembered at once: some 25 MB.</summary>
    public const int StandardCapacity = 100_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Issuer, string JwtId), int> _uses = [];
    private readonly PriorityQueue<(string Issuer, string JwtId), DateTimeOffset> _expiries = new();

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">It is full of what has not expired.</exception>
    public ValueTask<bool> TryUseAsync(IdJagUse use, CancellationToken ct)
    {
        var key = (use.Issuer, use.JwtId);
        lock (_lock)
        {
            Forget(clock.GetUtcNow());
            if (_uses.TryGetValue(key, out var count))
            {
                if (count >= use.Limit) return ValueTask.FromResult(false);
                _uses[key] = count + 1;
                return ValueTask.FromResult(true);
            }
            if (_uses.Count >= capacity) throw new InvalidOperationException("The replay guard is full.");
            _uses.Add(key, 1);
            _expiries.Enqueue(key, use.KeepUntil);
            return ValueTask.FromResult(true);
        }
    }

    /// <inheritdoc/>
    public ValueTask ReturnAsync(IdJagUse use, CancellationToken ct)
    {
        lock (_lock)
        {
            // The entry stays, with a count of zero, until it expires: each key is in the queue exactly once.
            if (_uses.TryGetValue((use.Issuer, use.JwtId), out var count) && count > 0) _uses[(use.Issuer, use.JwtId)] = count - 1;
        }
        return ValueTask.CompletedTask;
    }

    private void Forget(DateTimeOffset now)
    {
        while (_expiries.TryPeek(out var key, out var keepUntil) && keepUntil <= now)
        {
            _expiries.Dequeue();
            _uses.Remove(key);
        }
    }
}
