namespace IdJagBroker.Protocol;

/// <summary>The grants that the broker and the MCP authorization server speak, by their registered names.</summary>
public static class GrantType
{
    /// <summary>RFC 8693 §2.1: exchanges an identity assertion for an ID-JAG at the broker.</summary>
    public const string TokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange";

    /// <summary>RFC 7523 §2.1: redeems an ID-JAG for an access token at the MCP authorization server.</summary>
    public const string JwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";

    /// <summary>
    /// draft-parecki-oauth-jwt-dpop-grant: the same, of an ID-JAG that is bound to a key and with a DPoP proof of that key (C-11).
    /// </summary>
    public const string JwtDpop = "urn:ietf:params:oauth:grant-type:jwt-dpop";

    /// <summary>RFC 6749 §4.4: an administrator asks the broker for access to its admin API.</summary>
    public const string ClientCredentials = "client_credentials";

    /// <summary>RFC 6749 §4.1.3: redeems the code that signing in ended with.</summary>
    public const string AuthorizationCode = "authorization_code";

    /// <summary>RFC 6749 §6: exchanges a refresh token for a new ID Token and the next refresh token.</summary>
    public const string RefreshToken = "refresh_token";

    /// <summary>The grant profile that an authorization server announces when it accepts ID-JAGs (ID-JAG §7.2).</summary>
    public const string IdJagProfile = "urn:ietf:params:oauth:grant-profile:id-jag";
}
