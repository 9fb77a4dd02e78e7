using IdJagBroker.Audit.Checkpoints;
using IdJagBroker.Audit.Proof;
using Npgsql;
using NpgsqlTypes;

namespace IdJagBroker.Audit.Sequencing;

/// <summary>
/// The end of the log, where it grows: its size, its newest time, and the tree so far. Belongs to the connection that leads, and is thrown
/// away with it: after a failure nobody guesses what was committed, it is read again.
/// </summary>
internal sealed class LogTail
{
    private readonly NpgsqlConnection _connection;
    private readonly InboxEvents _inbox;
    private readonly EventTable _events;
    private readonly Rollup _rollup = new();

    private static ReadOnlySpan<byte> CheckpointType => "log.checkpoint"u8;

    private LogTail(NpgsqlConnection connection, LogOrigin log, int maxMoved, TreeBuilder tree, DateTimeOffset recordedAt, Checkpointed checkpointed)
    {
        (_connection, _inbox, _events) = (connection, new InboxEvents(connection, maxMoved), new EventTable(connection, log));
        (Tree, RecordedAt, Checkpointed, Substance) = (tree, recordedAt, checkpointed, tree.Size);
    }

    public TreeBuilder Tree { get; }

    /// <summary>When the newest event was recorded; the next is never earlier, whatever the clock says.</summary>
    public DateTimeOffset RecordedAt { get; private set; }

    /// <summary>What the newest checkpoint covers.</summary>
    public Checkpointed Checkpointed { get; private set; }

    /// <summary>The size of the log up to the newest event that is worth a checkpoint: not one that tells of a checkpoint.</summary>
    public long Substance { get; private set; }

    /// <summary>Reads where the log ends, and that its events, its size and its tree agree there.</summary>
    /// <param name="connection">That which leads.</param>
    /// <param name="log">Its name.</param>
    /// <param name="maxMoved">How many events are moved into it at once.</param>
    /// <param name="ct">Ends it.</param>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    /// <exception cref="InvalidDataException">They do not agree: somebody was at the tables. Nothing is added to such a log.</exception>
    public static async Task<LogTail> ReadAsync(NpgsqlConnection connection, LogOrigin log, int maxMoved, CancellationToken ct)
    {
        await using var state = new NpgsqlCommand(
            """
            select size, recorded_at, (select max(c.size) from audit_checkpoint c), (select max(c.signed_at) from audit_checkpoint c) from audit_log
            """, connection);
        long size;
        DateTimeOffset recordedAt;
        Checkpointed checkpointed;
        await using (var reader = await state.ExecuteReaderAsync(ct))
        {
            if (!await reader.ReadAsync(ct)) throw new InvalidDataException("The log has no size.");
            (size, recordedAt) = (reader.GetInt64(0), reader.GetFieldValue<DateTimeOffset>(1));
            checkpointed = reader.IsDBNull(2) ? Checkpointed.Nothing : new Checkpointed(reader.GetInt64(2), reader.GetFieldValue<DateTimeOffset>(3));
        }
        return new LogTail(connection, log, maxMoved, await LogTiles.ResumeAsync(connection, size, ct), recordedAt, checkpointed);
    }

    /// <summary>Sees to it that there is a partition for this month and the next three.</summary>
    public async Task MakePartitionsAsync(CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select audit_make_partitions(3)", _connection);
        await command.ExecuteScalarAsync(ct);
    }

    /// <summary>
    /// Moves what waits in the inbox into the log, as much as is moved at once, in one transaction; returns how many events. Blocks: whoever
    /// sequences has a thread for it, and to change threads for each piece would cost more than the pieces.
    /// </summary>
    /// <exception cref="NpgsqlException">The database did not commit, or did not say so.</exception>
    public int Move()
    {
        using var transaction = _connection.BeginTransaction();
        _inbox.Take();
        if (_inbox.Count is 0) return 0;

        var (before, recordedAt) = (Tree.Size, _inbox.TakenAt > RecordedAt ? _inbox.TakenAt : RecordedAt);
        _events.Write(_inbox.All, recordedAt, Tree, Added);
        using (var rest = new NpgsqlBatch(_connection))
        {
            foreach (var tile in Tree.TakeFullTiles()) rest.BatchCommands.Add(LogTiles.Put(tile));
            _rollup.AddTo(rest, recordedAt);
            rest.BatchCommands.Add(new NpgsqlBatchCommand("update audit_log set size = $2, recorded_at = $3 where size = $1")
            {
                Parameters = { new() { Value = before }, new() { Value = Tree.Size }, new() { Value = recordedAt } },
            });
            rest.BatchCommands.Add(new NpgsqlBatchCommand("notify idjag_audit"));
            rest.ExecuteNonQuery();
            if (rest.BatchCommands[^2].RecordsAffected is not 1) throw new InvalidDataException("Somebody else has moved the log's end.");
        }
        transaction.Commit();
        RecordedAt = recordedAt;
        return _inbox.Count;
    }

    /// <summary>Keeps a signed checkpoint, the tiles that it needs, and its event.</summary>
    /// <exception cref="NpgsqlException">The database did not commit, or did not say so.</exception>
    public async Task KeepAsync(SignedCheckpoint signed, AuditEvent record, CancellationToken ct)
    {
        await using var transaction = await _connection.BeginTransactionAsync(ct);
        await using (var batch = new NpgsqlBatch(_connection))
        {
            foreach (var tile in signed.PartialTiles) batch.BatchCommands.Add(LogTiles.Put(tile));
            batch.BatchCommands.Add(signed.Insert());
            await batch.ExecuteNonQueryAsync(ct);
        }
        await AuditBatch.AppendAsync(_connection, record, ct);
        await transaction.CommitAsync(ct);
        Checkpointed = new Checkpointed(signed.Checkpoint.Size, signed.SignedAt);
    }

    /// <summary>Whether a key's activation is among the first so many events.</summary>
    public async Task<bool> HoldsActivationAsync(string kid, long size, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select exists (select from audit_event where type = 'key.activated' and kid = $1 and seq < $2)", _connection)
        {
            Parameters = { new() { Value = kid }, new() { Value = size } },
        };
        return await command.ExecuteScalarAsync(ct) is true;
    }

    private void Added(WrittenLine line)
    {
        _rollup.Count(line);
        if (!line.Type.Span.SequenceEqual(CheckpointType)) Substance = Tree.Size;
    }
}

/// <summary>How far checkpoints go.</summary>
/// <param name="Size">The events that the newest one covers.</param>
/// <param name="SignedAt">When it was signed; null if there is none.</param>
internal sealed record Checkpointed(long Size, DateTimeOffset? SignedAt)
{
    public static Checkpointed Nothing { get; } = new(0, null);
}
