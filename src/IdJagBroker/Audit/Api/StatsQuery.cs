using Npgsql;

namespace IdJagBroker.Audit.Api;

/// <summary>The statements that count. A value that an event does not have is the empty text, as the counts keep it.</summary>
internal static class StatsQuery
{
    /// <summary>Of the counts by the hour; or, by the minute, of the events of a day.</summary>
    public static NpgsqlCommand Events(StatsQuestion asked, ResolvedFilter resolved)
    {
        var sql = new List<NpgsqlParameter>();
        var columns = Columns(asked, sql, asked.IsRaw ? "recorded_at" : "hour");
        var where = new List<string> { $"{(asked.IsRaw ? "recorded_at" : "hour")} >= {Add(sql, asked.From.UtcDateTime)} and {(asked.IsRaw ? "recorded_at" : "hour")} < {Add(sql, asked.To.UtcDateTime)}" };
        where.AddRange(Filters(resolved, sql));
        var (table, count) = asked.IsRaw
            ? ($"""
                (select recorded_at, type, outcome, coalesce(reason, '') as reason, coalesce(client, '') as client, coalesce(authserver, '') as authserver, r.resource
                 from audit_event e, unnest(case when e.resource = '{"{}"}' then array[''] else e.resource end) as r (resource)) e
                """, "count(*)")
            : ("audit_rollup", "sum(events)::bigint");
        return Command($"select {string.Concat(columns.Select(column => column + ", "))}{count} from {table} where {string.Join(" and ", where)}{Group(columns)} limit {GetStats.MaxRows + 1}", sql);
    }

    /// <summary>Of those whom a token was issued for, each once: on each day, or in all the time.</summary>
    public static NpgsqlCommand People(StatsQuestion asked, ResolvedFilter resolved)
    {
        var sql = new List<NpgsqlParameter>();
        var columns = asked.By.ToList();
        if (asked.Step is not null) columns.Insert(0, "(day::timestamp at time zone 'UTC')");
        List<string> where = [$"day >= {Add(sql, DateOnly.FromDateTime(asked.From.UtcDateTime))} and day < {Add(sql, DateOnly.FromDateTime(asked.To.UtcDateTime))}", .. Filters(resolved, sql)];
        return Command(
            $"select {string.Concat(columns.Select(column => column + ", "))}count(distinct subject_key) from audit_rollup_person where {string.Join(" and ", where)}{Group(columns)} limit {GetStats.MaxRows + 1}", sql);
    }

    private static List<string> Columns(StatsQuestion asked, List<NpgsqlParameter> sql, string time)
    {
        var columns = asked.By.ToList();
        if (asked.Step is { } step) columns.Insert(0, $"date_bin({Add(sql, step)}, {time}, '1970-01-01 00:00:00+00')");
        return columns;
    }

    private static IEnumerable<string> Filters(ResolvedFilter resolved, List<NpgsqlParameter> sql) => resolved.Filter.Given.Select(given => given.Parameter switch
    {
        "type" => $"type = any({Add(sql, resolved.Types.ToArray())})",
        "resource" => $"resource = any({Add(sql, resolved.Resources.ToArray())})",
        "authserver" => $"authserver = any({Add(sql, resolved.AuthServers.ToArray())})",
        var column => $"{column} = any({Add(sql, given.Values.ToArray())})",
    });

    // By place: what groups is not written twice.
    private static string Group(List<string> columns) => columns.Count is 0 ? "" : $" group by {string.Join(", ", Enumerable.Range(1, columns.Count))}";

    private static string Add(List<NpgsqlParameter> sql, object value)
    {
        sql.Add(new() { Value = value });
        return FormattableString.Invariant($"${sql.Count}");
    }

    private static NpgsqlCommand Command(string text, List<NpgsqlParameter> sql)
    {
        var command = new NpgsqlCommand(text);
        foreach (var value in sql) command.Parameters.Add(value);
        return command;
    }
}
