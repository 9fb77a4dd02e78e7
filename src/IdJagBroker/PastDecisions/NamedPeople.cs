using IdJagBroker.Policies;
using Npgsql;
using NpgsqlTypes;

namespace IdJagBroker.PastDecisions;

/// <summary>The people whom a revision's rules name, by the random keys that the log has for them.</summary>
internal sealed class NamedPeople
{
    private readonly Dictionary<string, string> _names;
    private readonly HashSet<string> _erased;
    private readonly bool _someUnseen;
    private readonly Dictionary<string, string> _nobody = new(StringComparer.Ordinal);

    private NamedPeople(Dictionary<string, string> names, bool someUnseen, HashSet<string> erased) => (_names, _someUnseen, _erased) = (names, someUnseen, erased);

    /// <summary>Of a revision that names nobody.</summary>
    public static NamedPeople None => new(new(StringComparer.Ordinal), false, []);

    /// <param name="database">Where people are.</param>
    /// <param name="snapshot">The revision.</param>
    /// <param name="ct">Ends the waiting.</param>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    public static async Task<NamedPeople> OfAsync(NpgsqlDataSource database, PolicySnapshot snapshot, CancellationToken ct)
    {
        var named = snapshot.Rules.SelectMany(rule => rule.Who?.Subjects?.Names ?? []).Distinct(StringComparer.Ordinal).ToList();
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        if (named.Count is 0) return new NamedPeople(names, false, []);
        var people = named.Select(name => (Name: name, Bar: name.IndexOf('|', StringComparison.Ordinal)))
            .Where(one => snapshot.Catalog.Idps.ContainsKey(one.Name[..one.Bar]))
            .Select(one => (one.Name, Issuer: snapshot.Catalog.Idps[one.Name[..one.Bar]].Issuer.Value, Id: one.Name[(one.Bar + 1)..])).ToList();
        await using var command = database.CreateCommand("select a.n, p.subject_key from unnest($1, $2) with ordinality a (upstream, id, n) join person p on p.upstream = a.upstream and p.upstream_id = a.id");
        command.Parameters.Add(new() { Value = people.Select(one => one.Issuer).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = people.Select(one => one.Id).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        await using (var reader = await command.ExecuteReaderAsync(ct))
            while (await reader.ReadAsync(ct)) names[reader.GetString(1)] = people[(int)reader.GetInt64(0) - 1].Name;
        return new NamedPeople(names, names.Count < named.Count, names.Count < named.Count ? await ErasedAsync(database, ct) : []);
    }

    /// <summary>Who somebody is: the name that a rule has for them, or one that no rule has; null if that cannot be known.</summary>
    /// <param name="subjectKey">The log's key.</param>
    /// <param name="upstream">Who vouched for them.</param>
    public string? NameOf(string? subjectKey, string upstream)
    {
        if (subjectKey is null) return null;
        if (_names.TryGetValue(subjectKey, out var name)) return name;
        // Somebody who was erased may be the one whom a rule names and of whom nothing is known any more.
        return _someUnseen && _erased.Contains(subjectKey) ? null : (_nobody.TryGetValue(upstream, out var nobody) ? nobody : _nobody[upstream] = upstream + "|\0");
    }

    private static async Task<HashSet<string>> ErasedAsync(NpgsqlDataSource database, CancellationToken ct)
    {
        var erased = new HashSet<string>(StringComparer.Ordinal);
        await using var command = database.CreateCommand("select subject_key from audit_event where type = 'erasure.executed' and subject_key is not null");
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) erased.Add(reader.GetString(0));
        return erased;
    }
}
