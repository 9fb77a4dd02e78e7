using IdJagBroker.Audit.Checkpoints;
using IdJagBroker.Audit.Exports;
using IdJagBroker.Audit.Proof;
using IdJagBroker.Audit.Sequencing;
using IdJagBroker.Keys.Life;
using IdJagBroker.Storage;
using IdJagBroker.Tests.Audit.Sequencing;
using IdJagBroker.Tests.Storage;
using Microsoft.Extensions.Options;

namespace IdJagBroker.Tests.Audit.Exports;

/// <summary>A log in a real database at which somebody may be, exports of it, and what a checkpoint that was kept elsewhere says of them.</summary>
internal sealed class ExportBench : IAsyncDisposable
{
    private readonly LogBench _log;
    private readonly JobDatabase _database;
    private readonly string _directory = Directory.CreateTempSubdirectory("idjag-export-").FullName;
    private int _exports;

    private ExportBench(LogBench log) =>
        (_log, _database) = (log, new JobDatabase(Options.Create(new DatabaseOptions { ConnectionString = log.ConnectionString })));

    /// <summary>So many events are in the log, keys and checkpoints among them.</summary>
    public long Size { get; private set; }

    /// <summary>The checkpoint that somebody kept where nobody else can write.</summary>
    public VerifiedCheckpoint Kept { get; private set; } = null!;

    /// <summary>The size of the first checkpoint.</summary>
    public long First { get; private set; }

    public string ConnectionString => _log.ConnectionString;

    public LogBench Log => _log;

    public IReadOnlyList<LogKey> LogKeys => KeysFor(KeyPurpose.AuditCheckpoint);

    /// <summary>A log of some six hundred events, more than two tiles, with a handful of checkpoints; nothing writes it any more.</summary>
    public static async Task<ExportBench> StartAsync(BrokerPostgres postgres)
    {
        var bench = new ExportBench(await LogBench.StartAsync(postgres, new CheckpointOptions { Every = TimeSpan.FromSeconds(1), Events = 100 }));
        var sequencer = await bench._log.StartSequencerAsync();
        for (var batch = 1; batch <= 4; batch++)
        {
            await bench._log.AppendAsync(150);
            await bench._log.CheckpointAsync(150 * batch);
        }
        // The event of the last checkpoint too: so that the log tells of each.
        for (var tries = 0; tries < 200 && !await Sql.ScalarAsync<bool>(bench.ConnectionString, "select (select max((event::json #>> '{data,size}')::bigint) from audit_event where type = 'log.checkpoint') = (select max(size) from audit_checkpoint)"); tries++) await Task.Delay(50);
        await sequencer.StopAsync(default);
        bench.Size = await Sql.ScalarAsync<long>(bench.ConnectionString, "select max(size) from audit_checkpoint");
        bench.First = await Sql.ScalarAsync<long>(bench.ConnectionString, "select min(size) from audit_checkpoint");
        var note = await Sql.ScalarAsync<string>(bench.ConnectionString, "select note from audit_checkpoint order by size desc limit 1");
        Assert.True(VerifiedCheckpoint.TryOpen(System.Text.Encoding.UTF8.GetBytes(note), bench.LogKeys, null, out var kept, out var fault), fault);
        bench.Kept = kept;
        await bench.ExecuteAsync(
            """
            create table kept_event as select * from audit_event; create table kept_tile as select * from audit_tile;
            create table kept_checkpoint as select * from audit_checkpoint; create table kept_log as select * from audit_log
            """);
        return bench;
    }

    /// <summary>As somebody who may do anything to the database, past every trigger.</summary>
    public Task ExecuteAsync(string sql) => Sql.ExecuteAsync(ConnectionString, $"set session_replication_role = replica; {sql}; select 1");

    /// <summary>Undoes what was done.</summary>
    public Task RestoreAsync() => ExecuteAsync(
        """
        truncate audit_event, audit_tile, audit_checkpoint, audit_log;
        insert into audit_event select * from kept_event; insert into audit_tile select * from kept_tile;
        insert into audit_checkpoint select * from kept_checkpoint; insert into audit_log select * from kept_log
        """);

    public string NewDirectory() => Path.Combine(_directory, $"{_exports++}");

    public Task<ExportResult?> ExportAsync(string directory, ExportFilter? filter = null, ExportProgress? progress = null, TimeProvider? clock = null) =>
        new ExportWork(_database, _log.Ring, clock ?? TimeProvider.System).RunAsync(filter ?? ExportFilter.None, directory, 100, progress ?? ((_, _, _) => Task.CompletedTask), default);

    public BundleReport Verify(string directory) => new BundleVerifier(LogKeys, KeysFor(KeyPurpose.AuditExport), Kept).Verify(directory);

    /// <summary>What an auditor is told who asks for an export of everything and verifies it.</summary>
    public async Task<IReadOnlyList<(long? Seq, string? File, string Sentence)>> AuditAsync()
    {
        var directory = NewDirectory();
        if (await ExportAsync(directory) is not { } result) return [(null, null, "there is no checkpoint")];
        if (result.Manifest is null) return [.. result.Findings.Select(finding => (finding.Seq, (string?)null, finding.Sentence))];
        return [.. Verify(directory).Findings.Select(finding => (finding.Seq, finding.File, finding.Sentence))];
    }

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        await _log.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private IReadOnlyList<LogKey> KeysFor(KeyPurpose purpose) => [.. _log.Ring.PublishedFor(purpose).Keys.Select(key => LogKey.Of(key))];
}
