using IdJagBroker.Protocol;

namespace IdJagBroker.Demo.EnterpriseIdp.Refresh;

/// <summary><c>grant_type=refresh_token</c> (RFC 6749 §6, OpenID Connect Core §12): the person as she is now, the sign-in as it was.</summary>
internal sealed class RefreshRedemption(IdpPeople people, IdpIssuers issuers, RefreshTokens refreshTokens)
{
    /// <summary>
    /// Refuses with <c>invalid_request</c>, <c>invalid_grant</c> or <c>invalid_scope</c>. A refused token is not used up: a person who is
    /// enabled again goes on with what she had.
    /// </summary>
    public OAuthResult<TokenGrant> Redeem(OAuthForm form, IdpClient client)
    {
        if (form["refresh_token"] is not { } name) return OAuthError.InvalidRequest("refresh_token is required");
        if (refreshTokens.Find(name, client).IsRefused(out var family, out var refusal)) return refusal;
        if (people.ReasonToRefuse(family.Session, client) is { } reason) return OAuthError.InvalidGrant(reason);
        var scope = form["scope"] ?? family.Scope;
        if (scope.Split(' ').Except(family.Scope.Split(' '), StringComparer.Ordinal).Any()) return OAuthError.InvalidScope("more than was granted");

        string? next = null;
        if (issuers.ShapeFor(client).RotatesRefreshTokens && refreshTokens.Rotate(family, name).IsRefused(out next, out refusal)) return refusal;
        // Without a nonce: there is no authentication request that it could belong to (OpenID Connect Core §12.2).
        return new TokenGrant(family.Session, people[family.Session.PersonId], family.Authentication, scope, Nonce: null, next);
    }
}
