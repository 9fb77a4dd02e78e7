using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.McpAuthorization.Dpop;

/// <summary>What the <c>DPoP</c> header of a request came to. Without any header, none of the three.</summary>
/// <param name="Proof">The proof, if it is good.</param>
/// <param name="Fault">What is wrong with it, in fixed words for the log.</param>
/// <param name="LacksNonce">It is good but for the server's nonce.</param>
internal readonly record struct Possession(DpopProof? Proof, string? Fault = null, bool LacksNonce = false)
{
    /// <summary>The key that it is by (RFC 7638 SHA-256, base64url), or null.</summary>
    public string? KeyThumbprint => Proof?.Thumbprint;
}
