using IdJagBroker.Audit.Checkpoints;
using IdJagBroker.Audit.Exports;
using IdJagBroker.Audit.Proof;
using IdJagBroker.Audit.Retention;
using IdJagBroker.Keys.Life;
using IdJagBroker.Storage;
using IdJagBroker.Tests.Audit.Sequencing;
using IdJagBroker.Tests.Storage;
using Microsoft.Extensions.Options;

namespace IdJagBroker.Tests.Audit.Retention;

/// <summary>A log that began in January 2024: its database had another clock then.</summary>
internal sealed class AgedLog : IAsyncDisposable
{
    private readonly LogBench _log;
    private readonly JobDatabase _database;
    private readonly string _directory = Directory.CreateTempSubdirectory("idjag-archive-").FullName;

    private AgedLog(LogBench log, string connectionString) => (_log, _database) = (log, new JobDatabase(Options.Create(new DatabaseOptions { ConnectionString = connectionString })));

    public string ConnectionString => _log.ConnectionString;

    public string Archive => Path.Combine(_directory, "archive");

    public static async Task<AgedLog> StartAsync(BrokerPostgres postgres)
    {
        var connectionString = await postgres.CreateDatabaseAsync();
        await Sql.ExecuteAsync(connectionString,
            """
            create table test_clock (now timestamptz);
            insert into test_clock values ('2024-01-15 12:00:00+00');
            create function public.clock_timestamp() returns timestamptz language sql volatile as 'select coalesce(max(now), pg_catalog.clock_timestamp()) from public.test_clock';
            create table audit_event_2024_01 partition of audit_event for values from ('2024-01-01 00:00:00+00') to ('2024-02-01 00:00:00+00');
            create table audit_event_2024_02 partition of audit_event for values from ('2024-02-01 00:00:00+00') to ('2024-03-01 00:00:00+00');
            select 1
            """);
        var log = new AgedLog(await LogBench.OnAsync(connectionString + ";Search Path=public,pg_catalog", new CheckpointOptions { Every = TimeSpan.FromSeconds(1), Events = 100 }), connectionString);
        await log._log.StartSequencerAsync();
        await log.AppendAsync(150, 150);
        await Sql.ExecuteAsync(connectionString, "update test_clock set now = '2024-02-20 12:00:00+00'; select 1");
        await log.AppendAsync(150, 300);
        await Sql.ExecuteAsync(connectionString, "delete from test_clock; select 1");
        await log.AppendAsync(150, 450);
        return log;
    }

    public RetentionWork Work(string? archive = null) => new(
        new RetentionTable(_database), new ExportWork(_database, _log.Ring, TimeProvider.System), _log.Ring, Options.Create(new RetentionOptions { Archive = archive ?? Archive }), TimeProvider.System);

    public Task<IReadOnlyList<RetentionStep>> TurnAsync() => Work().TurnAsync(default);

    /// <summary>What is in the database now, exported.</summary>
    public async Task<(ExportResult Result, BundleReport Report)> ExportAsync()
    {
        var directory = Path.Combine(_directory, "rest");
        var result = await new ExportWork(_database, _log.Ring, TimeProvider.System).RunAsync(ExportFilter.None, directory, 1_000, (_, _, _) => Task.CompletedTask, default);
        return (result!, Verify(directory));
    }

    public BundleReport Verify(string directory) => new BundleVerifier(Keys(KeyPurpose.AuditCheckpoint), Keys(KeyPurpose.AuditExport), since: null).Verify(directory);

    /// <summary>Whether an event of an archive is in the log of today.</summary>
    public async Task<bool> IsInTodaysLogAsync(long seq, TreeHash leaf)
    {
        var tree = new LogTreeRows(_database);
        var today = (await tree.NewestAsync(default))!.Checkpoint;
        var tiles = new Dictionary<TileId, ReadOnlyMemory<byte>>();
        foreach (var tile in TreeProof.TilesForInclusion(seq, today.Size)) tiles[tile] = (await tree.TileAsync(tile, default))!.Value;
        return TreeProof.VerifyInclusion(leaf, seq, today.Size, TreeProof.Inclusion(seq, today.Size, tile => tiles[tile]), today.Root);
    }

    public Task<string> PartitionsAsync() => Sql.ScalarAsync<string>(ConnectionString, "select string_agg(inhrelid::regclass::text, ' ' order by 1) from pg_inherits where inhparent = 'audit_event'::regclass and inhrelid::regclass::text < 'audit_event_2025'");

    public Task<string> EventsAsync() => Sql.ScalarAsync<string>(ConnectionString, "select coalesce(string_agg(type || ' ' || (event::json #>> '{data,month}'), ', ' order by seq), '') from audit_event where type like 'log.partition%'");

    /// <summary>As somebody who may do anything, past every trigger.</summary>
    public Task ExecuteAsync(string sql) => Sql.ExecuteAsync(ConnectionString, $"set session_replication_role = replica; {sql}; select 1");

    /// <summary>Until the log has all that was written.</summary>
    public async Task SettleAsync()
    {
        for (var tries = 0; await Sql.ScalarAsync<bool>(ConnectionString, "select exists (select from audit_inbox)"); tries++)
        {
            Assert.True(tries < 200, "The inbox does not empty.");
            await Task.Delay(50);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        await _log.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task AppendAsync(int count, int thenCovered)
    {
        await _log.AppendAsync(count);
        await _log.CheckpointAsync(thenCovered);
        await SettleAsync();
    }

    private IReadOnlyList<LogKey> Keys(KeyPurpose purpose) => [.. _log.Ring.PublishedFor(purpose).Keys.Select(key => LogKey.Of(key))];
}
