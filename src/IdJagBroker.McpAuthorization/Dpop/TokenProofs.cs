using IdJagBroker.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace IdJagBroker.McpAuthorization.Dpop;

/// <summary>Proofs of possession at the token endpoint (requirements §8): what a good one binds, and what an ID-JAG that is bound demands.</summary>
internal sealed class TokenProofs(AuthorizationServerDocuments documents, IOptions<IdJagAuthorizationServerOptions> options, TimeProvider clock)
{
    private readonly PossessionCheck _check = new(documents.TokenEndpoint, options.Value.Dpop, clock);

    /// <summary>Whether a proof must carry a nonce; if so it is looked at before the client is: a challenged request has used up nothing (POP-15).</summary>
    public bool RequiresNonce => _check.RequiresNonce;

    /// <summary>The same as <see cref="PossessionCheck.Check"/>, of a token request.</summary>
    public Possession Read(IReadOnlyList<string?> headers) => _check.Check(headers, HttpMethods.Post);

    /// <summary>The nonce for the next proof, to whoever sends one.</summary>
    public void OfferNonce(HttpContext http) => _check.OfferNonce(http);

    /// <summary><c>use_dpop_nonce</c> (RFC 9449 §8).</summary>
    public static OAuthError Challenge() => OAuthError.UseDpopNonce("the DPoP proof must carry the nonce of this answer").Because("DPOP_NONCE");

    /// <summary><c>invalid_dpop_proof</c> for a bad proof, <c>invalid_request</c> for a client that must prove and does not (C-13, POP-12); null if all is well.</summary>
    public static OAuthError? Refuse(Possession possession, AuthenticatedClient client)
    {
        if (possession.Fault is { } fault) return OAuthError.InvalidDpopProof("the DPoP proof is not valid").Because("DPOP_PROOF_INVALID", fault);
        return possession.Proof is null && client.DpopBoundAccessTokens
            ? OAuthError.InvalidRequest("a DPoP proof is required").Because("DPOP_REQUIRED")
            : null;
    }

    /// <summary>Is the ID-JAG whose key was proved? (ID-JAG §9.8.1.2). Null if so, or if it is bound to none; otherwise <c>invalid_grant</c>.</summary>
    public static OAuthError? Refuse(Possession possession, ValidatedIdJag idJag, JwtBearerRequest request)
    {
        if (!idJag.Claims.IsKeyBound) return request.DemandsKeyBinding ? BadIdJag.NotKeyBound() : null;        // POP-13, POP-10
        if (possession.Proof is not { } proof) return BadIdJag.ProofMissing();                                 // POP-09: never taken as a bearer grant
        if (idJag.Claims.KeyThumbprint is not { } thumbprint) return BadIdJag.BindingUnknown();                // C-12
        return proof.IsBy(thumbprint) ? null : BadIdJag.WrongKey();                                            // POP-07
    }
}
