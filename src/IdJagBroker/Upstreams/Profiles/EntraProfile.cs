using System.Text;
using IdJagBroker.Policies;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Upstreams.Profiles;

/// <summary>
/// Microsoft Entra ID. All tenants' tokens are signed with the same keys, so the tenant is part of every check: <c>iss</c> must be that of
/// a pinned tenant and <c>tid</c> the same tenant. <c>sub</c> differs by application; <c>oid</c> does not.
/// </summary>
internal sealed class EntraProfile : UpstreamProfile
{
    /// <inheritdoc/>
    public override UpstreamKeySource KeysFor(CatalogIdp idp, CatalogIssuer issuer)
    {
        // The v1 metadata lies at the login host too, though its issuer is another host.
        if (issuer.IsEntraV1) return UpstreamKeySource.Of(idp, issuer.Value, new Uri(idp.Issuer.Url, $"/{issuer.Tenant:D}{UpstreamKeySource.WellKnown}"));
        if (!idp.IsTemplate) return base.KeysFor(idp, issuer);
        // Only here does metadata have the template for an issuer; that of 'common' lists the keys of consumers' accounts as well.
        var place = idp.Tenants.Contains(IdpIssuers.PersonalTenant) ? "common" : "organizations";
        var shared = idp.Issuer.Value.Replace(IdpIssuers.TenantPlace, place, StringComparison.Ordinal).TrimEnd('/');
        return UpstreamKeySource.Of(idp, idp.Issuer.Value, new Uri(shared + UpstreamKeySource.WellKnown));
    }

    /// <inheritdoc/>
    public override string? Check(JwtClaims claims, CatalogIdp idp, CatalogIssuer issuer)
    {
        if (base.Check(claims, idp, issuer) is { } fault) return fault;
        // Entra's access tokens have typ JWT, and their aud may be the client's own id (IDP-37).
        if (claims.Has("appid"u8) || claims.Has("azpacr"u8) || claims.Has("appidacr"u8) || claims.Has("idtyp"u8)) return "it is an access token, not an ID Token";
        return TenantOf(claims) is { } tenant && IsPinned(tenant, idp, issuer) ? null : "tid is missing, or not a tenant of ours";
    }

    /// <inheritdoc/>
    public override string? StableId(JwtClaims claims, CatalogIdp idp, string sub, out string? fault)
    {
        fault = null;
        if (claims.GetString("oid"u8, 36, out var text) is ClaimState.Present && Guid.TryParseExact(text, "D", out var person) && person != Guid.Empty
            && TenantOf(claims) is { } tenant) return $"{tenant:D}/{person:D}";
        fault = "oid is missing or malformed";
        return null;
    }

    /// <inheritdoc/>
    public override string? Tenant(JwtClaims claims) => TenantOf(claims)?.ToString("D");

    /// <inheritdoc/>
    public override bool LeavesGroupsOut(JwtClaims claims, string groupsClaim, int stated) =>
        claims.Has("hasgroups"u8)
        || claims.GetObject("_claim_names"u8, out var elsewhere) is ClaimState.Malformed
        || (claims.Has("_claim_names"u8) && elsewhere.Has(Encoding.UTF8.GetBytes(groupsClaim)));

    /// <summary>A guest's address is what another tenant's administrator, or the guest, made of it. <c>acct</c> is 0 for members.</summary>
    public override bool IsMember(JwtClaims claims, CatalogIssuer issuer) =>
        claims.GetString("idp"u8, 2048, out var home) switch
        {
            ClaimState.Absent => true,
            ClaimState.Present => home == issuer.Value || home == $"https://sts.windows.net/{issuer.Tenant:D}/",
            _ => false,
        }
        && (!claims.Has("acct"u8) || (claims.GetDate("acct"u8, out var kind) is ClaimState.Present && kind == DateTimeOffset.UnixEpoch));

    /// <summary><c>acr</c> (v1) and <c>acrs</c>, the contexts that Conditional Access knows as c1, c2, ….</summary>
    public override IReadOnlyList<string>? AuthenticationContexts(JwtClaims claims) =>
        base.AuthenticationContexts(claims) is not { } one || claims.GetStrings("acrs"u8, 64, out var contexts) is ClaimState.Malformed
            ? null
            : [.. one, .. contexts];

    /// <inheritdoc/>
    protected override bool MaySign(JsonWebKey key, CatalogIssuer issuer) =>
        base.MaySign(key, issuer)
        || (issuer.Tenant is { } tenant && key.Issuer!.Replace(IdpIssuers.TenantPlace, tenant.ToString("D"), StringComparison.Ordinal) == issuer.Value);

    private static Guid? TenantOf(JwtClaims claims) =>
        claims.GetString("tid"u8, 36, out var text) is ClaimState.Present && Guid.TryParseExact(text, "D", out var tenant) ? tenant : null;

    private static bool IsPinned(Guid tenant, CatalogIdp idp, CatalogIssuer issuer) =>
        (issuer.Tenant is not { } named || named == tenant)
        && (idp.Tenants.IsEmpty ? issuer.Tenant == tenant && tenant != IdpIssuers.PersonalTenant : idp.Tenants.Contains(tenant));
}
