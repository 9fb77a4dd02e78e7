namespace IdJagBroker.Dpop;

/// <summary>What proofs of possession must hold beyond the rules. Bound to <c>Dpop</c>.</summary>
internal sealed class DpopOptions
{
    /// <summary>Whether a proof must carry the server's nonce, so that none can be made ahead of time (RFC 9449 §8). Costs a client one more request now and then.</summary>
    public bool RequireNonce { get; set; }
}
