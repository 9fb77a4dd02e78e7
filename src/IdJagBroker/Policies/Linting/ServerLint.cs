using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies.Linting;

/// <summary>Compares the catalogue with what the authorization servers publish.</summary>
internal static class ServerLint
{
    /// <summary>Warns of servers of which nothing could be read, and of scopes that a server does not list.</summary>
    /// <param name="snapshot">The revision.</param>
    /// <param name="published">By alias; a server that is not in it was not asked.</param>
    /// <param name="problems">Where warnings go.</param>
    public static void Check(PolicySnapshot snapshot, IReadOnlyDictionary<string, PublishedServer> published, PolicyDiagnostics problems)
    {
        var (catalog, places) = (snapshot.Catalog, new SourcePlaces(snapshot));
        foreach (var (alias, server) in published.OrderBy(entry => entry.Key, StringComparer.Ordinal))
            if (server.Fault is { } fault)
                problems.Warning(places.OfCatalog(catalog, "authorizationServers", alias, "issuer"), PolicyDiagnosticCode.MetadataUnreachable, $"the metadata of {alias} cannot be read: {fault}");
        foreach (var resource in catalog.Resources.Values.OrderBy(resource => resource.Alias, StringComparer.Ordinal))
        {
            if (published.GetValueOrDefault(resource.AuthorizationServer)?.Scopes is not { } listed) continue;
            foreach (var scope in resource.Scopes.Scopes.Where(scope => !listed.Contains(scope)))
                problems.Warning(places.OfCatalog(catalog, "resources", resource.Alias, "scopes", scope), PolicyDiagnosticCode.ScopeNotAtAs,
                    $"{PolicyDiagnostics.Quote(scope)} of {resource.Alias} is not among the scopes that {resource.AuthorizationServer} publishes{Hint(scope, listed)}");
        }
    }

    private static string Hint(string scope, IEnumerable<string> listed) => Spelling.Nearest(scope, listed) is { } nearest ? $" (did they mean '{nearest}'?)" : "";
}
