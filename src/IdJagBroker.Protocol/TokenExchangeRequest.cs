using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Protocol;

/// <summary>A well-formed request for an ID-JAG (ID-JAG §4.3). Well-formed is not yet trusted.</summary>
/// <param name="SubjectToken">The identity assertion, unread.</param>
/// <param name="Audience">The authorization server, by its issuer or an alias, as sent.</param>
/// <param name="Resources">The MCP servers; empty if none was named.</param>
/// <param name="Scope">What is asked for; empty if nothing was named.</param>
public sealed record TokenExchangeRequest(
    EncodedJwt SubjectToken, string Audience, IReadOnlyList<ResourceIndicator> Resources, ScopeSet Scope)
{
    /// <summary>The most <c>resource</c> values read (C-04).</summary>
    public const int MaxResources = 8;

    /// <summary>
    /// Null, or the refusal of another grant: <c>invalid_request</c> or <c>unsupported_grant_type</c>. <see cref="Parse"/> asks as well;
    /// alone for what must be looked at between grant and parameters (requirements §0.3).
    /// </summary>
    public static OAuthError? RefuseOtherGrant(OAuthForm form)
    {
        if (form["grant_type"] is not { } grantType) return OAuthError.InvalidRequest("grant_type is required");
        return grantType == GrantType.TokenExchange ? null : OAuthError.UnsupportedGrantType("the grant type is not supported");
    }

    /// <summary>
    /// Refuses with <c>unsupported_grant_type</c>, <c>invalid_request</c>, <c>invalid_target</c>, <c>invalid_scope</c> or
    /// <c>invalid_authorization_details</c>; never throws on client input.
    /// </summary>
    public static OAuthResult<TokenExchangeRequest> Parse(OAuthForm form)
    {
        if (RefuseOtherGrant(form) is { } otherGrant) return otherGrant;

        if (form["requested_token_type"] != TokenType.IdJag)
            return OAuthError.InvalidRequest("requested_token_type must be " + TokenType.IdJag);
        if (form.Token("subject_token") is not { } subjectToken) return OAuthError.InvalidRequest("subject_token is required");
        if (form["subject_token_type"] is not { } subjectTokenType) return OAuthError.InvalidRequest("subject_token_type is required");
        if (subjectTokenType is not (TokenType.IdToken or TokenType.RefreshToken))
            return OAuthError.InvalidRequest("subject_token_type must be " + TokenType.IdToken + " or " + TokenType.RefreshToken);
        if (form["actor_token"] is not null || form["actor_token_type"] is not null)
            return OAuthError.InvalidRequest("actor tokens are not supported");                        // C-15

        var audiences = form.All("audience");
        if (audiences.Count is 0) return OAuthError.InvalidRequest("audience is required");
        if (audiences.Count > 1) return OAuthError.InvalidTarget("only one audience is supported");    // IDP-10
        var named = form.All("resource");
        if (named.Count > MaxResources) return OAuthError.InvalidTarget("too many resources");
        var resources = new List<ResourceIndicator>(named.Count);
        for (var i = 0; i < named.Count; i++)
        {
            if (!ResourceIndicator.TryParse(named[i], out var resource))
                return OAuthError.InvalidTarget("resource must be an absolute URI without a fragment");
            if (!resources.Contains(resource)) resources.Add(resource);
        }
        if (!ScopeSet.TryParse(form["scope"], out var scope)) return OAuthError.InvalidScope("scope is malformed or too long");
        if (form["authorization_details"] is not null)
            return OAuthError.InvalidAuthorizationDetails("authorization_details are not supported");  // IDP-17
        return new TokenExchangeRequest(subjectToken, audiences[0], resources, scope) { SubjectIsRefreshToken = subjectTokenType == TokenType.RefreshToken };
    }

    /// <summary>Whether <see cref="SubjectToken"/> is a refresh token of the one who is asked, and not an ID Token (ID-JAG §4.3.3).</summary>
    public bool SubjectIsRefreshToken { get; init; }

    /// <summary>Never the subject token.</summary>
    public override string ToString() => $"ID-JAG for {Audience} {string.Join(' ', Resources)} [{Scope}]";
}
