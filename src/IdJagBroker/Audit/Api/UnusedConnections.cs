using IdJagBroker.Policies;
using IdJagBroker.Storage;
using Npgsql;

namespace IdJagBroker.Audit.Api;

/// <summary>A client and a resource.</summary>
/// <param name="Client">The client's alias.</param>
/// <param name="Resource">The resource's address.</param>
/// <param name="IsRegistered">Whether the catalogue lets the one ask for the other now; else it did once.</param>
/// <param name="LastUsed">The hour in which a token was last issued for it, if ever.</param>
internal sealed record Connection(string Client, string Resource, bool IsRegistered, DateTimeOffset? LastUsed);

/// <summary>Which connections nobody uses: of those that the catalogue allows, and of those that were ever used.</summary>
internal sealed class UnusedConnections(LogDatabase database)
{
    // From one pair to the next by the index, and of each its last hour: as many steps as there are connections, whatever they were used.
    private const string Used =
        """
        with recursive pair as (
            (select client, resource from audit_rollup order by client, resource limit 1)
            union all
            select n.client, n.resource from pair p, lateral (
                select r.client, r.resource from audit_rollup r where (r.client, r.resource) > (p.client, p.resource) order by r.client, r.resource limit 1) n)
        select p.client, p.resource, u.hour from pair p, lateral (
            select hour from audit_rollup r where r.client = p.client and r.resource = p.resource and r.type = 'idjag.issued' order by hour desc limit 1) u
        where p.client <> '' and p.resource <> ''
        """;

    /// <summary>Those that were not used since, never first.</summary>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    public async Task<IReadOnlyList<Connection>> SinceAsync(DateTimeOffset since, Catalog catalog, CancellationToken ct)
    {
        var used = new Dictionary<(string, string), DateTimeOffset>();
        await using (var command = database.Source.CreateCommand(Used))
        await using (var reader = await command.ExecuteReaderAsync(ct))
        {
            while (await reader.ReadAsync(ct)) used[(reader.GetString(0), reader.GetString(1))] = reader.GetFieldValue<DateTimeOffset>(2);
        }
        var registered = Registered(catalog).ToHashSet();
        return
        [
            .. registered.Union(used.Keys).Select(pair => new Connection(pair.Item1, pair.Item2, registered.Contains(pair), used.TryGetValue(pair, out var last) ? last : null))
                .Where(connection => connection.LastUsed is not { } last || last.AddHours(1) <= since)
                .OrderBy(connection => connection.LastUsed ?? DateTimeOffset.MinValue).ThenBy(connection => connection.Client, StringComparer.Ordinal).ThenBy(connection => connection.Resource, StringComparer.Ordinal),
        ];
    }

    private static IEnumerable<(string, string)> Registered(Catalog catalog) =>
        from resource in catalog.Resources.Values.Where(catalog.IsOpen)
        let server = catalog.AuthorizationServers[resource.AuthorizationServer]
        from client in catalog.Clients.Values
        where client.Enabled && (server.ClientIds.ContainsKey(client.Alias) || server.SameClientIds.Contains(client.Alias))
        select (client.Alias, resource.Uri.Value);
}
