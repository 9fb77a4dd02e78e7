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

    /// <summary>Commits and tells, in order, what became of each event.</summary>
    /// <exception cref="CommitUnknownException">The commit was sent and not answered.</exception>
    public static async Task<IReadOnlyList<Recorded>> CommitAsync(
        NpgsqlDataSource database, IReadOnlyList<(AuditEvent Event, IReadOnlyList<ReplayKey> Keys, bool KeysDecide)> batch)
    {
        await using var connection = await database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        var fresh = await ClaimAsync(connection, batch);
        var outcomes = new Recorded[batch.Count];
        await using (var copy = await connection.BeginBinaryImportAsync(CopyEvents))
        {
            for (var i = 0; i < batch.Count; i++)
            {
                var (auditEvent, keys, keysDecide) = batch[i];
                var replayed = keys.FirstOrDefault(key => !fresh.Contains((i, key.Digest)));
                outcomes[i] = new Recorded(replayed, IsDurable: replayed is null || !keysDecide);
                if (outcomes[i].IsDurable) await WriteAsync(copy, replayed is null ? auditEvent : auditEvent.Noting(keys.Where(key => !fresh.Contains((i, key.Digest)))));
            }
            await copy.CompleteAsync();
        }
        try
        {
            await transaction.CommitAsync();
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
        await WriteAsync(copy, auditEvent);
        await copy.CompleteAsync(ct);
    }

    // The uses that were claimed here and now, each with the place of the one event that it was claimed for.
    private static async Task<HashSet<(int Event, byte[] Digest)>> ClaimAsync(
        NpgsqlConnection connection, IReadOnlyList<(AuditEvent, IReadOnlyList<ReplayKey> Keys, bool)> batch)
    {
        var wanted = new Dictionary<string, (ReplayKey Key, int First)>(StringComparer.Ordinal);
        for (var i = 0; i < batch.Count; i++)
            foreach (var key in batch[i].Keys) wanted.TryAdd(Convert.ToHexString(key.Digest), (key, i));   // twice in one batch: the first wins

        await using var commands = new NpgsqlBatch(connection) { BatchCommands = { new NpgsqlBatchCommand(Begin) } };
        if (wanted.Count > 0)
        {
            commands.BatchCommands.Add(new NpgsqlBatchCommand(ClaimKeys)
            {
                Parameters =
                {
                    new("digests", NpgsqlDbType.Array | NpgsqlDbType.Bytea) { Value = wanted.Values.Select(w => w.Key.Digest).ToArray() },
                    new("expiries", NpgsqlDbType.Array | NpgsqlDbType.TimestampTz) { Value = wanted.Values.Select(w => w.Key.ExpiresAt.UtcDateTime).ToArray() },
                },
            });
        }
        var fresh = new HashSet<(int, byte[])>();      // digests by reference: each is the array that was offered
        await using var reader = await commands.ExecuteReaderAsync();
        if (await reader.NextResultAsync())
            while (await reader.ReadAsync())
            {
                var (key, first) = wanted[Convert.ToHexString(reader.GetFieldValue<byte[]>(0))];
                fresh.Add((first, key.Digest));
            }
        return fresh;
    }

    private static async Task WriteAsync(NpgsqlBinaryImporter copy, AuditEvent e)
    {
        await copy.StartRowAsync();
        await copy.WriteAsync(e.Id, NpgsqlDbType.Uuid);
        await copy.WriteAsync(e.OccurredAt.UtcDateTime, NpgsqlDbType.TimestampTz);
        await copy.WriteAsync(e.Type, NpgsqlDbType.Text);
        await copy.WriteAsync(e.Outcome.ToString().ToLowerInvariant(), NpgsqlDbType.Text);
        await WriteTextAsync(copy, e.Client);
        await WriteTextAsync(copy, e.SubjectKey);
        await WriteTextAsync(copy, e.AuthServer);
        await copy.WriteAsync(e.Resources.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text);
        await WriteTextAsync(copy, e.Jti);
        await WriteTextAsync(copy, e.Kid);
        await WriteTextAsync(copy, e.Reason);
        await WriteTextAsync(copy, e.PolicyRevision);
        await WriteTextAsync(copy, e.TraceId);
        await copy.WriteAsync(Node, NpgsqlDbType.Text);
        await copy.WriteAsync(e.Data, NpgsqlDbType.Jsonb);
    }

    private static Task WriteTextAsync(NpgsqlBinaryImporter copy, string? value) =>
        value is null ? copy.WriteNullAsync() : copy.WriteAsync(value, NpgsqlDbType.Text);
}
