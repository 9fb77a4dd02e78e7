using System.Collections.Immutable;
using System.Runtime.InteropServices;
using IdJagBroker.Policies;

namespace IdJagBroker.Audiences;

/// <summary>Which authorization server, whose resources, and who the client is there (ID-JAG §4.3, §5).</summary>
/// <param name="AuthorizationServer">What <c>aud</c> will name.</param>
/// <param name="Resources">One to eight, all governed by it.</param>
/// <param name="ClientIdAtAudience">What <c>client_id</c> will say: never the broker's own id for the client (D4), but the address of its metadata document where the catalogue says so (JAG-09).</param>
internal sealed record ResolvedAudience(
    CatalogAuthorizationServer AuthorizationServer, ImmutableArray<CatalogResource> Resources, string ClientIdAtAudience)
{
    /// <summary>How the policy names the resources.</summary>
    public ImmutableArray<string> ResourceAliases { get; } = ImmutableArray.CreateRange(Resources, static resource => resource.Alias);

    /// <summary>How tokens and records name the resources: the registered spelling.</summary>
    public IReadOnlyList<string> ResourceUris { get; } = Array.ConvertAll(ImmutableCollectionsMarshal.AsArray(Resources)!, static resource => resource.Uri.Value);
}
