using System.Diagnostics;
using System.Globalization;
using IdJagBroker.Audit;
using IdJagBroker.Audit.Checkpoints;
using IdJagBroker.Audit.Sequencing;
using IdJagBroker.Benchmarks.Exchange;
using IdJagBroker.Storage;
using IdJagBroker.Storage.PrivateCluster;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace IdJagBroker.Benchmarks.Audit;

/// <summary>
/// What one event costs to be durable, and then to be in the log: 256 callers, each waiting for its event before it brings the next;
/// Postgres with fsync; the sequencer running, in this process too. Events are as large as those of issued ID-JAGs.
/// </summary>
internal static class WriteLoad
{
    private const int Callers = 256;
    private const int WarmUp = 100_000;
    private const int Rounds = 3;

    /// <param name="events">How many each round.</param>
    public static async Task PrintAsync(int events)
    {
        await using var postgres = await PrivatePostgres.StartAsync(new PrivatePostgresOptions { Directory = Directory.CreateTempSubdirectory("idjag-load-").FullName });
        await DatabaseSetup.MigrateAsync(postgres.ConnectionString, default);
        await using var database = DatabaseSetup.CreateDataSource(postgres.ConnectionString);
        var options = Options.Create(new DatabaseOptions { ConnectionString = postgres.ConnectionString });
        await using var writer = new WriterDatabase(options);
        using var inbox = new AuditInbox(writer, Options.Create(new AuditOptions()), TimeProvider.System, NullLogger<AuditInbox>.Instance);
        await inbox.StartAsync(default);
        Console.WriteLine($"{Callers} callers, {events} events a round, {Rounds} rounds; the rows before: {await CountAsync(database)}");
        await RunAsync(inbox, WarmUp);
        Make(WarmUp);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"of the service's CPU, making one event takes {Make(events):F1} µs: what a request has to say, before it is written"));
        for (var round = 0; round < Rounds; round++) await MeasureAsync("without a sequencer", inbox, postgres, events);

        var origin = new LogOrigin("bench.example/audit");
        var sequencing = new SequencerDatabase(options);
        // Never due: this measures writing.
        var checkpoints = new CheckpointSigner(null!, origin, Options.Create(new CheckpointOptions { Every = TimeSpan.FromHours(1), Events = int.MaxValue }), TimeProvider.System, NullLogger<CheckpointSigner>.Instance);
        using var sequencer = new Sequencer(sequencing, origin, checkpoints, Options.Create(new AuditOptions()), TimeProvider.System, NullLogger<Sequencer>.Instance);
        await DrainAsync(sequencer, database, postgres);
        using var end = new CancellationTokenSource();
        var lags = LagsAsync(inbox, database, end.Token);
        for (var round = 0; round < Rounds; round++) await MeasureAsync("with the sequencer", inbox, postgres, events);
        await end.CancelAsync();
        var lag = await lags;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"from durable to readable, {lag.Length} samples meanwhile: p50 {lag[lag.Length / 2]:F0} ms, p99 {lag[lag.Length * 99 / 100]:F0} ms"));
        await inbox.StopAsync(default);
        var (behind, started) = (await CountAsync(database, "audit_inbox"), Stopwatch.GetTimestamp());
        await ReachesAsync(database, WarmUp + (2 * Rounds * (long)events) + lag.Length);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"then {behind} were still in the inbox; the sequencer moved them in {Stopwatch.GetElapsedTime(started).TotalSeconds:F1} s"));
        await sequencer.StopAsync(default);
    }

    // How long after its commit an event can be read.
    private static async Task<double[]> LagsAsync(AuditInbox inbox, NpgsqlDataSource database, CancellationToken ct)
    {
        var lags = new List<double>();
        while (!ct.IsCancellationRequested)
        {
            var sample = LoadEvents.Issued(0, DateTimeOffset.UtcNow);
            await inbox.AppendAsync(sample, []);
            var started = Stopwatch.GetTimestamp();
            await using var look = database.CreateCommand("select exists (select from audit_event where id = $1)");
            look.Parameters.Add(new() { Value = sample.Id });
            while (await look.ExecuteScalarAsync(CancellationToken.None) is not true) await Task.Delay(5, CancellationToken.None);
            lags.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }
        return [.. lags.Order()];
    }

    private static async Task DrainAsync(Sequencer sequencer, NpgsqlDataSource database, PrivatePostgres postgres)
    {
        var before = await CountAsync(database, "audit_inbox");
        var (started, own, server, allocated) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime, ProcessCpu.OfTree(postgres.ServerProcessId), GC.GetTotalAllocatedBytes());
        await sequencer.StartAsync(default);
        await ReachesAsync(database, before);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var used = (Environment.CpuUsage.TotalTime - own, ProcessCpu.OfTree(postgres.ServerProcessId) - server);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"the sequencer alone   {before / seconds,6:F0} events/s, {before} of them; CPU an event: service {used.Item1.TotalMicroseconds / before:F1} µs, Postgres {used.Item2.TotalMicroseconds / before:F1} µs; {(GC.GetTotalAllocatedBytes() - allocated) / before} B allocated"));
    }

    private static async Task MeasureAsync(string name, AuditInbox inbox, PrivatePostgres postgres, int events)
    {
        var (own, server, started) = (Process.GetCurrentProcess().TotalProcessorTime, ProcessCpu.OfTree(postgres.ServerProcessId), Stopwatch.GetTimestamp());
        var waits = await RunAsync(inbox, events);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var used = (Process.GetCurrentProcess().TotalProcessorTime - own, ProcessCpu.OfTree(postgres.ServerProcessId) - server);
        Array.Sort(waits);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name,-20} {events / seconds,7:F0} events/s; p50 {waits[events / 2]:F1} ms, p99 {waits[events * 99L / 100]:F1} ms; CPU an event: service {used.Item1.TotalMicroseconds / events:F1} µs, Postgres {used.Item2.TotalMicroseconds / events:F1} µs"));
    }

    private static async Task<double[]> RunAsync(AuditInbox inbox, int events)
    {
        var (next, waits) = (-1, new double[events]);
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            for (int i; (i = Interlocked.Increment(ref next)) < events;)
            {
                var started = Stopwatch.GetTimestamp();
                await inbox.AppendOnceAsync(LoadEvents.Issued(i, DateTimeOffset.UtcNow), []);
                waits[i] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            }
        })));
        return waits;
    }

    // What the callers do before they offer an event; in the broker it is part of serving a request.
    private static double Make(int events)
    {
        var before = Environment.CpuUsage.TotalTime;
        for (var i = 0; i < events; i++) GC.KeepAlive(LoadEvents.Issued(i, DateTimeOffset.UtcNow));
        return (Environment.CpuUsage.TotalTime - before).TotalMicroseconds / events;
    }

    // By the log's size: counting the inbox over and over would cost more than what is measured.
    private static async Task ReachesAsync(NpgsqlDataSource database, long size)
    {
        while (await SizeAsync(database) < size) await Task.Delay(20);
    }

    private static async Task<long> SizeAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand("select size from audit_log");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static async Task<long> CountAsync(NpgsqlDataSource database, string table = "audit_event")
    {
        await using var command = database.CreateCommand($"select count(*) from {table}");
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
