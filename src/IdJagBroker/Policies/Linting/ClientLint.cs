using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies.Linting;

/// <summary>Clients of which less is asked than could be.</summary>
internal static class ClientLint
{
    /// <summary>Warns of public clients that bind nothing to a key: what is stolen from one serves whoever has it (RFC 9700 §2.2).</summary>
    public static void Check(Catalog catalog, SourcePlaces places, PolicyDiagnostics problems)
    {
        foreach (var client in catalog.Clients.Values.Where(client => client is { Auth: ClientAuth.None, Dpop: DpopUse.None }).OrderBy(client => client.Alias, StringComparer.Ordinal))
            problems.Warning(places.OfCatalog(catalog, "clients", client.Alias, "auth"), PolicyDiagnosticCode.PublicClientUnbound,
                $"{client.Alias} is a public client without dpop: required; what is stolen from it can be used by anybody");
    }
}
