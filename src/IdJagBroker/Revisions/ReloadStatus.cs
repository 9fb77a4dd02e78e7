using System.Diagnostics.Metrics;
using IdJagBroker.Policies;

namespace IdJagBroker.Revisions;

/// <summary>How the last attempt to follow the source ended.</summary>
/// <param name="At">When.</param>
/// <param name="Refused">Why not; null: what the source has is what decides.</param>
internal sealed record Reload(DateTimeOffset At, Refusal? Refused);

/// <summary>
/// What this replica decides by, since when, and whether it is what its source has. Two gauges, as every service that reloads its configuration
/// has them: 0 for ten minutes is an alarm.
/// </summary>
internal sealed class ReloadStatus : IDisposable
{
    private volatile Reload _last;
    private long _goodAt;

    public ReloadStatus(ActivePolicy policy, TimeProvider clock)
    {
        var now = clock.GetUtcNow();
        (Since, _last, _goodAt) = (now, new Reload(now, null), policy.Current.IsNone ? 0 : now.ToUnixTimeSeconds());
        Meter.CreateObservableGauge("broker.policy.reload.success", () => _last.Refused is null && !policy.Current.IsNone ? 1 : 0, null, "1 if what the source of policies has decides here; 0 if it was refused.");
        Meter.CreateObservableGauge("broker.policy.reload.timestamp", () => Interlocked.Read(ref _goodAt), "s", "When the policy of the source was last taken (Unix time).");
    }

    internal Meter Meter { get; } = new("IdJagBroker");

    public Reload Last => _last;

    /// <summary>Since when the revision decides here.</summary>
    public DateTimeOffset Since { get; private set; }

    /// <summary>Of the release that it came by.</summary>
    public long? Number { get; private set; }

    /// <summary>What the source has decides.</summary>
    /// <param name="number">The release, or null.</param>
    /// <param name="isNew">Whether it did not before.</param>
    /// <param name="now">When.</param>
    public void Took(long? number, bool isNew, DateTimeOffset now)
    {
        if (isNew) Since = now;
        Number = number;
        if (!isNew && _last.Refused is null) return;       // nothing happened
        Interlocked.Exchange(ref _goodAt, now.ToUnixTimeSeconds());
        _last = new Reload(now, null);
    }

    /// <summary>What the source has was refused.</summary>
    public void Refused(Refusal refusal, DateTimeOffset now)
    {
        if (_last.Refused?.Key != refusal.Key) _last = new Reload(now, refusal);
    }

    public void Dispose() => Meter.Dispose();
}
