using IdJagBroker.Audit;
using IdJagBroker.Audit.Checkpoints;
using IdJagBroker.Audit.Proof;
using IdJagBroker.Audit.Sequencing;
using IdJagBroker.Keys.Life;
using IdJagBroker.Storage;
using IdJagBroker.Tests.Keys.Life;
using IdJagBroker.Tests.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace IdJagBroker.Tests.Audit.Sequencing;

/// <summary>One event as it is in the log.</summary>
internal sealed record LoggedEvent(long Seq, DateTimeOffset RecordedAt, byte[] Leaf, string Line);

/// <summary>A log with its writer, its keys, and as many sequencers as a test starts, on a database of its own; the broker around it is not there.</summary>
internal sealed class LogBench : IAsyncDisposable
{
    public static readonly LogOrigin Origin = new("log.example/audit");

    private readonly KeyBench _keys;
    private readonly KeyProcess _process;
    private readonly AuditOptions _options = new() { MaxSequenced = 300 };
    private readonly CheckpointOptions _checkpoints;
    private readonly WriterDatabase _writer;
    private readonly List<Sequencer> _sequencers = [];

    private LogBench(KeyBench keys, CheckpointOptions checkpoints)
    {
        (_keys, _checkpoints, _process, Database) = (keys, checkpoints, keys.NewProcess(), DatabaseSetup.CreateDataSource(keys.ConnectionString));
        _writer = new WriterDatabase(Options.Create(new DatabaseOptions { ConnectionString = keys.ConnectionString }));
        Inbox = new AuditInbox(_writer, Options.Create(_options), TimeProvider.System, NullLogger<AuditInbox>.Instance);
    }

    public string ConnectionString => _keys.ConnectionString;

    public IdJagBroker.Keys.SigningKeyRing Ring => _process.Ring;

    public NpgsqlDataSource Database { get; }

    public AuditInbox Inbox { get; }

    /// <summary>Its keys are made and active, which left some events in the inbox.</summary>
    public static async Task<LogBench> StartAsync(BrokerPostgres postgres, CheckpointOptions? checkpoints = null) =>
        await OnAsync(await postgres.CreateDatabaseAsync(), checkpoints ?? new CheckpointOptions());

    public static async Task<LogBench> OnAsync(string connectionString, CheckpointOptions checkpoints)
    {
        var bench = new LogBench(new KeyBench(connectionString, TimeProvider.System) { HoldsOnlyItsOwn = false }, checkpoints);
        await bench._process.Keeper.TurnAsync(default);
        await bench.Inbox.StartAsync(default);
        return bench;
    }

    public async Task<Sequencer> StartSequencerAsync(LogOrigin? origin = null)
    {
        var database = new SequencerDatabase(Options.Create(new DatabaseOptions { ConnectionString = ConnectionString }));
        var signer = new CheckpointSigner(_process.Ring, origin ?? Origin, Options.Create(_checkpoints), TimeProvider.System, NullLogger<CheckpointSigner>.Instance);
        var sequencer = new Sequencer(database, origin ?? Origin, signer, Options.Create(_options), TimeProvider.System, NullLogger<Sequencer>.Instance);
        _sequencers.Add(sequencer);
        await sequencer.StartAsync(default);
        return sequencer;
    }

    public static AuditEvent Event(string type = "test.good") => new()
    {
        Id = Guid.CreateVersion7(), OccurredAt = DateTimeOffset.UnixEpoch, Type = type, Outcome = AuditOutcome.Ok, ActorKind = "test", Client = "agent", Resources = ["https://mcp.example"],
    };

    public Task AppendAsync(int count) => Task.WhenAll(Enumerable.Range(0, count).Select(_ => Inbox.AppendAsync(Event(), [])));

    /// <summary>The log, as soon as so many events of the test's own are in it.</summary>
    public async Task<IReadOnlyList<LoggedEvent>> LogAsync(int count)
    {
        for (var tries = 0; ; tries++)
        {
            var rows = await RowsAsync();
            if (rows.Count(row => row.Line.Contains("\"type\":\"test.", StringComparison.Ordinal)) >= count) return rows;
            Assert.True(tries < 300, $"{rows.Count} events are in the log, which should have {count} of this test's.");
            await Task.Delay(50);
        }
    }

    /// <summary>The newest checkpoint, verified, as soon as it covers so many events.</summary>
    public async Task<Checkpoint> CheckpointAsync(long size)
    {
        var key = Assert.Single(await _process.KeysAsync(KeyState.Active), key => key.Purpose is KeyPurpose.AuditCheckpoint);
        for (var tries = 0; ; tries++)
        {
            await using var command = Database.CreateCommand("select note from audit_checkpoint order by size desc limit 1");
            if (await command.ExecuteScalarAsync() is string note)
            {
                Assert.True(VerifiedCheckpoint.TryOpen(System.Text.Encoding.UTF8.GetBytes(note), [LogKey.TryParse(key.PublicJwk)!], Origin.Name, out var verified, out var fault), fault);
                if (verified.Checkpoint.Size >= size) return verified.Checkpoint;
            }
            Assert.True(tries < 300, "There is no such checkpoint.");
            await Task.Delay(50);
        }
    }

    /// <summary>What the root over these events is, counted without tiles.</summary>
    public static TreeHash RootOf(IEnumerable<LoggedEvent> events)
    {
        var level = events.Select(e => TreeHash.Leaf(System.Text.Encoding.UTF8.GetBytes(e.Line))).ToList();
        return level.Count is 0 ? TreeHash.Empty : Root(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(level));
    }

    public async ValueTask DisposeAsync()
    {
        await Inbox.StopAsync(default);
        foreach (var sequencer in _sequencers)
        {
            await sequencer.StopAsync(default);
            sequencer.Dispose();
        }
        Inbox.Dispose();
        await _writer.DisposeAsync();
        await Database.DisposeAsync();
        await _keys.DisposeAsync();
    }

    // RFC 6962 §2.1, to the letter.
    private static TreeHash Root(ReadOnlySpan<TreeHash> leaves)
    {
        if (leaves.Length is 1) return leaves[0];
        var left = 1;
        while (left * 2 < leaves.Length) left *= 2;
        return TreeHash.Node(Root(leaves[..left]), Root(leaves[left..]));
    }

    private async Task<List<LoggedEvent>> RowsAsync()
    {
        await using var command = Database.CreateCommand("select seq, recorded_at, leaf, event from audit_event order by recorded_at, seq");
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<LoggedEvent>();
        while (await reader.ReadAsync()) rows.Add(new(reader.GetInt64(0), reader.GetFieldValue<DateTimeOffset>(1), reader.GetFieldValue<byte[]>(2), reader.GetString(3)));
        return rows;
    }
}
