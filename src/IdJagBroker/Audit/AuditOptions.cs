using System.ComponentModel.DataAnnotations;

namespace IdJagBroker.Audit;

/// <summary>How long and how many may wait for the log. Bound to <c>Audit</c>.</summary>
internal sealed class AuditOptions
{
    /// <summary>The most events that wait to be written; one more is refused with 503.</summary>
    [Range(1, 65_536)]
    public int MaxWaiting { get; set; } = 4_096;

    /// <summary>The most events in one transaction.</summary>
    [Range(1, 4_096)]
    public int MaxBatch { get; set; } = 512;

    /// <summary>The longest that a request waits for its event; then it is refused with 503. At most 2 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:00:02")]
    public TimeSpan CommitDeadline { get; set; } = TimeSpan.FromSeconds(1.8);

    /// <summary>The most events that are moved from the inbox into the log in one transaction.</summary>
    [Range(1, 16_384)]
    public int MaxSequenced { get; set; } = 2_048;

    /// <summary>The most streams and whole ranges of events that are given out at a time; one more is refused with 503.</summary>
    [Range(1, 4_096)]
    public int MaxStreams { get; set; } = 64;
}
