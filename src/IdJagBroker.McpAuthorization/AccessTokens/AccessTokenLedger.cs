using IdJagBroker.Protocol;
using Microsoft.Extensions.Options;

namespace IdJagBroker.McpAuthorization.AccessTokens;

/// <summary>Records each access token before it is given out, where that is asked for.</summary>
internal sealed class AccessTokenLedger(IAccessTokenStore store, IOptions<IdJagAuthorizationServerOptions> options, TimeProvider clock, ILogger<AccessTokenLedger> logger)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    /// <summary>Null if the token may go out; otherwise <c>invalid_grant</c>, as its ID-JAG was revoked (RAS-49), or 503 while it cannot be recorded.</summary>
    public async ValueTask<OAuthError?> RecordAsync(AccessTokenGrant grant, IssuedAccessToken token, CancellationToken ct)
    {
        if (!options.Value.KeepsRecords) return null;
        try
        {
            return await store.TryAddAsync(AccessTokenRecord.Of(grant, token.JwtId, clock.GetUtcNow(), token.ExpiresIn), ct) ? null : BadIdJag.Revoked();
        }
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            Log.TokenStoreFailed(logger, e);
            return OAuthError.TemporarilyUnavailable("try again later", RetryAfter).Because("TOKEN_STORE_AWAY");
        }
    }
}
