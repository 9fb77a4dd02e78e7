using IdJagBroker.Policies;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Upstreams.Profiles;

/// <summary>
/// Okta. The org authorization server and each custom one are issuers of their own with keys of their own; only the registered one is
/// accepted. A groups claim ends at a hundred without a word.
/// </summary>
internal sealed class OktaProfile : UpstreamProfile
{
    /// <summary>As many groups as a token states at most: as many as that may be all, or not.</summary>
    public const int MaxGroups = 100;

    /// <inheritdoc/>
    public override string? Check(JwtClaims claims, CatalogIdp idp, CatalogIssuer issuer) =>
        base.Check(claims, idp, issuer) ?? (claims.Has("cid"u8) ? "it is an access token, not an ID Token" : null);

    /// <inheritdoc/>
    public override bool LeavesGroupsOut(JwtClaims claims, string groupsClaim, int stated) => stated >= MaxGroups;
}
