using System.Text;
using IdJagBroker.Policies;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Upstreams.Profiles;

namespace IdJagBroker.Upstreams;

/// <summary>
/// The groups of a person, by stable id, and whether they are all (SEC-36). Entra leaves the claim out past 200 groups, Okta cuts it at
/// 100 without a word, and a provider that was never told to send it sends none: all of that is "not all", never "none".
/// </summary>
internal static class SubjectGroups
{
    /// <summary>The most groups read from a token.</summary>
    public const int MaxGroups = 1024;

    public static (IReadOnlySet<string> Aliases, IReadOnlyList<string> Ids, bool Complete) Read(JwtClaims claims, CatalogIdp upstream, UpstreamProfile profile, Catalog catalog)
    {
        if (upstream.GroupsClaim is not { } name) return (new HashSet<string>(), [], false);
        var state = claims.GetStrings(Encoding.UTF8.GetBytes(name), MaxGroups, out var ids);
        return (catalog.GroupAliases(upstream.Alias, ids), ids, state is ClaimState.Present && !profile.LeavesGroupsOut(claims, name, ids.Count));
    }
}
