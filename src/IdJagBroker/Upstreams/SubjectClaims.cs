using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Upstreams.Profiles;

namespace IdJagBroker.Upstreams;

/// <summary>Reads what a verified ID Token of an upstream says of a person, with the catalogue of the moment: when it comes, and again for as long as a session lasts.</summary>
internal static class SubjectClaims
{
    /// <summary>Refuses with <c>invalid_grant</c> what is not for whom it is brought, names nobody, or is malformed.</summary>
    /// <param name="claims">Whose signature stands.</param>
    /// <param name="upstream">Who says so.</param>
    /// <param name="issuer">Under which of its names.</param>
    /// <param name="snapshot">The policy in force.</param>
    /// <param name="audiences">What <c>aud</c> may name.</param>
    /// <param name="issuedAt">When the token was made; without <c>auth_time</c> the sign-in counts as no younger (IDP-34).</param>
    /// <param name="now">The time.</param>
    public static OAuthResult<VerifiedSubject> Read(
        JwtClaims claims, CatalogIdp upstream, CatalogIssuer issuer, PolicySnapshot snapshot, IReadOnlySet<string> audiences, DateTimeOffset issuedAt, DateTimeOffset now)
    {
        var catalog = snapshot.Catalog;
        var profile = UpstreamProfiles.Of(upstream.Kind);
        if (claims.GetString("sub"u8, 255, out var sub) is not ClaimState.Present || !System.Text.Ascii.IsValid(sub))
            return UpstreamTokenVerifier.Refuse("sub is missing or malformed");                                        // IDP-30
        if (CheckAudience(claims, audiences) is { } wrongAudience)
            return OAuthError.InvalidGrant("the subject token was not issued to this client").Because(UpstreamTokenVerifier.Reason, wrongAudience);
        if (profile.StableId(claims, upstream, sub!, out var identityFault) is not { } stableId) return UpstreamTokenVerifier.Refuse(identityFault!);

        var authTimeState = claims.GetDate("auth_time"u8, out var authTime);
        if (authTimeState is ClaimState.Malformed) return UpstreamTokenVerifier.Refuse("auth_time is malformed");
        // The sign-in is as old as auth_time says. Whether that is too old is asked last.
        var signedInAt = authTimeState is ClaimState.Present && authTime < issuedAt ? authTime : issuedAt;

        if (profile.AuthenticationContexts(claims) is not { } contexts) return UpstreamTokenVerifier.Refuse("acr is malformed");
        if (claims.GetStrings("amr"u8, 32, out var amr) is ClaimState.Malformed) return UpstreamTokenVerifier.Refuse("amr is malformed");
        var groups = SubjectGroups.Read(claims, upstream, profile, catalog);
        return new VerifiedSubject
        {
            Upstream = upstream.Alias, StableId = stableId, Subject = sub!,
            Groups = groups.Aliases, GroupIds = groups.Ids, GroupsComplete = groups.Complete,
            Tenant = profile.Tenant(claims), PolicyClaims = SubjectIdentity.PolicyClaims(claims, upstream.PolicyClaims),
            Name = claims.GetString("name"u8, 255, out var name) is ClaimState.Present ? name : null,
            VerifiedEmail = SubjectIdentity.VerifiedEmail(claims, upstream, profile.IsMember(claims, issuer)),
            AuthTime = authTimeState is ClaimState.Present ? authTime : null, Acr = contexts is [var one] ? one : null, AuthenticationContexts = contexts, Amr = amr,
            SignInAge = now - signedInAt,
            CopiedClaims = CopiedClaims.Read(claims, upstream, groups.Complete, snapshot.CopiedClaimNames),
            SubjectClaims = SubjectIdentity.NamedClaims(claims, catalog.SubjectClaimNames),
        };
    }

    // IDP-31, IDP-32: with one audience it must be this client's; with several, every one, and azp too.
    private static string? CheckAudience(JwtClaims claims, IReadOnlySet<string> accepted)
    {
        if (claims.GetStrings("aud"u8, 16, out var audience) is not ClaimState.Present || audience.Count is 0) return "aud is missing or malformed";
        foreach (var one in audience)
            if (!accepted.Contains(one)) return "aud names another client";
        return claims.GetString("azp"u8, 2048, out var authorized) switch
        {
            ClaimState.Malformed => "azp is malformed",
            ClaimState.Present when !accepted.Contains(authorized!) => "azp names another client",
            _ => null,
        };
    }
}
