using System.Net;
using IdJagBroker.Audit;
using IdJagBroker.Clients;
using IdJagBroker.Dpop;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.SignIn.Grants;
using IdJagBroker.Upstreams;

namespace IdJagBroker.TokenExchange;

/// <summary>Whom is this about? (ID-JAG §4.3.3.) An ID Token of an upstream, an ID Token of ours, or a refresh token of ours: after this nobody asks which it was.</summary>
internal sealed class SubjectTokens(SubjectTokenValidator upstreams, SignInSubjects signedIn)
{
    /// <summary>Refuses with <c>invalid_request</c> a refresh token where nobody signs in: there are none of ours, and no other's means anything here (IDP-19, IDP-43).</summary>
    public static OAuthError? RefuseOtherKind(TokenExchangeRequest request, Catalog catalog) =>
        request.SubjectIsRefreshToken && !catalog.HasSignIn ? OAuthError.InvalidRequest("subject_token_type must be " + TokenType.IdToken) : null;

    /// <summary>Refuses with <c>invalid_grant</c>, as the validator of its kind does.</summary>
    /// <exception cref="UpstreamUnavailableException">Keys, or word of a person, cannot be had of an upstream.</exception>
    public async ValueTask<OAuthResult<VerifiedSubject>> ValidateAsync(
        TokenExchangeRequest request, Authenticated<CatalogClient> client, KeyBinding binding, PolicySnapshot snapshot, IssuanceAttempt attempt, IPAddress? address, CancellationToken ct)
    {
        if (request.SubjectIsRefreshToken) return await signedIn.OfRefreshTokenAsync(request, client, binding, snapshot, attempt, address, ct);
        if (!CompactJws.TryParse(request.SubjectToken, SubjectTokenValidator.MaxChars, out var jws, out var failure)) return UpstreamTokenVerifier.Refuse(failure.ToString());
        using (jws)
        {
            return signedIn.IsNamed(jws)
                ? await signedIn.OfIdTokenAsync(jws, client, snapshot, attempt, address, ct)
                : await upstreams.ValidateAsync(jws, client, snapshot, ct);
        }
    }
}
