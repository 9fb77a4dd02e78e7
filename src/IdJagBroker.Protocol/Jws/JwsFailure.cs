namespace IdJagBroker.Protocol.Jws;

/// <summary>Why a compact JWS was not accepted. For the audit row and the log; a client only hears that its token is bad.</summary>
public enum JwsFailure
{
    /// <summary>It was.</summary>
    None,

    /// <summary>Longer than the caller reads.</summary>
    TooLong,

    /// <summary>Not three non-empty parts; five are an encrypted token, which is not taken (C-26).</summary>
    NotThreeParts,

    /// <summary>A part is not strict base64url: padding, white space, other characters, stray bits.</summary>
    NotBase64Url,

    /// <summary>The header is not one JSON object in UTF-8 without duplicate members, or a member has the wrong type.</summary>
    HeaderMalformed,

    /// <summary>The header brings its own key or changes the rules: <c>jwk jku x5u x5c crit b64 zip cty</c> (JAG-03, SEC-06, SEC-07).</summary>
    HeaderForbidden,

    /// <summary>The payload is not one JSON object in UTF-8 without duplicate members.</summary>
    PayloadMalformed,

    /// <summary>The header's <c>alg</c> is not among those that the caller allows for this issuer (SEC-02).</summary>
    AlgorithmNotAllowed,

    /// <summary>No key fits <c>kid</c> and <c>alg</c>.</summary>
    KeyNotFound,

    /// <summary>More than one key fits (SEC-11).</summary>
    KeyAmbiguous,

    /// <summary>The signature does not verify.</summary>
    SignatureInvalid,
}
