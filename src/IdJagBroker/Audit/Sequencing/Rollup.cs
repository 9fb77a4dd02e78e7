using Npgsql;
using NpgsqlTypes;

namespace IdJagBroker.Audit.Sequencing;

/// <summary>
/// Counts by the hour, who was seen on a day, and the counts of days that are over: what questions over months are answered from. Counted in the transaction that writes the events, so never off.
/// </summary>
internal sealed class Rollup
{
    private const int MaxSeen = 100_000;

    private const string AddCounts =
        """
        insert into audit_rollup (hour, type, outcome, reason, client, authserver, resource, events)
        select * from unnest($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict (hour, type, outcome, reason, client, authserver, resource) do update set events = audit_rollup.events + excluded.events
        """;

    // No event is recorded earlier than the one before it: with the first event of a day, those before it are complete.
    private const string CloseDays =
        """
        insert into audit_rollup_day (day, type, outcome, reason, client, authserver, resource, events)
        select (hour at time zone 'UTC')::date, type, outcome, reason, client, authserver, resource, sum(events) from audit_rollup
        where hour >= (select coalesce(max(day) + 1, '-infinity')::timestamp at time zone 'UTC' from audit_rollup_day) and hour < $1::timestamp at time zone 'UTC'
        group by 1, 2, 3, 4, 5, 6, 7
        """;

    private const string AddPeople =
        """
        insert into audit_rollup_person (day, client, resource, subject_key) select * from unnest($1, $2, $3, $4) on conflict do nothing
        """;

    private readonly KnownTexts _texts = new();
    private readonly Dictionary<(string Type, string Outcome, string Reason, string Client, string AuthServer, string Resource), long> _counts = [];
    private readonly List<(string Client, string Resource, string Person)> _people = [];

    // Who is in the table already, of one day: most events are of people seen before, and asking about each would cost as much as an index.
    private readonly HashSet<(string Client, string Resource, string Person)> _seen = [];
    private DateOnly _day;

    /// <summary>Counts an event; all of one batch are of one time.</summary>
    public void Count(WrittenLine e)
    {
        var (type, outcome, reason) = (_texts.Of(e.Type), _texts.Of(e.Outcome), Text(e.Reason));
        var (client, authserver) = (Text(e.Client), Text(e.AuthServer));
        // A grant for several servers is one for each of them.
        for (var i = 0; i < Math.Max(e.Resources.Count, 1); i++)
        {
            var resource = e.Resources.Count is 0 ? "" : _texts.Of(e.Resources[i]);
            var key = (type, outcome, reason, client, authserver, resource);
            _counts[key] = _counts.GetValueOrDefault(key) + 1;
            if (type is "idjag.issued" && e is { SubjectKey: { } person, Client: not null }) _people.Add((client, resource, _texts.Of(person)));
        }
    }

    /// <summary>Adds what was counted since the last time to what the database has.</summary>
    public void AddTo(NpgsqlBatch batch, DateTimeOffset recordedAt)
    {
        var at = recordedAt.UtcDateTime;
        var hour = new DateTime(at.Year, at.Month, at.Day, at.Hour, 0, 0, DateTimeKind.Utc);
        // In one order everywhere, so that two who count never wait for each other in a ring.
        var rows = _counts.OrderBy(count => count.Key).ToList();
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
        _counts.Clear();
        BeginDay(batch, DateOnly.FromDateTime(at));
        AddPeopleTo(batch);
    }

    private void BeginDay(NpgsqlBatch batch, DateOnly day)
    {
        if (day == _day) return;
        batch.BatchCommands.Add(new NpgsqlBatchCommand(CloseDays) { Parameters = { new() { Value = day } } });
        _seen.Clear();
        _day = day;
    }

    private void AddPeopleTo(NpgsqlBatch batch)
    {
        if (_seen.Count > MaxSeen) _seen.Clear();
        var people = _people.Where(_seen.Add).ToList();
        _people.Clear();
        if (people.Count is 0) return;
        batch.BatchCommands.Add(new NpgsqlBatchCommand(AddPeople)
        {
            Parameters =
            {
                new() { Value = Enumerable.Repeat(_day, people.Count).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Date },
                Texts(people.Select(person => person.Client)), Texts(people.Select(person => person.Resource)), Texts(people.Select(person => person.Person)),
            },
        });
    }

    private string Text(ReadOnlyMemory<byte>? text) => text is { } given ? _texts.Of(given) : "";

    private static NpgsqlParameter Texts(IEnumerable<string> values) => new() { Value = values.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };
}
