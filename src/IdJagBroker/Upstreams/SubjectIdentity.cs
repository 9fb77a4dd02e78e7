using System.Text;
using IdJagBroker.Policies;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Upstreams;

/// <summary>Who a token is about, in the words of its upstream (D2): only what the upstream never reassigns and its users cannot edit.</summary>
internal static class SubjectIdentity
{
    /// <summary>The stable identifier: <c>tid</c>/<c>oid</c> at Entra, whose <c>sub</c> differs by application; elsewhere the configured claim.</summary>
    /// <returns>The identifier, or null with the reason.</returns>
    public static string? Read(JwtClaims claims, CatalogIdp upstream, string sub, out string? fault)
    {
        fault = null;
        if (upstream.Kind is IdpKind.Entra) return ReadEntra(claims, upstream, out fault);
        if (upstream.SubjectClaim is "sub") return sub;
        if (claims.GetString(Encoding.UTF8.GetBytes(upstream.SubjectClaim), 255, out var value) is ClaimState.Present) return value;
        fault = $"{upstream.SubjectClaim} is missing or malformed";
        return null;
    }

    /// <summary>The address if the upstream verified it, or is registered as the authority for its domain (JAG-22, nOAuth).</summary>
    public static string? VerifiedEmail(JwtClaims claims, CatalogIdp upstream)
    {
        if (claims.GetString("email"u8, 320, out var email) is not ClaimState.Present) return null;
        var state = claims.GetBoolean("email_verified"u8, out var verified);
        if (state is ClaimState.Malformed) return null;         // "false" as a string is no silence
        if (state is ClaimState.Present) return verified ? email : null;
        var domain = email![(email!.LastIndexOf('@') + 1)..];
        return upstream.EmailDomains.Contains(domain, StringComparer.OrdinalIgnoreCase) ? email : null;
    }

    /// <summary>The string claims called <paramref name="names"/>, where the token has them.</summary>
    public static Dictionary<string, string> NamedClaims(JwtClaims claims, IReadOnlyCollection<string> names)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in names)
            if (claims.GetString(Encoding.UTF8.GetBytes(name), 255, out var value) is ClaimState.Present) found[name] = value!;
        return found;
    }

    // IDP-28: the right key is not enough, since Entra signs for every tenant with the same ones.
    private static string? ReadEntra(JwtClaims claims, CatalogIdp upstream, out string? fault)
    {
        fault = "tid is missing, or not a tenant of ours";
        if (claims.GetString("tid"u8, 64, out var tenant) is not ClaimState.Present
            || !Guid.TryParseExact(tenant, "D", out var tenantId) || !IsOurs(tenantId, upstream)) return null;
        fault = "oid is missing or malformed";
        if (claims.GetString("oid"u8, 64, out var objectId) is not ClaimState.Present) return null;
        fault = null;
        return $"{tenantId:D}/{objectId!.ToLowerInvariant()}";
    }

    // Without a list of tenants the issuer names the one: https://login.microsoftonline.com/{tid}/v2.0
    private static bool IsOurs(Guid tenant, CatalogIdp upstream) => upstream.Tenants.IsEmpty
        ? upstream.Issuer.Url.Segments.Any(segment => Guid.TryParseExact(segment.Trim('/'), "D", out var named) && named == tenant)
        : upstream.Tenants.Contains(tenant);
}
