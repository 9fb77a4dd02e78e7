using System.ComponentModel.DataAnnotations;

namespace IdJagBroker.TokenExchange;

/// <summary>How ID-JAGs are made. Bound to <c>TokenExchange</c>.</summary>
internal sealed class TokenExchangeOptions
{
    /// <summary>How long an ID-JAG lives unless policy or audience want it shorter: 30 s to 10 min (C-28, JAG-12).</summary>
    [Range(typeof(TimeSpan), "00:00:30", "00:10:00")]
    public TimeSpan IdJagLifetime { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>In which words a refusal is said, where the specifications disagree: see <see cref="TokenExchange.ErrorProfile"/>.</summary>
    [AllowedValues(
        TokenExchange.ErrorProfile.Draft05Proposals, TokenExchange.ErrorProfile.Rfc8693Strict, TokenExchange.ErrorProfile.LegacyInvalidGrant,
        ErrorMessage = "TokenExchange:ErrorProfile must be draft-05-proposals, rfc8693-strict or legacy-invalid_grant.")]
    public string ErrorProfile { get; set; } = TokenExchange.ErrorProfile.Draft05Proposals;
}
