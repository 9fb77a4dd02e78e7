using System.Diagnostics;
using System.Globalization;
using IdJagBroker.Audit;
using IdJagBroker.Audit.Api;
using IdJagBroker.Audit.Proof;
using IdJagBroker.Audit.Sequencing;
using IdJagBroker.Storage;
using IdJagBroker.Storage.PrivateCluster;
using IdJagBroker.Benchmarks.Exchange;
using IdJagBroker.Policies;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Npgsql;

namespace IdJagBroker.Benchmarks.Audit;

/// <summary>
/// How quickly a long log answers: a generator fills the tables as the sequencer would, four months back, and the questions are asked of
/// Postgres as the API asks them, each time about another. Kept in a folder, so that a second run has nothing to generate.
/// </summary>
internal static class ReadLoad
{
    private const int Batch = 20_000;
    private const int Samples = 41;
    private const int WrittenMore = 100_000;
    private static readonly Catalog Nothing = new("test", "test", [], [], [], [], [], []);
    private static readonly TimeSpan LogSpan = TimeSpan.FromDays(110);
    private static readonly TimeSpan Sequencing = TimeSpan.FromMilliseconds(120);

    /// <param name="rows">How many events.</param>
    /// <param name="folder">Where the cluster is kept.</param>
    public static async Task PrintAsync(long rows, string folder)
    {
        await FillAsync(folder, rows);
        // Durable: what a page costs that is touched first after a checkpoint is most of what is measured here.
        await using var postgres = await PrivatePostgres.StartAsync(new PrivatePostgresOptions { Directory = folder });
        await using var database = NpgsqlDataSource.Create(postgres.ConnectionString + ";CommandTimeout=3600");
        await ScalarAsync(database, "create database empty_log");
        var empty = new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { Database = "empty_log" }.ConnectionString;
        await DatabaseSetup.MigrateAsync(empty, default);
        for (var turn = 0; turn < 2; turn++)
        {
            await WriteAsync(postgres, empty, "the log empty");
            await WriteAsync(postgres, postgres.ConnectionString, "the log full");
        }
        await ScalarAsync(database, "drop database empty_log with (force)");
        await using var log = new LogDatabase(Options.Create(new DatabaseOptions { ConnectionString = postgres.ConnectionString }));
        var begin = new DateTimeOffset((DateTime)(await ScalarAsync(database, "select min(recorded_at) from audit_event"))!);
        var newest = (DateTime)(await ScalarAsync(database, "select max(recorded_at) from audit_event"))!;
        Console.WriteLine($"{await ScalarAsync(database, "select count(*) from audit_event")} events; {await ScalarAsync(database, "select pg_size_pretty(sum(pg_total_relation_size(inhrelid))) from pg_inherits where inhparent = 'audit_event'::regclass")}; median of {Samples}");
        string At(TimeSpan back) => (newest - back).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        await AskAsync(log, "newest 100", _ => "");
        await AskAsync(log, "one person", n => $"subject={LoadEvents.Person((n * 37) + 4711)}");
        await AskAsync(log, "denials of one client, 24 h", n => $"client={LoadEvents.Client(n * 20)}&outcome=denied&from={At(TimeSpan.FromDays(1))}");
        await AskAsync(log, "by jti", n => $"jti={Uri.EscapeDataString(LoadEvents.Jti((n * rows / Samples) + 1, Occurred((n * rows / Samples) + 1, begin, rows)))}");
        await AskAsync(log, "one resource, 90 days", n => $"resource={Uri.EscapeDataString(LoadEvents.Resource(n + 77))}&from={At(TimeSpan.FromDays(90))}");
        await AskAsync(log, "rare reason", _ => "reason=REQ_SUBJECT_TOKEN");
        var deep = new List<LogPosition>();
        for (var n = 0; n < Samples; n++) deep.Add(new LogPosition(new DateTimeOffset((DateTime)(await ScalarAsync(database, $"select recorded_at from audit_event where recorded_at > '{At(TimeSpan.FromDays(70 + (n * 0.5)))}' order by recorded_at limit 1"))!), long.MaxValue));
        await AskAsync(log, "keyset page, 70 days deep and more", _ => "", n => deep[n]);
        await TimeAsync("matrix client × resource × outcome", async _ =>
        {
            if (StatsQuestion.Read(new QueryCollection(QueryHelpers.ParseQuery("?by=client,resource,outcome&from=-400d")), DateTimeOffset.UtcNow).IsRefused(out var asked, out var problem)) throw new InvalidOperationException(problem.Title);
            await using var connection = await log.Source.OpenConnectionAsync();
            await using var command = StatsQuery.Events(asked, await ResolvedFilter.OfAsync(asked.Filter, log, Nothing, default));
            command.Connection = connection;
            await using var reader = await command.ExecuteReaderAsync();
            var cells = 0;
            while (await reader.ReadAsync()) cells++;
            return cells;
        });
    }

    private static async Task FillAsync(string folder, long rows)
    {
        await using var postgres = await PrivatePostgres.StartAsync(new PrivatePostgresOptions { Directory = folder, Durable = false });
        await DatabaseSetup.MigrateAsync(postgres.ConnectionString, default);
        await using var database = NpgsqlDataSource.Create(postgres.ConnectionString + ";CommandTimeout=3600");
        var have = (long)(await ScalarAsync(database, "select count(*) from audit_event"))!;
        if (have >= rows) return;
        if (have > 0) throw new InvalidOperationException($"The folder holds a log of {have} events, which is not made longer: remove it.");
        var started = Stopwatch.GetTimestamp();
        var begin = DateTimeOffset.FromUnixTimeMilliseconds((DateTimeOffset.UtcNow - LogSpan).ToUnixTimeMilliseconds());
        for (var month = begin.AddDays(1 - begin.Day); month < DateTimeOffset.UtcNow.AddMonths(1); month = month.AddMonths(1))
            await ScalarAsync(database, $"do $$ begin if to_regclass('audit_event_{month:yyyy_MM}') is null then create table audit_event_{month:yyyy_MM} partition of audit_event for values from ('{month:yyyy-MM}-01 00:00:00+00') to ('{month.AddMonths(1):yyyy-MM}-01 00:00:00+00'); end if; end $$");
        await using var connection = await database.OpenConnectionAsync();
        var (table, tree, rollup) = (new EventTable(connection, new LogOrigin("bench.example/audit")), new TreeBuilder(), new Rollup());
        for (var n = 0L; n < rows;)
        {
            var at = begin + (LogSpan * ((double)n / rows));
            var last = Math.Min(n + Batch, rows);
            table.Write(Enumerable.Range(0, (int)(last - n)).Select(i => (ReadOnlyMemory<byte>)EventLine.Of(LoadEvents.Any(n + i, Occurred(n + i, begin, rows)))), new DateTimeOffset(at.Ticks - (at.Ticks % 10), TimeSpan.Zero), tree, rollup.Count);
            n = last;
            await using var counts = new NpgsqlBatch(connection);
            rollup.AddTo(counts, at);
            await counts.ExecuteNonQueryAsync();
            if (n % 1_000_000 < Batch) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {n} generated, {n / Stopwatch.GetElapsedTime(started).TotalSeconds:F0}/s"));
        }
        await ScalarAsync(database, "vacuum analyze audit_event");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"generated {rows} events in {Stopwatch.GetElapsedTime(started).TotalMinutes:F1} min"));
    }

    // An event is recorded with the others of its batch, after the last of them.
    private static DateTimeOffset Occurred(long n, DateTimeOffset begin, long rows) => begin + (LogSpan * ((double)(n - Batch) / rows));

    // What it costs to put more events behind those that are there, as the sequencer does.
    private static async Task WriteAsync(PrivatePostgres postgres, string connectionString, string name)
    {
        await using var source = NpgsqlDataSource.Create(connectionString + ";CommandTimeout=3600");
        await using var connection = await source.OpenConnectionAsync();
        var have = (long)(await ScalarAsync(source, "select count(*) from audit_event"))!;
        for (var round = 0; round < 4; round++)
        {
            var (table, tree, rollup) = (new EventTable(connection, new LogOrigin("bench.example/audit")), new TreeBuilder(), new Rollup());
            await ScalarAsync(source, "checkpoint; select 1");
            var wal = await WalAsync(source);
            var (started, own, server) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime, ProcessCpu.OfTree(postgres.ServerProcessId));
            for (var n = have; n < have + WrittenMore; n += Batch / 10)
            {
                var first = n;
                var at = DateTimeOffset.UtcNow;
                table.Write(Enumerable.Range(0, Batch / 10).Select(i => (ReadOnlyMemory<byte>)EventLine.Of(LoadEvents.Any(first + i, at - Ago(i)))), new DateTimeOffset(at.Ticks - (at.Ticks % 10), TimeSpan.Zero), tree, rollup.Count);
                await using var counts = new NpgsqlBatch(connection);
                rollup.AddTo(counts, at);
                await counts.ExecuteNonQueryAsync();
            }
            var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            var used = (Environment.CpuUsage.TotalTime - own, ProcessCpu.OfTree(postgres.ServerProcessId) - server);
            wal = await WalAsync(source) - wal;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{WrittenMore} more, {name,-16} {WrittenMore / seconds,6:F0} events/s; CPU an event: this process {used.Item1.TotalMicroseconds / WrittenMore:F1} µs, Postgres {used.Item2.TotalMicroseconds / WrittenMore:F1} µs; {wal / WrittenMore:F0} B to its log"));
            have += WrittenMore;
        }
    }

    private static async Task<decimal> WalAsync(NpgsqlDataSource source) => (decimal)(await ScalarAsync(source, "select pg_current_wal_lsn() - '0/0'::pg_lsn"))!;

    // How long before its batch an event was made; those of replicas, and of requests that wait for each other, are up to 20 ms out of order.
    private static TimeSpan Ago(int place) => (Sequencing * (1 - (place / (Batch / 10.0)))) + TimeSpan.FromMilliseconds(place * 7 % 20);

    // As the API does: the filter is read and resolved, the statement made of it, and the page read.
    private static Task AskAsync(LogDatabase log, string name, Func<long, string> query, Func<int, LogPosition>? after = null)
    {
        var reader = new LogReader(log, TimeProvider.System);
        return TimeAsync(name, async n =>
        {
            var now = DateTimeOffset.UtcNow;
            if (EventFilter.Parse(new QueryCollection(QueryHelpers.ParseQuery(query(n))), [], now).IsRefused(out var filter, out var problem)) throw new InvalidOperationException(problem.Title);
            var resolved = await ResolvedFilter.OfAsync(filter, log, Nothing, default);
            if (EventQuery.Of(resolved, new LogSlice(Newest: true, after?.Invoke(n), long.MaxValue, 101), now).IsRefused(out var command, out problem)) throw new InvalidOperationException(problem.Title);
            return (await reader.ReadAsync(command, default)).Count;
        });
    }

    private static async Task TimeAsync(string name, Func<int, Task<int>> ask)
    {
        var times = new double[Samples];
        var rows = 0;
        for (var i = 0; i < Samples; i++)
        {
            var started = Stopwatch.GetTimestamp();
            rows += await ask(i);
            times[i] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        }
        Array.Sort(times);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-42} {times[Samples / 2],8:F2} ms, slowest {times[^1]:F1} ms   {(double)rows / Samples:F1} rows"));
    }

    private static async Task<object?> ScalarAsync(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }
}
