using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.McpAuthorization;

/// <summary>
/// Applies the issuer's reuse rule (C-14): the first step with a side effect. A use is counted before the token is made, so that of
/// two at once only one gets it, and given back if none is made (RAS-22).
/// </summary>
internal sealed class ReuseRule(IReplayGuard guard, ILogger<ReuseRule> logger)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    /// <summary>Null if the use is permitted; otherwise <c>invalid_grant</c>, or 503 while the guard cannot tell (RAS-24).</summary>
    public async ValueTask<OAuthError?> TryUseAsync(ValidatedIdJag idJag, CancellationToken ct)
    {
        if (UseOf(idJag) is not { } use) return null;
        try
        {
            return await guard.TryUseAsync(use, ct) ? null : BadIdJag.AlreadyUsed();
        }
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            Log.ReplayGuardFailed(logger, use.Issuer, use.JwtId, e);
            return OAuthError.TemporarilyUnavailable("try again later", RetryAfter).Because("REPLAY_GUARD_AWAY");
        }
    }

    /// <summary>Gives the use back. If that fails the use stays counted: the client must get a new ID-JAG, nobody gets a second token.</summary>
    public async ValueTask ReturnAsync(ValidatedIdJag idJag)
    {
        if (UseOf(idJag) is not { } use) return;
        try
        {
            await guard.ReturnAsync(use, CancellationToken.None);          // also when the client has hung up
        }
        catch (Exception e)
        {
            Log.ReplayGuardFailed(logger, use.Issuer, use.JwtId, e);
        }
    }

    private static IdJagUse? UseOf(ValidatedIdJag idJag) => idJag.Issuer.Reuse.Limit is { } limit
        ? new IdJagUse(idJag.Claims.Issuer, idJag.Claims.JwtId, limit, idJag.Claims.ExpiresAt + JwtTimes.Skew)
        : null;
}
