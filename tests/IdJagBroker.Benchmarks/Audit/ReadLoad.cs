using System.Diagnostics;
using System.Globalization;
using IdJagBroker.Audit;
using IdJagBroker.Audit.Sequencing;
using IdJagBroker.Storage;
using IdJagBroker.Storage.PrivateCluster;
using Npgsql;

namespace IdJagBroker.Benchmarks.Audit;

/// <summary>
/// How quickly a long log answers: a generator fills the tables as the sequencer would, four months back, and the questions are asked of
/// Postgres as the API asks them. Kept in a folder, so that a second run has nothing to generate.
/// </summary>
internal static class ReadLoad
{
    private const int Batch = 20_000;
    private const int Samples = 41;

    /// <param name="rows">How many events.</param>
    /// <param name="folder">Where the cluster is kept.</param>
    public static async Task PrintAsync(long rows, string folder)
    {
        await using var postgres = await PrivatePostgres.StartAsync(new PrivatePostgresOptions { Directory = folder, Durable = false });
        await DatabaseSetup.MigrateAsync(postgres.ConnectionString, default);
        await using var database = NpgsqlDataSource.Create(postgres.ConnectionString + ";CommandTimeout=3600");
        await FillAsync(database, rows);
        var now = (DateTime)(await ScalarAsync(database, "select max(recorded_at) from audit_event"))!;
        Console.WriteLine($"{await ScalarAsync(database, "select count(*) from audit_event")} events; {await ScalarAsync(database, "select pg_size_pretty(sum(pg_total_relation_size(inhrelid))) from pg_inherits where inhparent = 'audit_event'::regclass")}; median of {Samples}");
        string At(TimeSpan back) => $"'{now - back:O}'";
        const string Newest = "order by recorded_at desc, seq desc limit 100";
        await AskAsync(database, "newest 100", $"select event from audit_event {Newest}");
        await AskAsync(database, "one person", $"select event from audit_event where subject_key = '{LoadEvents.Person(4711)}' {Newest}");
        await AskAsync(database, "denials of one client, 24 h", $"select event from audit_event where client = '{LoadEvents.Client(40)}' and outcome = 'denied' and outcome <> 'ok' and recorded_at > {At(TimeSpan.FromDays(1))} {Newest}");
        await AskAsync(database, "by jti", $"select event from audit_event where jti = '{LoadEvents.Jti(rows / 3)}'");
        await AskAsync(database, "one resource, 90 days", $"select event from audit_event where resource[1] = '{LoadEvents.Resource(77)}' and resource <> '{{}}' and recorded_at > {At(TimeSpan.FromDays(90))} {Newest}");
        await AskAsync(database, "rare reason", $"select event from audit_event where reason = 'REQ_SUBJECT_TOKEN' and outcome <> 'ok' {Newest}");
        var deep = (DateTime)(await ScalarAsync(database, $"select recorded_at from audit_event where recorded_at > {At(TimeSpan.FromDays(70))} order by recorded_at limit 1"))!;
        await AskAsync(database, "keyset page, 70 days deep", $"select event from audit_event where (recorded_at, seq) < ('{deep:O}', 9223372036854775807) {Newest}");
        await AskAsync(database, "matrix client × resource, from rollups", "select client, resource, outcome, sum(events) from audit_rollup where hour > now() - interval '400 days' group by 1, 2, 3");
        await ExportAsync(database, Math.Min(rows, 1_000_000));
    }

    private static async Task FillAsync(NpgsqlDataSource database, long rows)
    {
        var have = (long)(await ScalarAsync(database, "select count(*) from audit_event"))!;
        if (have >= rows) return;
        var started = Stopwatch.GetTimestamp();
        var begin = DateTimeOffset.UtcNow.AddDays(-110);
        for (var month = begin.AddDays(1 - begin.Day); month < DateTimeOffset.UtcNow.AddMonths(1); month = month.AddMonths(1))
            await ScalarAsync(database, $"do $$ begin if to_regclass('audit_event_{month:yyyy_MM}') is null then create table audit_event_{month:yyyy_MM} partition of audit_event for values from ('{month:yyyy-MM}-01 00:00:00+00') to ('{month.AddMonths(1):yyyy-MM}-01 00:00:00+00'); end if; end $$");
        await using var connection = await database.OpenConnectionAsync();
        for (var n = have; n < rows;)
        {
            var at = begin + (TimeSpan.FromDays(110) * ((double)n / rows));
            var events = new List<SequencedEvent>(Batch);
            for (var i = 0; i < Batch && n < rows; i++, n++) events.Add(SequencedEvent.Of(EventLine.Of(LoadEvents.Any(n, at)), "bench.example/audit", n, new DateTimeOffset(at.Ticks - (at.Ticks % 10), TimeSpan.Zero)));
            await EventTable.WriteAsync(connection, events, default);
            await using var counts = new NpgsqlBatch(connection);
            Rollup.AddTo(counts, events);
            await counts.ExecuteNonQueryAsync();
            if (n % 1_000_000 < Batch) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {n} generated, {(n - have) / Stopwatch.GetElapsedTime(started).TotalSeconds:F0}/s"));
        }
        await ScalarAsync(database, "vacuum analyze audit_event");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"generated {rows - have} events in {Stopwatch.GetElapsedTime(started).TotalMinutes:F1} min"));
    }

    private static async Task AskAsync(NpgsqlDataSource database, string name, string sql)
    {
        await using var connection = await database.OpenConnectionAsync();
        var times = new double[Samples];
        var rows = 0;
        for (var i = 0; i < Samples; i++)
        {
            var started = Stopwatch.GetTimestamp();
            await using var command = new NpgsqlCommand(sql, connection);
            await using var reader = await command.ExecuteReaderAsync();
            for (rows = 0; await reader.ReadAsync(); rows++) _ = reader.GetFieldValue<byte[]>(0);
            times[i] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        }
        Array.Sort(times);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-42} {times[Samples / 2],8:F2} ms   {rows} rows"));
    }

    private static async Task ExportAsync(NpgsqlDataSource database, long rows)
    {
        var started = Stopwatch.GetTimestamp();
        await using var connection = await database.OpenConnectionAsync();
        await using var command = new NpgsqlCommand($"select event from audit_event order by recorded_at, seq limit {rows}", connection);
        await using var reader = await command.ExecuteReaderAsync(System.Data.CommandBehavior.SequentialAccess);
        long bytes = 0;
        while (await reader.ReadAsync()) bytes += reader.GetFieldValue<byte[]>(0).Length;
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"lines read in order: {rows / seconds:F0}/s, {bytes / rows} B each; memory of this process {Environment.WorkingSet / 1048576} MiB"));
    }

    private static async Task<object?> ScalarAsync(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }
}
