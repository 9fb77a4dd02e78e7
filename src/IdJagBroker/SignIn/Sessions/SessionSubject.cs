using System.Collections.Frozen;
using System.Text.Json;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Upstreams;

namespace IdJagBroker.SignIn.Sessions;

/// <summary>The person of a session, read from what the provider said with the catalogue of the moment (IDP-41): a group that got an alias since counts at once.</summary>
internal static class SessionSubject
{
    /// <summary>Refuses with <c>invalid_grant</c> if the provider, or its name, is not in the catalogue any more, or people are not sent there.</summary>
    public static OAuthResult<VerifiedSubject> Read(SignInSession session, PolicySnapshot snapshot, DateTimeOffset now)
    {
        if (snapshot.Catalog.FindIssuer(session.Facts.Issuer) is not var (idp, issuer) || idp.SignIn is not { } signIn || idp.Issuer.Value != session.Upstream)
            return UpstreamTokenVerifier.Refuse("nobody signs in through that provider any more");
        using var json = JsonDocument.Parse(session.Facts.Claims);
        var reading = SubjectClaims.Read(new JwtClaims(json.RootElement), idp, issuer, snapshot, FrozenSet.Create(StringComparer.Ordinal, signIn.ClientId), session.SignedInAt, now);
        if (reading.IsRefused(out var subject, out var refusal)) return refusal;
        return subject with
        {
            // The provider may say it anew when it is asked again; the person has not signed in again.
            AuthTime = subject.AuthTime is null ? null : session.SignedInAt, SignInAge = now - session.SignedInAt, VouchedAge = now - session.CheckedAt, Session = session.Sid,
        };
    }
}
