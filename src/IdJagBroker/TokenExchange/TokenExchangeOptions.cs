using System.ComponentModel.DataAnnotations;

namespace IdJagBroker.TokenExchange;

/// <summary>How ID-JAGs are made. Bound to <c>TokenExchange</c>.</summary>
internal sealed class TokenExchangeOptions
{
    /// <summary>How long an ID-JAG lives unless policy or audience want it shorter: 30 s to 10 min (C-28, JAG-12).</summary>
    [Range(typeof(TimeSpan), "00:00:30", "00:10:00")]
    public TimeSpan IdJagLifetime { get; set; } = TimeSpan.FromMinutes(5);
}
