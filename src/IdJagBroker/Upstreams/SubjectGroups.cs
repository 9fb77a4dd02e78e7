using System.Text;
using IdJagBroker.Policies;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Upstreams;

/// <summary>
/// The groups of a person, by stable id, and whether they are all (SEC-36). Entra leaves the claim out past 200 groups and Okta cuts
/// it at 100 without a word: both are "not all", never "none".
/// </summary>
internal static class SubjectGroups
{
    /// <summary>The most groups read.</summary>
    public const int MaxGroups = 1024;

    private const int OktaCut = 100;

    public static (IReadOnlySet<string> Aliases, bool Complete) Read(JwtClaims claims, CatalogIdp upstream, Catalog catalog)
    {
        if (upstream.GroupsClaim is null) return (new HashSet<string>(), false);
        var state = claims.GetStrings(Encoding.UTF8.GetBytes(upstream.GroupsClaim), MaxGroups, out var ids);
        var complete = state is not ClaimState.Malformed && !IsOverage(claims, upstream) && !(upstream.Kind is IdpKind.Okta && ids.Count >= OktaCut);
        return (catalog.GroupAliases(upstream.Alias, ids), complete);
    }

    private static bool IsOverage(JwtClaims claims, CatalogIdp upstream) =>
        upstream.Kind is IdpKind.Entra
        && (claims.Has("hasgroups"u8)
            || (claims.GetObject("_claim_names"u8, out var elsewhere) is ClaimState.Present && elsewhere.Has(Encoding.UTF8.GetBytes(upstream.GroupsClaim!))));
}
