using Npgsql;
using NpgsqlTypes;

namespace IdJagBroker.Audit.Sequencing;

/// <summary>Counts by the hour, and who was seen on a day: what questions over months are answered from. Counted in the transaction that writes the events, so never off.</summary>
internal static class Rollup
{
    private const string AddCounts =
        """
        insert into audit_rollup (hour, type, outcome, reason, client, authserver, resource, events)
        select * from unnest($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict (hour, type, outcome, reason, client, authserver, resource) do update set events = audit_rollup.events + excluded.events
        """;

    private const string AddPeople =
        """
        insert into audit_rollup_person (day, client, resource, subject_key) select * from unnest($1, $2, $3, $4) on conflict do nothing
        """;

    /// <summary>Adds the counts of one batch, whose events were all recorded at one time.</summary>
    public static void AddTo(NpgsqlBatch batch, IReadOnlyList<SequencedEvent> events)
    {
        var at = events[0].RecordedAt.UtcDateTime;
        var hour = new DateTime(at.Year, at.Month, at.Day, at.Hour, 0, 0, DateTimeKind.Utc);
        var counts = new Dictionary<(string Type, string Outcome, string Reason, string Client, string AuthServer, string Resource), long>();
        var people = new HashSet<(string Client, string Resource, string Person)>();
        foreach (var e in events.Select(e => e.Columns))
        {
            // A grant for several servers is one for each of them.
            foreach (var resource in e.Resources is [] ? [""] : e.Resources)
            {
                var key = (e.Type, e.Outcome, e.Reason ?? "", e.Client ?? "", e.AuthServer ?? "", resource);
                counts[key] = counts.GetValueOrDefault(key) + 1;
                if (e is { Type: "idjag.issued", SubjectKey: not null, Client: not null }) people.Add((e.Client, resource, e.SubjectKey));
            }
        }
        // In one order everywhere, so that two who count never wait for each other in a ring.
        var rows = counts.OrderBy(count => count.Key).ToList();
        batch.BatchCommands.Add(new NpgsqlBatchCommand(AddCounts)
        {
            Parameters =
            {
                new() { Value = Enumerable.Repeat(hour, rows.Count).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz },
                Texts(rows.Select(row => row.Key.Type)), Texts(rows.Select(row => row.Key.Outcome)), Texts(rows.Select(row => row.Key.Reason)),
                Texts(rows.Select(row => row.Key.Client)), Texts(rows.Select(row => row.Key.AuthServer)), Texts(rows.Select(row => row.Key.Resource)),
                new() { Value = rows.Select(row => row.Value).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint },
            },
        });
        if (people.Count is 0) return;
        batch.BatchCommands.Add(new NpgsqlBatchCommand(AddPeople)
        {
            Parameters =
            {
                new() { Value = Enumerable.Repeat(DateOnly.FromDateTime(at), people.Count).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Date },
                Texts(people.Select(person => person.Client)), Texts(people.Select(person => person.Resource)), Texts(people.Select(person => person.Person)),
            },
        });
    }

    private static NpgsqlParameter Texts(IEnumerable<string> values) => new() { Value = values.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };
}
