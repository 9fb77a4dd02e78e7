using System.ComponentModel.DataAnnotations;

namespace IdJagBroker.Audit.Webhooks;

/// <summary>How long an endpoint is tried. Bound to <c>Audit:Webhooks</c>.</summary>
internal sealed class WebhookOptions
{
    /// <summary>Before the second attempt; doubled before each one after it.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan FirstRetry { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest time between two attempts.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan MaxRetry { get; set; } = TimeSpan.FromHours(24);

    /// <summary>After this many an event becomes a dead letter, and the next has its turn: 19 are two and a half days.</summary>
    [Range(1, 100)]
    public int MaxAttempts { get; set; } = 19;

    /// <summary>The longest that one attempt may take.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(10);
}
