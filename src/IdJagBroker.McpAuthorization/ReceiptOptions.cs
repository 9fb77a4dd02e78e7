using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.McpAuthorization;

/// <summary>
/// How an issuer is told what became of its ID-JAGs. Receipts are sent beside the token requests: they never delay or fail one, and what cannot be
/// sent is kept and sent again, in order, while there is room.
/// </summary>
public sealed class ReceiptOptions
{
    /// <summary>Where they go, https. Unset: <c>/receipts/v1</c> below the issuer.</summary>
    public string? Endpoint { get; set; }

    /// <summary>
    /// Signs the assertions by which this server proves itself there. Unset: the key of the access tokens, which the issuer finds at this server's
    /// <c>/jwks</c>. Another key has to be in <see cref="IdJagAuthorizationServerOptions.PublishedKeys"/>, or be given to the issuer's administrators.
    /// </summary>
    public ISigningKey? SigningKey { get; set; }

    /// <summary>How long a receipt waits for others to go with it; 0 to 1 min, 1 s unless set.</summary>
    public TimeSpan Delay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How many wait at the most; the oldest give way. 1 to 1,000,000; 10,000 (some 5 MB) unless set.</summary>
    public int MaxWaiting { get; set; } = 10_000;
}
