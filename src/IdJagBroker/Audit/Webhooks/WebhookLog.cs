using Npgsql;

namespace IdJagBroker.Audit.Webhooks;

/// <summary>The log as the sender reads it: forward, by the index that there is.</summary>
internal static class WebhookLog
{
    /// <summary>How many events are looked at at once.</summary>
    public const int MaxLines = 200;

    public static async Task<IReadOnlyList<LogLine>> ReadAsync(NpgsqlDataSource database, WebhookProgress progress, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            $"select seq, recorded_at, id, type, outcome, client, event from audit_event where recorded_at >= $1 and seq >= $2 order by recorded_at, seq limit {MaxLines}");
        command.Parameters.Add(new() { Value = progress.RecordedAfter.UtcDateTime });
        command.Parameters.Add(new() { Value = progress.NextSeq });
        var lines = new List<LogLine>();
        await using var row = await command.ExecuteReaderAsync(ct);
        while (await row.ReadAsync(ct))
        {
            lines.Add(new LogLine(
                row.GetInt64(0), row.GetFieldValue<DateTimeOffset>(1), row.GetGuid(2), row.GetString(3), row.GetString(4), row.IsDBNull(5) ? null : row.GetString(5), row.GetString(6)));
        }
        return lines;
    }

    public static async Task<long> SizeAsync(NpgsqlDataSource database, CancellationToken ct)
    {
        await using var command = database.CreateCommand("select size from audit_log");
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>Where to go on from an event. A checkpoint before it tells a time that it was not recorded before: there are few, and the log is not searched for a number.</summary>
    public static async Task<WebhookProgress> FromAsync(NpgsqlDataSource database, long seq, CancellationToken ct)
    {
        await using var command = database.CreateCommand("select max(recorded_at) from audit_checkpoint where size <= $1");
        command.Parameters.Add(new() { Value = seq });
        return WebhookProgress.From(seq, await command.ExecuteScalarAsync(ct) is DateTime time ? new DateTimeOffset(time, TimeSpan.Zero) : DateTimeOffset.UnixEpoch);
    }
}
