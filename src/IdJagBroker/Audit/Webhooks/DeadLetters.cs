using System.Text.Json.Serialization;
using Npgsql;

namespace IdJagBroker.Audit.Webhooks;

/// <summary>What an endpoint never took.</summary>
internal sealed record DeadLetter(
    [property: JsonPropertyName("seq")] long Seq,
    [property: JsonPropertyName("event_id")] Guid EventId,
    [property: JsonPropertyName("died_at")] DateTimeOffset DiedAt,
    [property: JsonPropertyName("attempts")] int Attempts,
    [property: JsonPropertyName("failure")] string Failure,
    [property: JsonIgnore] string Text);

/// <summary>The dead letters of endpoints. Each keeps its line: the log may have been archived when somebody looks.</summary>
internal static class DeadLetters
{
    private const string Columns = "seq, event_id, died_at, attempts, failure, event";

    public static Task AddAsync(NpgsqlConnection connection, string webhook, LogLine line, int attempts, string failure, DateTimeOffset now, CancellationToken ct) => WebhookTable.ExecuteAsync(
        connection,
        """
        insert into webhook_dead_letter (webhook, seq, event_id, event, died_at, attempts, failure) values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (webhook, seq) do update set (died_at, attempts, failure) = (excluded.died_at, excluded.attempts, excluded.failure)
        """, ct, webhook, line.Seq, line.Id, line.Text, now.UtcDateTime, attempts, failure);

    public static Task<int> RemoveAsync(NpgsqlConnection connection, string webhook, long seq, CancellationToken ct) =>
        WebhookTable.ExecuteAsync(connection, "delete from webhook_dead_letter where webhook = $1 and seq = $2", ct, webhook, seq);

    /// <summary>Those after a number, in order.</summary>
    public static async Task<IReadOnlyList<DeadLetter>> ReadAsync(NpgsqlDataSource database, string webhook, long after, int limit, CancellationToken ct)
    {
        await using var command = database.CreateCommand($"select {Columns} from webhook_dead_letter where webhook = $1 and seq > $2 order by seq limit $3");
        command.Parameters.Add(new() { Value = webhook });
        command.Parameters.Add(new() { Value = after });
        command.Parameters.Add(new() { Value = limit });
        var letters = new List<DeadLetter>();
        await using var row = await command.ExecuteReaderAsync(ct);
        while (await row.ReadAsync(ct))
            letters.Add(new DeadLetter(row.GetInt64(0), row.GetGuid(1), row.GetFieldValue<DateTimeOffset>(2), row.GetInt32(3), row.GetString(4), row.GetString(5)));
        return letters;
    }
}
