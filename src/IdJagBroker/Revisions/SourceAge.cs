using System.Diagnostics.Metrics;
using Microsoft.Extensions.Options;

namespace IdJagBroker.Revisions;

/// <summary>
/// How long ago the source of policies could be read at all, whatever it had. A policy whose source has been away for a day is not what anybody believes
/// that it is: an alarm, and where <c>Policies:StaleAction</c> is <c>deny</c>, no more tokens.
/// </summary>
internal sealed partial class SourceAge : IDisposable
{
    private readonly PolicySourceOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger<SourceAge> _log;
    private long _seenAt;
    private bool _told;

    public SourceAge(IOptions<PolicySourceOptions> options, TimeProvider clock, ILogger<SourceAge> log)
    {
        (_options, _clock, _log, _seenAt) = (options.Value, clock, log, clock.GetTimestamp());
        Meter.CreateObservableGauge("broker.policy.source.age", () => (long)Age.TotalSeconds, "s", "How long ago the source of policies could be read.");
    }

    internal Meter Meter { get; } = new("IdJagBroker");

    /// <summary>Since it was read; since the start, if it has not been yet.</summary>
    public TimeSpan Age => _clock.GetElapsedTime(Interlocked.Read(ref _seenAt));

    /// <summary>Whether that is longer than <c>Policies:StaleAfter</c>.</summary>
    public bool IsStale => Age > _options.StaleAfter;

    /// <summary>Whether nothing is issued any more for that.</summary>
    public bool Denies => _options.DeniesWhenStale && IsStale;

    /// <summary>It was read just now.</summary>
    public void Seen()
    {
        Interlocked.Exchange(ref _seenAt, _clock.GetTimestamp());
        _told = false;
    }

    /// <summary>It could not be read just now.</summary>
    /// <returns>Whether it is stale; operators are told so once.</returns>
    public bool Missed()
    {
        if (!IsStale) return false;
        if (!_told) Stale(Age, _options.StaleAction);
        return _told = true;
    }

    public void Dispose() => Meter.Dispose();

    [LoggerMessage(2106, LogLevel.Critical, "The source of policies could not be read for {Age}; Policies:StaleAction is {Action}")]
    private partial void Stale(TimeSpan age, string action);
}
