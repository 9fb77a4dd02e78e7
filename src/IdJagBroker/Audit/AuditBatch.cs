using Npgsql;
using NpgsqlTypes;

namespace IdJagBroker.Audit;

/// <summary>One transaction of the audit writer: replay keys first, then the events that they allow, by binary COPY.</summary>
internal static class AuditBatch
{
    // Held until commit, so that seq order is commit order and nothing appears behind a reader's cursor.
    private const string Begin = "select pg_advisory_xact_lock(4921001)";

    private const string ClaimKeys =
        """
        insert into replay_key (digest, expires_at)
        select * from unnest(@digests, @expiries) on conflict do nothing returning digest
        """;

    private const string CopyEvents =
        """
        copy audit_inbox (id, occurred_at, type, outcome, client, subject_key, authserver, resource, jti, kid, reason, policy_rev, trace_id, node, data)
        from stdin (format binary)
        """;

    private static readonly string Node = Environment.MachineName;

    /// <summary>Commits and tells, in order, what became of each event. Blocks: the writer has nothing else to do.</summary>
    /// <exception cref="CommitUnknownException">The commit was sent and not answered.</exception>
    public static Recorded[] Commit(NpgsqlDataSource database, List<WaitingEvent> batch)
    {
        using var connection = database.OpenConnection();
        using var transaction = connection.BeginTransaction();
        var fresh = Claim(connection, batch);
        var outcomes = new Recorded[batch.Count];
        using (var copy = connection.BeginBinaryImport(CopyEvents))
        {
            for (var i = 0; i < batch.Count; i++)
            {
                var item = batch[i];
                var replayed = FirstReplayed(item, i, fresh);
                outcomes[i] = new Recorded(replayed, IsDurable: replayed is null || !item.KeysDecide);
                if (outcomes[i].IsDurable) Write(copy, replayed is null ? item.Event : item.Event.Noting(item.Keys.Where(key => !fresh.Contains((i, key.Digest)))));
            }
            copy.Complete();
        }
        try
        {
            transaction.Commit();
        }
        catch (NpgsqlException e) when (e is not PostgresException)     // no answer is no "no"
        {
            throw new CommitUnknownException(e);
        }
        return outcomes;
    }

    /// <summary>
    /// Writes one event into a transaction that somebody else commits, together with the change that it tells of. The last thing before
    /// that commit: from here on the writer waits.
    /// </summary>
    public static async Task AppendAsync(NpgsqlConnection connection, AuditEvent auditEvent, CancellationToken ct)
    {
        await using (var order = new NpgsqlCommand(Begin, connection)) await order.ExecuteNonQueryAsync(ct);
        await using var copy = await connection.BeginBinaryImportAsync(CopyEvents, ct);
        Write(copy, auditEvent);        // into the buffer
        await copy.CompleteAsync(ct);
    }

    // The uses that were claimed here and now, each with the place of the one event that it was claimed for.
    private static HashSet<(int Event, byte[] Digest)> Claim(NpgsqlConnection connection, List<WaitingEvent> batch)
    {
        var wanted = new Dictionary<byte[], (ReplayKey Key, int First)>(batch.Count, DigestComparer.Instance);
        for (var i = 0; i < batch.Count; i++)
            for (var k = 0; k < batch[i].Keys.Count; k++) wanted.TryAdd(batch[i].Keys[k].Digest, (batch[i].Keys[k], i));   // twice in one batch: the first wins

        using var commands = new NpgsqlBatch(connection) { BatchCommands = { new NpgsqlBatchCommand(Begin) } };
        if (wanted.Count > 0)
        {
            commands.BatchCommands.Add(new NpgsqlBatchCommand(ClaimKeys)
            {
                Parameters =
                {
                    new("digests", NpgsqlDbType.Array | NpgsqlDbType.Bytea) { Value = wanted.Keys.ToArray() },
                    new("expiries", NpgsqlDbType.Array | NpgsqlDbType.TimestampTz) { Value = wanted.Values.Select(w => w.Key.ExpiresAt.UtcDateTime).ToArray() },
                },
            });
        }
        var fresh = new HashSet<(int, byte[])>(wanted.Count);      // digests by reference: each is the array that was offered
        using var reader = commands.ExecuteReader();
        if (reader.NextResult())
            while (reader.Read())
            {
                var (key, first) = wanted[reader.GetFieldValue<byte[]>(0)];
                fresh.Add((first, key.Digest));
            }
        return fresh;
    }

    private static ReplayKey? FirstReplayed(WaitingEvent item, int place, HashSet<(int, byte[])> fresh)
    {
        for (var k = 0; k < item.Keys.Count; k++)
            if (!fresh.Contains((place, item.Keys[k].Digest))) return item.Keys[k];
        return null;
    }

    private static void Write(NpgsqlBinaryImporter copy, AuditEvent e)
    {
        copy.StartRow();
        copy.Write(e.Id, NpgsqlDbType.Uuid);
        copy.Write(e.OccurredAt.UtcDateTime, NpgsqlDbType.TimestampTz);
        copy.Write(e.Type, NpgsqlDbType.Text);
        copy.Write(Word(e.Outcome), NpgsqlDbType.Text);
        WriteText(copy, e.Client);
        WriteText(copy, e.SubjectKey);
        WriteText(copy, e.AuthServer);
        copy.Write(e.Resources as string[] ?? [.. e.Resources], NpgsqlDbType.Array | NpgsqlDbType.Text);
        WriteText(copy, e.Jti);
        WriteText(copy, e.Kid);
        WriteText(copy, e.Reason);
        WriteText(copy, e.PolicyRevision);
        WriteText(copy, e.TraceId);
        copy.Write(Node, NpgsqlDbType.Text);
        copy.Write(e.Data, NpgsqlDbType.Jsonb);
    }

    private static string Word(AuditOutcome outcome) => outcome switch
    {
        AuditOutcome.Ok => "ok",
        AuditOutcome.Denied => "denied",
        AuditOutcome.Error => "error",
        _ => throw new ArgumentException("There is no such outcome.", nameof(outcome)),
    };

    private static void WriteText(NpgsqlBinaryImporter copy, string? value)
    {
        if (value is null) copy.WriteNull();
        else copy.Write(value, NpgsqlDbType.Text);
    }

    /// <summary>Digests by what is in them; their first bytes are as good as any hash.</summary>
    private sealed class DigestComparer : IEqualityComparer<byte[]>
    {
        public static DigestComparer Instance { get; } = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] digest) => BitConverter.ToInt32(digest);
    }
}
