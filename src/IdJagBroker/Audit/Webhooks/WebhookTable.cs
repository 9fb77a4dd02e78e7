using Npgsql;

namespace IdJagBroker.Audit.Webhooks;

/// <summary>The table of endpoints. A change of what administrators set takes a new version; progress does not.</summary>
internal static class WebhookTable
{
    private const string Columns =
        "id, url, private_network, enabled, types, outcomes, clients, secrets, version, next_seq, recorded_after, attempts, next_attempt_at, last_success_at, last_failure_at, last_failure";

    public static async Task<IReadOnlyList<Webhook>> ReadAllAsync(NpgsqlDataSource database, CancellationToken ct)
    {
        await using var command = database.CreateCommand($"select {Columns} from webhook order by id");
        return await ReadAsync(command, ct);
    }

    public static async Task<Webhook?> FindAsync(NpgsqlDataSource database, string id, CancellationToken ct)
    {
        await using var command = database.CreateCommand($"select {Columns} from webhook where id = $1");
        command.Parameters.Add(new() { Value = id });
        return (await ReadAsync(command, ct)).SingleOrDefault();
    }

    /// <summary>Finds one and keeps everybody else from changing it until the transaction ends.</summary>
    public static async Task<Webhook?> LockAsync(NpgsqlConnection connection, string id, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand($"select {Columns} from webhook where id = $1 for update", connection);
        command.Parameters.Add(new() { Value = id });
        return (await ReadAsync(command, ct)).SingleOrDefault();
    }

    /// <summary>Writes all but the progress, or all if it is new; gives the new version.</summary>
    public static async Task<long> WriteAsync(NpgsqlConnection connection, Webhook webhook, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            """
            insert into webhook (id, url, private_network, enabled, types, outcomes, clients, secrets, next_seq, recorded_after)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            on conflict (id) do update set (url, private_network, enabled, types, outcomes, clients, secrets, version)
                = (excluded.url, excluded.private_network, excluded.enabled, excluded.types, excluded.outcomes, excluded.clients, excluded.secrets, nextval('webhook_version'))
            returning version
            """, connection);
        object[] values =
        [
            webhook.Id, webhook.Url, webhook.PrivateNetwork, webhook.Enabled, webhook.Filter.Types.ToArray(), webhook.Filter.Outcomes.ToArray(),
            webhook.Filter.Clients.ToArray(), WebhookSecret.WriteAll(webhook.Secrets), webhook.Progress.NextSeq, webhook.Progress.RecordedAfter.UtcDateTime,
        ];
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    public static Task DeleteAsync(NpgsqlConnection connection, string id, CancellationToken ct) => ExecuteAsync(connection, "delete from webhook where id = $1", ct, id);

    /// <summary>Goes on from another event, at once.</summary>
    public static Task RewindAsync(NpgsqlConnection connection, string id, WebhookProgress from, CancellationToken ct) => ExecuteAsync(
        connection, "update webhook set next_seq = $2, recorded_after = $3, attempts = 0, next_attempt_at = null where id = $1", ct, id, from.NextSeq, from.RecordedAfter.UtcDateTime);

    /// <summary>
    /// Moves one on past what was acknowledged or is not for it. Not if somebody has sent it elsewhere meanwhile: then that holds.
    /// </summary>
    public static async Task<bool> AdvanceAsync(NpgsqlConnection connection, string id, long from, LogLine last, DateTimeOffset? success, CancellationToken ct) => await ExecuteAsync(
        connection,
        """
        update webhook set next_seq = $3, recorded_after = $4, attempts = 0, next_attempt_at = null, last_success_at = coalesce($5, last_success_at)
        where id = $1 and next_seq = $2
        """, ct, id, from, last.Seq + 1, last.RecordedAt.UtcDateTime, Instant(success)) is 1;

    /// <summary>Notes an attempt that failed.</summary>
    public static Task FailAsync(NpgsqlConnection connection, string id, long seq, DateTimeOffset now, string failure, DateTimeOffset nextAttempt, CancellationToken ct) => ExecuteAsync(
        connection,
        "update webhook set attempts = attempts + 1, last_failure_at = $3, last_failure = $4, next_attempt_at = $5 where id = $1 and next_seq = $2",
        ct, id, seq, now.UtcDateTime, failure, nextAttempt.UtcDateTime);

    /// <summary>Tells the sender, wherever it is, when the transaction commits.</summary>
    public static Task WakeAsync(NpgsqlConnection connection, CancellationToken ct) => ExecuteAsync(connection, "notify idjag_audit", ct);

    public static async Task<int> ExecuteAsync(NpgsqlConnection connection, string statement, CancellationToken ct, params object[] values)
    {
        await using var command = new NpgsqlCommand(statement, connection);
        foreach (var value in values) command.Parameters.Add(value is DBNull ? new() { Value = value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.TimestampTz } : new() { Value = value });
        return await command.ExecuteNonQueryAsync(ct);
    }

    private static object Instant(DateTimeOffset? instant) => instant is { } value ? value.UtcDateTime : DBNull.Value;

    private static async Task<IReadOnlyList<Webhook>> ReadAsync(NpgsqlCommand command, CancellationToken ct)
    {
        var webhooks = new List<Webhook>();
        await using var row = await command.ExecuteReaderAsync(ct);
        while (await row.ReadAsync(ct))
        {
            DateTimeOffset? InstantAt(int i) => row.IsDBNull(i) ? null : row.GetFieldValue<DateTimeOffset>(i);
            webhooks.Add(new Webhook(
                row.GetString(0), row.GetString(1), row.GetBoolean(2), row.GetBoolean(3),
                new WebhookFilter(row.GetFieldValue<string[]>(4), row.GetFieldValue<string[]>(5), row.GetFieldValue<string[]>(6)), WebhookSecret.ReadAll(row.GetString(7)), row.GetInt64(8),
                new WebhookProgress(row.GetInt64(9), row.GetFieldValue<DateTimeOffset>(10), row.GetInt32(11), InstantAt(12), InstantAt(13), InstantAt(14), row.IsDBNull(15) ? null : row.GetString(15))));
        }
        return webhooks;
    }
}
