using System.Diagnostics.Metrics;
using System.Threading.RateLimiting;
using IdJagBroker.Protocol;

namespace IdJagBroker.TokenExchange;

/// <summary>
/// One token bucket for each key; a bucket that is full and was not asked for a while is dropped. What is refused is counted, and told to
/// the log now and then: one line for each would help whoever floods.
/// </summary>
internal sealed class RateLimit<TKey>(string kind, int burst, TimeSpan perToken, ILogger log, TimeProvider clock) : IDisposable
    where TKey : notnull
{
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(10);
    private static readonly Meter Meter = new("IdJagBroker");
    private static readonly Counter<long> Limited = Meter.CreateCounter<long>("broker.requests.limited", "{request}", "Requests refused with 429, by kind of limit.");

    private readonly PartitionedRateLimiter<TKey> _buckets = Buckets(burst, perToken);

    private long _sinceLine;
    private long _lastLine;

    /// <summary>Null, or the refusal: <c>temporarily_unavailable</c>, 429, with the whole seconds after which one request will be taken.</summary>
    public OAuthError? Take(TKey key)
    {
        using var lease = _buckets.AttemptAcquire(key);
        if (lease.IsAcquired) return null;
        Note();
        var wait = lease.TryGetMetadata(MetadataName.RetryAfter, out var after) && after > TimeSpan.FromSeconds(1) ? after : TimeSpan.FromSeconds(1);
        return OAuthError.TooManyRequests(wait).Because("RATE_LIMITED", kind);
    }

    public void Dispose() => _buckets.Dispose();

    // The buckets are filled by the limiter's own timer: AutoReplenishment off, as the library's own factory for partitions has it.
    private static PartitionedRateLimiter<TKey> Buckets(int burst, TimeSpan perToken)
    {
        Func<TKey, RateLimiter> make = _ => new TokenBucketRateLimiter(new TokenBucketRateLimiterOptions
        {
            TokenLimit = burst, TokensPerPeriod = 1, ReplenishmentPeriod = perToken, QueueLimit = 0, AutoReplenishment = false,
        });
        return PartitionedRateLimiter.Create<TKey, TKey>(key => RateLimitPartition.Get(key, make));       // one delegate for all requests
    }

    private void Note()
    {
        Limited.Add(1, new KeyValuePair<string, object?>("kind", kind));
        Interlocked.Increment(ref _sinceLine);
        var last = Interlocked.Read(ref _lastLine);
        if (last is not 0 && clock.GetElapsedTime(last) < BetweenLines) return;
        if (Interlocked.CompareExchange(ref _lastLine, clock.GetTimestamp(), last) != last) return;      // another request writes it
        RateLimitLog.Refused(log, kind, Interlocked.Exchange(ref _sinceLine, 0));
    }
}

/// <summary>What is logged of limits.</summary>
internal static partial class RateLimitLog
{
    [LoggerMessage(1401, LogLevel.Warning, "The limit for each {Kind} refused {Count} requests since this was last said")]
    public static partial void Refused(ILogger logger, string kind, long count);
}
