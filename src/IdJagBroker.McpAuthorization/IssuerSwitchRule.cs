using IdJagBroker.Protocol;
using Microsoft.Extensions.Options;

namespace IdJagBroker.McpAuthorization;

/// <summary>Turns what the switch says into a refusal.</summary>
internal sealed class IssuerSwitchRule(IIssuerSwitch issuers, ILogger<IssuerSwitchRule> logger)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    /// <summary>Null if the issuer is on; otherwise <c>invalid_grant</c>, as if it had never been trusted, or 503 while nobody can tell.</summary>
    public async ValueTask<OAuthError?> TryPassAsync(TrustedIssuer issuer, CancellationToken ct)
    {
        try
        {
            return await issuers.IsOnAsync(issuer, ct) ? null : BadIdJag.UntrustedIssuer("disabled");
        }
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            Log.IssuerSwitchFailed(logger, issuer.Issuer, e);
            return OAuthError.TemporarilyUnavailable("try again later", RetryAfter).Because("ISSUER_SWITCH_AWAY");
        }
    }
}

/// <summary>The switch that the configuration works.</summary>
internal sealed class ConfiguredIssuerSwitch(IOptionsMonitor<DisabledIssuers> disabled) : IIssuerSwitch
{
    public ValueTask<bool> IsOnAsync(TrustedIssuer issuer, CancellationToken ct)
    {
        var off = disabled.CurrentValue.Issuers;
        return ValueTask.FromResult(off.Count is 0 || !off.Any(it => string.Equals(it.TrimEnd('/'), issuer.Issuer.TrimEnd('/'), StringComparison.Ordinal)));
    }
}
