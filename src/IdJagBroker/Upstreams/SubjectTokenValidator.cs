using IdJagBroker.Clients;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Upstreams.Groups;

namespace IdJagBroker.Upstreams;

/// <summary>
/// Is this ID Token an upstream's, and presented by a client that it was issued to? (ID-JAG §4.3.3, C-34.) The client hears one sentence; the log hears which check
/// failed.
/// </summary>
internal sealed class SubjectTokenValidator(UpstreamTokenVerifier verifier, GroupDirectories directories)
{
    /// <summary>The longest subject token read, in characters.</summary>
    public const int MaxChars = 16 * 1024;

    /// <summary>
    /// Refuses with <c>invalid_grant</c>, or with <c>temporarily_unavailable</c> if the person's groups are not all known and the
    /// directory that knows them is away.
    /// </summary>
    /// <exception cref="UpstreamUnavailableException">The upstream's keys cannot be had.</exception>
    public async ValueTask<OAuthResult<VerifiedSubject>> ValidateAsync(CompactJws jws, Authenticated<CatalogClient> client, PolicySnapshot snapshot, CancellationToken ct)
    {
        if (JwtType.IsOfAnotherKind(jws.Header.Type)) return UpstreamTokenVerifier.Refuse("typ is another kind of token's");             // IDP-27, IDP-37
        if (jws.Claims.GetString("iss"u8, 2048, out var iss) is not ClaimState.Present) return UpstreamTokenVerifier.Refuse("iss is missing or malformed");
        if (snapshot.Catalog.FindIssuer(iss!) is not var (upstream, issuer)) return UpstreamTokenVerifier.Refuse("iss is no upstream of ours");   // IDP-28; nothing is fetched
        if (!client.Registration.SubjectTokenAudiences.TryGetValue(upstream.Alias, out var audiences))
            return UpstreamTokenVerifier.Refuse($"the client has no subjectTokenAudiences at {upstream.Alias}");                         // C-34
        var verification = await verifier.VerifyAsync(jws, upstream, issuer, audiences, snapshot, ct);
        return verification.IsRefused(out var subject, out var refusal) ? refusal : await WithAllGroupsAsync(subject, snapshot.Catalog, ct);
    }

    /// <summary>The person with all groups, asked for where the token does not state them all and a directory is configured.</summary>
    /// <returns>Refused with <c>temporarily_unavailable</c> if the directory is away.</returns>
    public async ValueTask<OAuthResult<VerifiedSubject>> WithAllGroupsAsync(VerifiedSubject subject, Catalog catalog, CancellationToken ct)
    {
        var upstream = catalog.Idps[subject.Upstream];
        if (subject.GroupsComplete || upstream.GroupDirectory is null) return subject;
        var lookup = await directories.GroupsOfAsync(upstream, subject, ct);
        if (lookup.IsRefused(out var groups, out var refusal)) return refusal;
        return subject with { Groups = catalog.GroupAliases(upstream.Alias, groups), GroupIds = groups, GroupsComplete = true };
    }
}
