using System.Net;
using IdJagBroker.Audit;
using IdJagBroker.Clients;
using IdJagBroker.Dpop;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Upstreams;

namespace IdJagBroker.SignIn.Grants;

/// <summary>The person of a <c>subject_token</c> that this issuer made itself: an ID Token or a refresh token of somebody who signed in here (ID-JAG §4.3.3, IDP-39 to IDP-42).</summary>
internal sealed class SignInSubjects(OwnIdTokens idTokens, RefreshTokens refreshTokens, SignInPerson people, SubjectTokenValidator upstreams)
{
    /// <summary>Whether it is one of ours, by its own word.</summary>
    public bool IsNamed(CompactJws jws) => idTokens.IsNamed(jws);

    /// <summary>By an ID Token. Refuses with <c>invalid_grant</c>: what the client hears is what it hears of any other subject token.</summary>
    /// <exception cref="UpstreamUnavailableException">The provider had to be asked and did not answer.</exception>
    public async ValueTask<OAuthResult<VerifiedSubject>> OfIdTokenAsync(
        CompactJws jws, Authenticated<CatalogClient> client, PolicySnapshot snapshot, IssuanceAttempt attempt, IPAddress? address, CancellationToken ct)
    {
        if (idTokens.Verify(jws, mayBeOver: false, out var fault) is not { } token) return UpstreamTokenVerifier.Refuse(fault!);
        if (token.ClientId != client.ClientId)
            return OAuthError.InvalidGrant("the subject token was not issued to this client").Because(UpstreamTokenVerifier.Reason, "aud names another client");       // IDP-31
        return await OfSessionAsync(token.Sid, token.Subject, snapshot, attempt, address, ct);
    }

    /// <summary>
    /// By a refresh token, which stays the current one. Refuses with <c>invalid_grant</c> as it would be refused as a refresh token (IDP-39), and with <c>invalid_target</c>
    /// or <c>invalid_scope</c> what goes beyond that for which the person signed in (IDP-40).
    /// </summary>
    /// <inheritdoc cref="OfIdTokenAsync" path="/exception"/>
    public async ValueTask<OAuthResult<VerifiedSubject>> OfRefreshTokenAsync(
        TokenExchangeRequest request, Authenticated<CatalogClient> client, KeyBinding binding, PolicySnapshot snapshot, IssuanceAttempt attempt, IPAddress? address, CancellationToken ct)
    {
        var finding = await refreshTokens.FindAsync(request.SubjectToken.Reveal(), client, binding, attempt, ct);
        if (finding.IsRefused(out var grant, out var refusal)) return refusal;
        if (grant.Resources.Count > 0 && (request.Resources.Count is 0 || request.Resources.Any(resource => !Covers(grant, resource))))
            return OAuthError.InvalidTarget("the refresh token is for other resources").Because("REFRESH_TOKEN_CONTEXT");
        return await OfSessionAsync(grant.Sid, null, snapshot, attempt, address, ct);
    }

    private static bool Covers(SignInGrant grant, ResourceIndicator resource) =>
        grant.Resources.Any(text => ResourceIndicator.TryParse(text, out var granted) && granted.Equals(resource));

    private async ValueTask<OAuthResult<VerifiedSubject>> OfSessionAsync(string sid, string? sub, PolicySnapshot snapshot, IssuanceAttempt attempt, IPAddress? address, CancellationToken ct)
    {
        attempt.Session = sid;
        var finding = await people.FindAsync(sid, snapshot, address, attempt.UserAgent, ct);
        if (finding.IsRefused(out var who, out var refusal)) return refusal;
        if (sub is not null && who.Person.Sub != sub) return UpstreamTokenVerifier.Refuse("sub is no longer the person of the session");
        return await upstreams.WithAllGroupsAsync(who.Subject, snapshot.Catalog, ct);
    }
}
