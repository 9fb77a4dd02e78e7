using IdJagBroker.Policies;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Upstreams.Profiles;

/// <summary>
/// Google Workspace. Anybody in the world can have an account at this issuer; only <c>hd</c> says whose employee it is. There are no
/// groups in its tokens.
/// </summary>
internal sealed class GoogleProfile : UpstreamProfile
{
    /// <inheritdoc/>
    public override string? Check(JwtClaims claims, CatalogIdp idp, CatalogIssuer issuer)
    {
        if (base.Check(claims, idp, issuer) is { } fault) return fault;
        return claims.GetString("hd"u8, 255, out var domain) is ClaimState.Present && idp.HostedDomains.Contains(domain!, StringComparer.Ordinal)
            ? null
            : "hd is missing, or not a domain of ours";
    }

    /// <inheritdoc/>
    public override string? Tenant(JwtClaims claims) => claims.GetString("hd"u8, 255, out var domain) is ClaimState.Present ? domain : null;
}
