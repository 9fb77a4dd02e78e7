namespace IdJagBroker.Protocol;

/// <summary>Token type identifiers (RFC 8693 §3, ID-JAG §4.3) and the <c>typ</c> of each kind of JWT.</summary>
public static class TokenType
{
    /// <summary>What a client asks for, and gets, at the broker.</summary>
    public const string IdJag = "urn:ietf:params:oauth:token-type:id-jag";

    /// <summary>An OpenID Connect ID Token as <c>subject_token</c>.</summary>
    public const string IdToken = "urn:ietf:params:oauth:token-type:id_token";

    /// <summary>A refresh token of the broker itself as <c>subject_token</c> (ID-JAG §4.3.3, IDP-39).</summary>
    public const string RefreshToken = "urn:ietf:params:oauth:token-type:refresh_token";

    /// <summary><c>token_type</c> of a token-exchange response: the ID-JAG is no access token (C-07).</summary>
    public const string NotApplicable = "N_A";

    /// <summary>The value of <c>client_assertion_type</c> (RFC 7523 §2.2).</summary>
    public const string ClientAssertion = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
}
