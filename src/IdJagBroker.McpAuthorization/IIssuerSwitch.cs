namespace IdJagBroker.McpAuthorization;

/// <summary>
/// Whether a trusted issuer is on right now: what stops an enterprise's ID-JAGs at once, without a restart. Replace it to ask your own store; the
/// one that comes with the library reads <see cref="DisabledIssuers"/>. One for the process.
/// </summary>
public interface IIssuerSwitch
{
    /// <summary>
    /// Asked on every redemption, before any key of the issuer is looked at, so it has to be quick: keep what you know for 5 s at most. What it throws
    /// becomes a 503: while nobody can tell, nothing is taken.
    /// </summary>
    ValueTask<bool> IsOnAsync(TrustedIssuer issuer, CancellationToken ct);
}
