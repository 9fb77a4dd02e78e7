namespace IdJagBroker.Protocol.Jws;

/// <summary>Why a DPoP proof was not accepted (RFC 9449 §4.3). For the audit row and the log; a client only hears that its proof is bad.</summary>
public enum DpopFailure
{
    /// <summary>It was.</summary>
    None,

    /// <summary>Not one strict compact JWS, or its header holds more than a proof may.</summary>
    Malformed,

    /// <summary><c>typ</c> is not <c>dpop+jwt</c>: another kind of token, or none (SEC-05).</summary>
    TypeWrong,

    /// <summary><c>alg</c> is not among <see cref="DpopProof.Algorithms"/>: symmetric, <c>none</c>, unknown.</summary>
    AlgorithmNotAllowed,

    /// <summary>There is no <c>jwk</c>.</summary>
    KeyMissing,

    /// <summary>The <c>jwk</c> holds a private member.</summary>
    KeyPrivate,

    /// <summary>The <c>jwk</c> is not a public key for signatures: too weak, off its curve, for encryption.</summary>
    KeyUnusable,

    /// <summary>The <c>jwk</c> is not of the kind that <c>alg</c> takes.</summary>
    KeyUnfit,

    /// <summary>The signature is not by that key.</summary>
    SignatureInvalid,

    /// <summary><c>jti</c> is missing or malformed.</summary>
    JwtIdMalformed,

    /// <summary><c>htm</c> is missing or malformed.</summary>
    MethodMalformed,

    /// <summary><c>htu</c> is missing or no http(s) URI.</summary>
    UriMalformed,

    /// <summary><c>iat</c> is missing or malformed, or an <c>exp</c> or <c>nbf</c> is.</summary>
    TimeMalformed,

    /// <summary><c>nonce</c> is there and malformed.</summary>
    NonceMalformed,

    /// <summary><c>ath</c> is there and malformed.</summary>
    AccessTokenHashMalformed,

    /// <summary>Made for another method.</summary>
    MethodMismatch,

    /// <summary>Made for another URI.</summary>
    UriMismatch,

    /// <summary>Made too long ago, or expired by its own <c>exp</c>.</summary>
    TooOld,

    /// <summary>Made in the future, or not yet valid by its own <c>nbf</c>.</summary>
    InFuture,
}
