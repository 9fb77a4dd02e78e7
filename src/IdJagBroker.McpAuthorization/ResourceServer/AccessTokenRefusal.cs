namespace IdJagBroker.McpAuthorization.ResourceServer;

/// <summary>Why an access token was refused, by status 401.</summary>
/// <param name="Reason">For the log, in fixed words.</param>
internal sealed record AccessTokenRefusal(string Reason)
{
    /// <summary>The code that the client is told (RFC 6750 §3.1, RFC 9449 §7.1).</summary>
    public string Error { get; private init; } = "invalid_token";

    /// <summary>What goes with it: by default the same words whatever is wrong.</summary>
    public string Description { get; private init; } = "the access token is not valid here";

    /// <summary>Whether only a proof of a key would help, whatever scheme the token came by.</summary>
    public bool DemandsProof { get; private init; }

    /// <summary>The token is good, but not for whoever sent it this way: 401 <c>invalid_token</c> with a DPoP challenge (RS-17).</summary>
    public static AccessTokenRefusal Constrained(string description) => new(description) { Description = description, DemandsProof = true };

    /// <summary>The proof itself is bad: 401 <c>invalid_dpop_proof</c> (POP-20).</summary>
    public static AccessTokenRefusal BadProof(string reason) =>
        new(reason) { Error = "invalid_dpop_proof", Description = "the DPoP proof is not valid", DemandsProof = true };

    /// <summary>The proof lacks the nonce that goes with the answer: 401 <c>use_dpop_nonce</c> (RFC 9449 §9).</summary>
    public static AccessTokenRefusal LacksNonce() =>
        new("the proof lacks the nonce") { Error = "use_dpop_nonce", Description = "the DPoP proof must carry the nonce of this answer", DemandsProof = true };
}
