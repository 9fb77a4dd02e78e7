using IdJagBroker.McpAuthorization.Dpop;
using IdJagBroker.Protocol.Jws;
using Microsoft.AspNetCore.Http;

namespace IdJagBroker.McpAuthorization.ResourceServer;

/// <summary>
/// Does a good access token come from whom it was issued to? (RFC 9449 §7). Stolen, a bound token must be worth nothing: without a proof, or by
/// the Bearer scheme, it is as good as stolen.
/// </summary>
/// <param name="possession">The check of the proof itself.</param>
/// <param name="keyBoundOnly">Whether a token that is bound to nobody is refused.</param>
internal sealed class SenderConstraint(PossessionCheck possession, bool keyBoundOnly)
{
    /// <summary>Null if it does.</summary>
    /// <param name="request">The request.</param>
    /// <param name="presented">The scheme that the token came by.</param>
    /// <param name="text">The token as it came.</param>
    /// <param name="token">The token as it was read.</param>
    public AccessTokenRefusal? Check(HttpRequest request, Presented presented, EncodedJwt text, VerifiedAccessToken token) =>
        presented is Presented.Dpop ? CheckProof(request, text, token)
        : token.Binding.IsThere ? AccessTokenRefusal.Constrained("the access token is bound to a key")         // RS-17: no downgrade
        : keyBoundOnly ? AccessTokenRefusal.Constrained("access tokens that are bound to a key only")
        : null;

    private AccessTokenRefusal? CheckProof(HttpRequest request, EncodedJwt text, VerifiedAccessToken token)
    {
        if (!token.Binding.IsThere) return AccessTokenRefusal.Constrained("the access token is not bound to a key");
        var proved = possession.Check(request.Headers[PossessionCheck.Header], request.Method);
        if (proved.Fault is { } fault) return AccessTokenRefusal.BadProof(fault);
        if (proved.LacksNonce) return AccessTokenRefusal.LacksNonce();
        if (proved.Proof is not { } proof) return AccessTokenRefusal.Constrained("the access token is bound to a key, and no proof of it came");
        if (!proof.IsFor(text)) return AccessTokenRefusal.BadProof("made for another access token");
        return token.Binding.Thumbprint is { } thumbprint && proof.IsBy(thumbprint)
            ? null
            : AccessTokenRefusal.Constrained("the access token is bound to another key");
    }
}
