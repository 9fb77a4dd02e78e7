using IdJagBroker.Audit;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using Microsoft.Extensions.Options;

namespace IdJagBroker.Dpop;

/// <summary>Does the client hold the key that its tokens are to be bound to? (RFC 9449 §4.3, requirements §8.)</summary>
/// <param name="tokenEndpoint">The public URL from the configuration: what a request says of its host decides nothing (POP-03).</param>
/// <param name="nonces">The server's nonces.</param>
/// <param name="options">Whether they are in use.</param>
/// <param name="clock">The time.</param>
internal sealed class DpopProofCheck(string tokenEndpoint, DpopNonce nonces, IOptions<DpopOptions> options, TimeProvider clock)
{
    public const string Header = "DPoP";

    private const string NonceHeader = "DPoP-Nonce";
    private readonly bool _requiresNonce = options.Value.RequireNonce;

    /// <summary>
    /// A valid proof always binds, whatever the registration says; a bad one is never ignored (POP-05). Refuses with
    /// <c>invalid_dpop_proof</c>, <c>use_dpop_nonce</c>, and with <c>invalid_request</c> a client that must prove and does not (POP-12).
    /// The single use is only noted, for the transaction that records the outcome.
    /// </summary>
    /// <param name="headers">The values of the <c>DPoP</c> header, one per header line.</param>
    /// <param name="client">The authenticated client's registration.</param>
    /// <param name="attempt">Where key and uses are noted.</param>
    public OAuthResult<KeyBinding> Check(IReadOnlyList<string?> headers, CatalogClient client, IssuanceAttempt attempt)
    {
        if (headers.Count is 0)
            return client.Dpop is DpopUse.Required
                ? OAuthError.InvalidRequest("a DPoP proof is required").Because("DPOP_REQUIRED")
                : KeyBinding.None;
        if (headers.Count > 1) return Bad("more than one DPoP header");
        if (!DpopProof.TryParse(headers[0] ?? "", out var proof, out var failure)) return Bad(failure.ToString());
        var now = clock.GetUtcNow();
        failure = proof.Check(HttpMethods.Post, tokenEndpoint, now);
        if (failure is not DpopFailure.None) return Bad(failure.ToString());
        if (_requiresNonce && (proof.Nonce is not { } nonce || !nonces.IsCurrent(nonce, now))) return Challenge(attempt);

        attempt.KeyThumbprint = proof.Thumbprint;
        attempt.Uses = [.. attempt.Uses, ReplayKey.DpopProof(tokenEndpoint, proof.JwtId, proof.IssuedAt + DpopProof.Window)];
        return new KeyBinding(proof.Thumbprint);
    }

    /// <summary>Gives whoever sends a proof the nonce for the next one, when nonces are in use (RFC 9449 §8.2).</summary>
    public void OfferNonce(HttpContext http)
    {
        if (!_requiresNonce || !http.Request.Headers.ContainsKey(Header)) return;
        http.Response.Headers[NonceHeader] = nonces.At(clock.GetUtcNow());
        http.Response.Headers.AccessControlExposeHeaders = NonceHeader;      // RFC 9449 §8: or a client in a browser never sees it
    }

    // POP-15: the client comes back with the same assertion, so nothing of this request counts as used.
    private static OAuthError Challenge(IssuanceAttempt attempt)
    {
        attempt.Uses = [];
        return OAuthError.UseDpopNonce("the DPoP proof must carry the nonce of this answer").Because("DPOP_NONCE");
    }

    private static OAuthError Bad(string detail) =>
        OAuthError.InvalidDpopProof("the DPoP proof is not valid").Because("DPOP_PROOF_INVALID", detail);
}
