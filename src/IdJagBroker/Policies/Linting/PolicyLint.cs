using IdJagBroker.Policies.Rules;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies.Linting;

/// <summary>What is worth a look in a revision that loads: rules that do not do what their author wants, or soon will not, and clients that could be held to more. Warnings, never errors.</summary>
internal static class PolicyLint
{
    /// <summary>Looks at every client and every rule.</summary>
    /// <param name="snapshot">The revision.</param>
    /// <param name="now">The time.</param>
    /// <param name="problems">Where warnings go.</param>
    public static void Check(PolicySnapshot snapshot, DateTimeOffset now, PolicyDiagnostics problems)
    {
        var places = new SourcePlaces(snapshot);
        ClientLint.Check(snapshot.Catalog, places, problems);
        var dead = new DeadRules(snapshot);
        foreach (var rule in snapshot.Rules)
        {
            var expired = ExpiryLint.Check(rule, now, places, problems);
            if (rule.Effect is not PolicyEffect.Allow) continue;
            CatchAll(rule, places, problems);
            ClientsWithoutId(rule, snapshot.Catalog, places, problems);
            if (rule.Mode is PolicyMode.Enforce && !expired && dead.WhyNobody(rule) is { } why)
                problems.Warning(places.OfRule(rule), PolicyDiagnosticCode.RuleDead, $"nobody gets anything by {rule.Id}: {why}");
        }
    }

    private static void CatchAll(PolicyRule rule, SourcePlaces places, PolicyDiagnostics problems)
    {
        if (rule.Who is { Everyone: true })
            problems.Warning(places.OfRule(rule, "who", "everyone"), PolicyDiagnosticCode.CatchAll, $"{rule.Id} gives to everybody whom an identity provider vouches for");
        if (rule.Client is { Every: true })
            problems.Warning(places.OfRule(rule, "client", "every"), PolicyDiagnosticCode.CatchAll, $"{rule.Id} gives to every client, also to those that are added later");
    }

    // D4: without an id there, no ID-JAG can be made, whatever the rule says.
    private static void ClientsWithoutId(PolicyRule rule, Catalog catalog, SourcePlaces places, PolicyDiagnostics problems)
    {
        var servers = rule.Grant.Keys.Select(resource => catalog.Resources[resource].AuthorizationServer).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        foreach (var client in (rule.Client?.Ids?.AnyOf ?? []).Order(StringComparer.Ordinal))
            foreach (var server in servers)
                if (!catalog.AuthorizationServers[server].ClientIds.ContainsKey(client) && !catalog.AuthorizationServers[server].SameClientIds.Contains(client))
                    problems.Warning(places.OfRule(rule, "client", "ids", "anyOf", client), PolicyDiagnosticCode.ClientNotAtAs,
                        $"{client} has no client id at {server}: {rule.Id} gives it nothing there");
    }
}
