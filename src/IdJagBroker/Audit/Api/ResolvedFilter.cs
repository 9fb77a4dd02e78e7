using IdJagBroker.Policies;
using IdJagBroker.Storage;
using Npgsql;

namespace IdJagBroker.Audit.Api;

/// <summary>When a key signed, with room for clocks that differ and for events that waited to be placed.</summary>
internal sealed record KeyWindow(string Kid, DateTimeOffset From, DateTimeOffset To);

/// <summary>A filter in the words of the log: people by their random keys, servers by their addresses, families of types by the types that there are.</summary>
internal sealed record ResolvedFilter(EventFilter Filter)
{
    /// <summary>The keys of the people asked for; nobody has been seen of those that are missing.</summary>
    public IReadOnlyList<string> Subjects { get; private init; } = [];

    public IReadOnlyList<string> Resources { get; private init; } = [];

    public IReadOnlyList<string> AuthServers { get; private init; } = [];

    /// <summary>The types that the patterns stand for now; the rest of the patterns is in the filter.</summary>
    public IReadOnlyList<string> Types { get; private init; } = [];

    /// <summary>Of those of the keys asked for that ever were active.</summary>
    public IReadOnlyList<KeyWindow> Keys { get; private init; } = [];

    /// <summary>Looks up what has to be.</summary>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    public static async Task<ResolvedFilter> OfAsync(EventFilter filter, LogDatabase database, Catalog catalog, CancellationToken ct) => new(filter)
    {
        Subjects = await SubjectsAsync(filter["subject"], database, catalog, ct),
        Resources = [.. filter["resource"].Select(name => catalog.Resources.TryGetValue(name, out var resource) ? resource.Uri.Value : name)],
        AuthServers = [.. filter["authserver"].Select(name => catalog.AuthorizationServers.TryGetValue(name, out var server) ? server.Issuer.Value : name)],
        Types = await TypesAsync(filter["type"], database, ct),
        Keys = await KeysAsync(filter["kid"], database, ct),
    };

    // Auditors know people by the upstream's id; the log knows them by a random key.
    private static async Task<IReadOnlyList<string>> SubjectsAsync(IReadOnlyList<string> subjects, LogDatabase database, Catalog catalog, CancellationToken ct)
    {
        var keys = new List<string>();
        foreach (var subject in subjects)
        {
            if (subject.Split('|', 2) is not [var alias, var id] || !catalog.Idps.TryGetValue(alias, out var upstream))
            {
                keys.Add(subject);
                continue;
            }
            await using var command = database.Source.CreateCommand("select subject_key from person where upstream = $1 and upstream_id = $2");
            command.Parameters.Add(new() { Value = upstream.Issuer.Value });
            command.Parameters.Add(new() { Value = id });
            if (await command.ExecuteScalarAsync(ct) is string key) keys.Add(key);
        }
        return [.. keys.Distinct(StringComparer.Ordinal)];
    }

    // From one type to the next by the index: there are some dozens, whatever the number of events.
    private static async Task<IReadOnlyList<string>> TypesAsync(IReadOnlyList<string> asked, LogDatabase database, CancellationToken ct)
    {
        if (!asked.Any(EventTypes.IsPattern)) return asked;
        await using var command = database.Source.CreateCommand(
            $"""
            with recursive known (type) as (
                (select type from audit_event where {EventTypes.Rare} order by type limit 1)
                union all
                select (select e.type from audit_event e where e.type > known.type and e.{EventTypes.Rare} order by e.type limit 1) from known where known.type is not null)
            select type from known where type is not null
            """);
        var types = new List<string>(EventTypes.Common);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) types.Add(reader.GetString(0));
        return [.. asked.Where(type => !EventTypes.IsPattern(type)).Union(types.Where(type => asked.Any(pattern => EventTypes.Matches(pattern, type))), StringComparer.Ordinal)];
    }

    private static async Task<IReadOnlyList<KeyWindow>> KeysAsync(IReadOnlyList<string> kids, LogDatabase database, CancellationToken ct)
    {
        if (kids.Count is 0) return [];
        await using var command = database.Source.CreateCommand(
            """
            select kid, activated_at - interval '1 hour', coalesce(retired_at + interval '1 day', '9000-01-01 00:00:00+00')
            from signing_key where kid = any($1) and activated_at is not null
            """);
        command.Parameters.Add(new() { Value = kids.ToArray() });
        var windows = new List<KeyWindow>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) windows.Add(new KeyWindow(reader.GetString(0), reader.GetFieldValue<DateTimeOffset>(1), reader.GetFieldValue<DateTimeOffset>(2)));
        return windows;
    }
}
