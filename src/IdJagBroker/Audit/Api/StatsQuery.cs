using Npgsql;

namespace IdJagBroker.Audit.Api;

/// <summary>The statements that count. A value that an event does not have is the empty text, as the counts keep it.</summary>
internal static class StatsQuery
{
    /// <summary>Of the counts by the hour and by the day; or, by the minute, of the events of a day.</summary>
    public static NpgsqlCommand Events(StatsQuestion asked, ResolvedFilter resolved)
    {
        var sql = new List<NpgsqlParameter>();
        var columns = Columns(asked, sql, "at");
        var (table, count) = asked.IsRaw ? (Raw(asked, sql), "count(*)") : (Counted(asked, sql), "sum(events)::bigint");
        var where = string.Join(" and ", Filters(resolved, sql));
        return Command(
            $"select {string.Concat(columns.Select(column => column + ", "))}{count} from ({table}) counted{(where.Length > 0 ? " where " : "")}{where}{Group(columns)} limit {GetStats.MaxRows + 1}", sql);
    }

    private static string Raw(StatsQuestion asked, List<NpgsqlParameter> sql) =>
        $$"""
        select recorded_at as at, type, outcome, coalesce(reason, '') as reason, coalesce(client, '') as client, coalesce(authserver, '') as authserver, r.resource
        from audit_event e, unnest(case when e.resource = '{}' then array[''] else e.resource end) as r (resource)
        where recorded_at >= {{Add(sql, asked.From.UtcDateTime)}} and recorded_at < {{Add(sql, asked.To.UtcDateTime)}}
        """;

    // Whole days as far as they are over and were added up; hours before the first of them, and after the last.
    private static string Counted(StatsQuestion asked, List<NpgsqlParameter> sql)
    {
        var (from, to) = (asked.From.UtcDateTime, asked.To.UtcDateTime);
        var (first, end) = (from.Date == from ? from : from.Date.AddDays(1), to.Date);
        if (first >= end || asked.Step < TimeSpan.FromDays(1)) return Hours(Add(sql, from), Add(sql, to));
        var (firstDay, endOfDays) = (Add(sql, first), Add(sql, end));
        return $"""
            {Hours(Add(sql, from), firstDay)}
            union all
            select day::timestamp at time zone 'UTC', {Dimensions}, events from audit_rollup_day
            where day >= {Add(sql, DateOnly.FromDateTime(first))} and day < {Add(sql, DateOnly.FromDateTime(end))}
            union all
            {Hours($"greatest({firstDay}, least({endOfDays}, (select coalesce(max(day) + 1, '-infinity')::timestamp at time zone 'UTC' from audit_rollup_day)))", Add(sql, to))}
            """;
    }

    private const string Dimensions = "type, outcome, reason, client, authserver, resource";

    private static string Hours(string from, string to) => $"select hour as at, {Dimensions}, events from audit_rollup where hour >= {from} and hour < {to}";

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
