using IdJagBroker.Clients;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Upstreams.Groups;
using IdJagBroker.Upstreams.Profiles;

namespace IdJagBroker.Upstreams;

/// <summary>
/// Is this ID Token an upstream's, current, about somebody, and presented by a client that it was issued to? (ID-JAG §4.3.3,
/// OpenID Connect Core §3.1.3.7.) The client hears one sentence; the log hears which check failed.
/// </summary>
internal sealed class SubjectTokenValidator(UpstreamDirectory upstreams, GroupDirectories directories, TimeProvider clock)
{
    /// <summary>The longest subject token read, in characters.</summary>
    public const int MaxChars = 16 * 1024;

    private const int MaxRemembered = 20_000;
    private const string Reason = "REQ_SUBJECT_TOKEN";

    private readonly VerifiedSignatures _verified = new(MaxRemembered);

    /// <summary>
    /// Refuses with <c>invalid_grant</c>, or with <c>temporarily_unavailable</c> if the person's groups are not all known and the
    /// directory that knows them is away.
    /// </summary>
    /// <exception cref="UpstreamUnavailableException">The upstream's keys cannot be had.</exception>
    public async ValueTask<OAuthResult<VerifiedSubject>> ValidateAsync(
        EncodedJwt subjectToken, Authenticated<CatalogClient> client, PolicySnapshot snapshot, CancellationToken ct)
    {
        var catalog = snapshot.Catalog;
        var verification = await VerifyAsync(subjectToken, client, snapshot, ct);
        if (verification.IsRefused(out var subject, out var refusal)) return refusal;
        var upstream = catalog.Idps[subject.Upstream];
        if (subject.GroupsComplete || upstream.GroupDirectory is null) return subject;

        var lookup = await directories.GroupsOfAsync(upstream, subject, ct);
        if (lookup.IsRefused(out var groups, out refusal)) return refusal;
        return subject with { Groups = catalog.GroupAliases(upstream.Alias, groups), GroupIds = groups, GroupsComplete = true };
    }

    private async ValueTask<OAuthResult<VerifiedSubject>> VerifyAsync(EncodedJwt subjectToken, Authenticated<CatalogClient> client, PolicySnapshot snapshot, CancellationToken ct)
    {
        var catalog = snapshot.Catalog;
        if (!CompactJws.TryParse(subjectToken, MaxChars, out var jws, out var failure)) return Refuse(failure.ToString());
        using (jws)
        {
            if (JwtType.IsOfAnotherKind(jws.Header.Type)) return Refuse("typ is another kind of token's");             // IDP-27, IDP-37
            if (jws.Claims.GetString("iss"u8, 2048, out var iss) is not ClaimState.Present) return Refuse("iss is missing or malformed");
            if (catalog.FindIssuer(iss!) is not var (upstream, issuer)) return Refuse("iss is no upstream of ours");   // IDP-28; nothing is fetched
            if (!client.Registration.SubjectTokenAudiences.TryGetValue(upstream.Alias, out var audiences))
                return Refuse($"the client has no subjectTokenAudiences at {upstream.Alias}");                         // C-34

            var profile = UpstreamProfiles.Of(upstream.Kind);
            var keys = await upstreams.KeysOf(upstream, issuer).GetAsync(jws.Header.KeyId, ct);
            failure = JwsVerifier.Verify(jws, profile.KeysOf(keys, issuer), upstream.Algorithms, _verified, out _);
            if (failure is not JwsFailure.None) return Refuse(failure.ToString());                                     // IDP-29
            if (profile.Check(jws.Claims, upstream, issuer) is { } fault) return Refuse(fault);
            return CheckClaims(jws.Claims, upstream, issuer, audiences, snapshot);
        }
    }

    private OAuthResult<VerifiedSubject> CheckClaims(
        JwtClaims claims, CatalogIdp upstream, CatalogIssuer issuer, IReadOnlySet<string> audiences, PolicySnapshot snapshot)
    {
        var catalog = snapshot.Catalog;
        var profile = UpstreamProfiles.Of(upstream.Kind);
        var now = clock.GetUtcNow();
        if (JwtTimes.Check(claims, now, out var times) is { } fault) return Refuse(fault);                             // IDP-33
        if (claims.GetString("sub"u8, 255, out var sub) is not ClaimState.Present || !System.Text.Ascii.IsValid(sub))
            return Refuse("sub is missing or malformed");                                                              // IDP-30
        if (CheckAudience(claims, audiences) is { } wrongAudience)
            return OAuthError.InvalidGrant("the subject token was not issued to this client").Because(Reason, wrongAudience);
        if (profile.StableId(claims, upstream, sub!, out var identityFault) is not { } stableId) return Refuse(identityFault!);

        var authTimeState = claims.GetDate("auth_time"u8, out var authTime);
        if (authTimeState is ClaimState.Malformed) return Refuse("auth_time is malformed");
        // The sign-in is as old as auth_time says; without it, no younger than the token (IDP-34). Whether that is too old is asked last.
        var signedInAt = authTimeState is ClaimState.Present && authTime < times.IssuedAt ? authTime : times.IssuedAt;

        if (profile.AuthenticationContexts(claims) is not { } contexts) return Refuse("acr is malformed");
        if (claims.GetStrings("amr"u8, 32, out var amr) is ClaimState.Malformed) return Refuse("amr is malformed");
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

    private static OAuthError Refuse(string detail) => OAuthError.InvalidGrant("the subject token is not acceptable").Because(Reason, detail);
}
