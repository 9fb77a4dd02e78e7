using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using IdJagBroker.Demo.EnterpriseIdp.Refresh;
using IdJagBroker.Protocol;

namespace IdJagBroker.Demo.EnterpriseIdp;

/// <summary><c>grant_type=authorization_code</c> (RFC 6749 §4.1.3, RFC 7636 §4.6).</summary>
internal sealed class CodeRedemption(IdpPeople people, RefreshTokens refreshTokens, OneTimeStore<GrantedCode> codes)
{
    /// <summary>Refuses with <c>invalid_request</c> or <c>invalid_grant</c>.</summary>
    public OAuthResult<TokenGrant> Redeem(OAuthForm form, IdpClient client)
    {
        if (form["code"] is not { } name) return OAuthError.InvalidRequest("code is required");
        // Taken before it is looked at: whoever guesses at its bindings has spent it.
        if (codes.Take(name) is not { } code) return OAuthError.InvalidGrant("the code is unknown, expired or already used");
        if (!string.Equals(code.Request.Client.ClientId, client.ClientId, StringComparison.Ordinal))
            return OAuthError.InvalidGrant("the code was issued to another client");
        if (!string.Equals(code.Request.RedirectUri, form["redirect_uri"], StringComparison.Ordinal))
            return OAuthError.InvalidGrant("redirect_uri differs from the authorization request");
        if (form["code_verifier"] is not { Length: >= 43 and <= 128 } verifier || !SameText.In(code.Request.CodeChallenge, ChallengeOf(verifier)))
            return OAuthError.InvalidGrant("code_verifier does not match the challenge");
        if (people.ReasonToRefuse(code.Session, client) is { } reason) return OAuthError.InvalidGrant(reason);

        code.Session.GaveTokensTo(client.ClientId);
        var (request, session, authentication) = code;
        var refreshToken = request.IsOffline ? refreshTokens.Begin(client, session, authentication, request.Scope) : null;
        return new TokenGrant(session, people[session.PersonId], authentication, request.Scope, request.Nonce, refreshToken);
    }

    private static string ChallengeOf(string verifier) => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));
}
