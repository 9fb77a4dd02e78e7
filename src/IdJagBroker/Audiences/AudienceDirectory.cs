using System.Collections.Immutable;
using IdJagBroker.Clients;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;

namespace IdJagBroker.Audiences;

/// <summary>Finds the target of a request in the catalogue. Says the same of everything unknown; the log hears which.</summary>
internal static class AudienceDirectory
{
    /// <summary>
    /// Refuses with <c>invalid_target</c>: unknown audience, a resource that is not its own (the whole request, C-05), no resource where
    /// several are possible (C-03), or no client id there (JAG-09). A disabled authorization server is <c>access_denied</c>.
    /// </summary>
    public static OAuthResult<ResolvedAudience> Resolve(TokenExchangeRequest request, Authenticated<CatalogClient> client, Catalog catalog)
    {
        if (catalog.FindAuthorizationServer(request.Audience) is not { } server)
            return OAuthError.InvalidTarget("the audience is not known").Because("REQ_UNKNOWN_AUDIENCE");
        if (!server.Enabled) return OAuthError.AccessDenied("not permitted").Because("REQ_UNKNOWN_AUDIENCE", "the authorization server is disabled");

        var resources = ImmutableArray.CreateBuilder<CatalogResource>(request.Resources.Count);
        for (var i = 0; i < request.Resources.Count; i++)
        {
            var resource = catalog.FindResource(request.Resources[i]);
            // A resource of another authorization server and one that nobody has look the same from outside.
            if (resource is null || resource.AuthorizationServer != server.Alias)
                return OAuthError.InvalidTarget("the resource is not known at this audience").Because("REQ_RESOURCE_NOT_OF_AS");
            resources.Add(resource);
        }
        if (resources.Count is 0)
        {
            resources.AddRange(Unnamed(server, catalog));
            if (resources.Count is 0 or > TokenExchangeRequest.MaxResources)
                return OAuthError.InvalidTarget("resource is required for this audience").Because("REQ_RESOURCE_NOT_OF_AS", "no resource named, and none to be meant");
        }
        return server.ClientIdOf(client.Registration.Alias, client.ClientId) is { } clientId
            ? new ResolvedAudience(server, resources.DrainToImmutable(), clientId)
            : OAuthError.InvalidTarget("the client is not registered at this audience").Because("NO_CLIENT_ID_AT_AS");
    }

    // C-03: what a request without resource means here.
    private static ImmutableArray<CatalogResource> Unnamed(CatalogAuthorizationServer server, Catalog catalog) => server.ResourceParameter switch
    {
        ResourceParameter.Required => [],
        ResourceParameter.Optional => catalog.OpenResources(server.Alias),
        _ => catalog.DefaultResource(server.Alias) is { } only ? [only] : [],
    };
}
