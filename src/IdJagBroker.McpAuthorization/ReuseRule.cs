using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.McpAuthorization;

/// <summary>
/// What may be used only so often: an ID-JAG, by its issuer's reuse rule (C-14), and a client assertion (SEC-20) and a DPoP proof (POP-14), once. A use is
/// counted before the token is made, so that of two at once only one gets it; an ID-JAG's is given back if none is made (RAS-22), the others' never: the
/// client makes new ones for each request.
/// </summary>
internal sealed class ReuseRule(IReplayGuard guard, ILogger<ReuseRule> logger)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    /// <summary>Null if the use is permitted; otherwise <c>invalid_grant</c>, or 503 while the guard cannot tell (RAS-24).</summary>
    public ValueTask<OAuthError?> TryUseAsync(ValidatedIdJag idJag, CancellationToken ct) => TryUseAsync(UseOf(idJag), BadIdJag.AlreadyUsed, ct);

    /// <summary>Null if this is its first use; otherwise <c>invalid_client</c>, or 503.</summary>
    public ValueTask<OAuthError?> TryUseAsync(ClientAssertion assertion, CancellationToken ct) => TryUseAsync(UseOf(assertion), AssertionUsed, ct);

    /// <summary>Null if there is no proof, or this is its first use; otherwise <c>invalid_dpop_proof</c>, or 503.</summary>
    public ValueTask<OAuthError?> TryUseAsync(DpopProof? proof, CancellationToken ct) => TryUseAsync(proof is null ? null : UseOf(proof), ProofUsed, ct);

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

    private async ValueTask<OAuthError?> TryUseAsync(IdJagUse? use, Func<OAuthError> usedUp, CancellationToken ct)
    {
        if (use is null) return null;
        try
        {
            return await guard.TryUseAsync(use, ct) ? null : usedUp();
        }
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            Log.ReplayGuardFailed(logger, use.Issuer, use.JwtId, e);
            return OAuthError.TemporarilyUnavailable("try again later", RetryAfter).Because("REPLAY_GUARD_AWAY");
        }
    }

    private static OAuthError AssertionUsed() =>
        OAuthError.InvalidClient("client authentication failed").Because("REQ_CLIENT_AUTH", "the assertion was used before");

    private static OAuthError ProofUsed() =>
        OAuthError.InvalidDpopProof("the DPoP proof is not valid").Because("DPOP_PROOF_INVALID", "the proof was used before");

    // C-18: who proves nothing gets one token.
    private static IdJagUse? UseOf(ValidatedIdJag idJag) => (idJag.Client.IsPublic ? 1 : idJag.Issuer.Reuse.Limit) is { } limit
        ? new IdJagUse(idJag.Claims.Issuer, idJag.Claims.JwtId, limit, idJag.Claims.ExpiresAt + JwtTimes.Skew)
        : null;

    // An issuer is a URL, so none is called like this, nor like what follows.
    private static IdJagUse UseOf(ClientAssertion assertion) => new("client-assertion " + assertion.ClientId, assertion.JwtId, 1, assertion.KeepUntil);

    // One second more than a proof is taken, whose last instant counts (POP-14).
    private static IdJagUse UseOf(DpopProof proof) =>
        new("dpop " + proof.Uri, proof.JwtId, 1, proof.IssuedAt + DpopProof.Window + TimeSpan.FromSeconds(1));
}
