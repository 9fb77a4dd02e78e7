using System.Collections.Immutable;

namespace IdJagBroker.Policies;

/// <summary>
/// Every <c>iss</c> that a registration accepts, written out: a template becomes one text for each pinned tenant, so that no pattern is
/// ever matched against what a token says (IDP-28).
/// </summary>
internal static class IdpIssuers
{
    /// <summary>What stands for the tenant in Entra's templated issuer.</summary>
    public const string TenantPlace = "{tenantid}";

    /// <summary>The tenant of all consumers' accounts: nobody's enterprise, so accepted only if it is listed.</summary>
    public static readonly Guid PersonalTenant = new("9188040d-6c67-4c5b-b112-36a304b66dad");

    public static ImmutableArray<CatalogIssuer> Of(CatalogIdp idp) => idp.Kind switch
    {
        IdpKind.Entra => [.. Entra(idp)],
        // Google's libraries know two spellings of one issuer.
        IdpKind.Google => [new CatalogIssuer(idp.Issuer.Value), new CatalogIssuer(idp.Issuer.Url.Authority)],
        _ => [new CatalogIssuer(idp.Issuer.Value)],
    };

    /// <summary>The tenant that an Entra issuer names in its path, or null.</summary>
    public static Guid? TenantOf(Uri issuer)
    {
        foreach (var segment in issuer.Segments)
            if (Guid.TryParseExact(segment.Trim('/'), "D", out var tenant)) return tenant;
        return null;
    }

    private static IEnumerable<CatalogIssuer> Entra(CatalogIdp idp)
    {
        if (!idp.IsTemplate)
        {
            var tenant = TenantOf(idp.Issuer.Url);
            yield return new CatalogIssuer(idp.Issuer.Value, tenant);
            if (idp.EntraV1 && tenant is { } named) yield return EntraV1(idp, named);
            yield break;
        }
        foreach (var tenant in idp.Tenants)
        {
            yield return new CatalogIssuer(idp.Issuer.Value.Replace(TenantPlace, tenant.ToString("D"), StringComparison.Ordinal), tenant);
            if (idp.EntraV1) yield return EntraV1(idp, tenant);
        }
    }

    private static CatalogIssuer EntraV1(CatalogIdp idp, Guid tenant)
    {
        var host = idp.Issuer.Url.Host is "login.partner.microsoftonline.cn" ? "sts.chinacloudapi.cn" : "sts.windows.net";
        return new CatalogIssuer($"https://{host}/{tenant:D}/", tenant, IsEntraV1: true);
    }
}
