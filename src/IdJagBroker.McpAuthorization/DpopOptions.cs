namespace IdJagBroker.McpAuthorization;

/// <summary>
/// What DPoP proofs must hold beyond the rules (RFC 9449). Proofs themselves are always taken: a good one binds what is issued, a bad one is
/// never ignored (POP-05).
/// </summary>
public sealed class DpopOptions
{
    /// <summary>The shortest <see cref="NonceKey"/>, in bytes.</summary>
    public const int MinNonceKeyBytes = 32;

    /// <summary>
    /// Whether a proof must carry the server's nonce, so that none can be made ahead of time (RFC 9449 §8, §9). Costs a client one more
    /// request now and then: <c>use_dpop_nonce</c>, which uses up nothing.
    /// </summary>
    public bool RequireNonce { get; set; }

    /// <summary>
    /// What nonces are made with: random, secret, at least <see cref="MinNonceKeyBytes"/> bytes, and the same at all replicas. Unset: a key of
    /// this process, so that a second replica would not know the nonces of the first.
    /// </summary>
    public ReadOnlyMemory<byte> NonceKey { get; set; }

    internal bool IsNonceKeyShort => !NonceKey.IsEmpty && NonceKey.Length < MinNonceKeyBytes;
}
