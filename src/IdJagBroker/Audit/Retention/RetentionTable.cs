using System.Text.Json;
using IdJagBroker.Storage;
using Npgsql;

namespace IdJagBroker.Audit.Retention;

/// <summary>The months of the log in the database, what is on hold, and what the log says was archived.</summary>
internal sealed class RetentionTable(JobDatabase database)
{
    /// <summary>The months that are there, the oldest first.</summary>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    public async Task<IReadOnlyList<LogMonth>> MonthsAsync(CancellationToken ct)
    {
        await using var command = database.Source.CreateCommand("select c.relname::text from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'audit_event'::regclass order by 1");
        var months = new List<LogMonth>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            if (LogMonth.TryParsePartition(reader.GetString(0), out var month)) months.Add(month);
        return months;
    }

    public async Task<bool> IsOnHoldAsync(LogMonth month, CancellationToken ct)
    {
        await using var command = database.Source.CreateCommand("select exists (select from audit_hold where month = $1)");
        command.Parameters.Add(new() { Value = month.ToString() });
        return await command.ExecuteScalarAsync(ct) is true;
    }

    /// <summary>What the log says of the archive of a month; null if it says nothing.</summary>
    public async Task<ArchivedMonth?> ArchivedAsync(LogMonth month, CancellationToken ct)
    {
        await using var command = database.Source.CreateCommand(
            $"select event from audit_event where type = '{RetentionEvent.Archived}' and recorded_at >= $1 and event::json #>> '{{data,partition}}' = $2 order by recorded_at desc, seq desc limit 1");
        command.Parameters.Add(new() { Value = month.Ends.UtcDateTime });
        command.Parameters.Add(new() { Value = month.Partition });
        if (await command.ExecuteScalarAsync(ct) is not string line) return null;
        using var json = JsonDocument.Parse(line);
        var data = json.RootElement.GetProperty("data");
        return new ArchivedMonth(data.GetProperty("from").GetInt64(), data.GetProperty("to").GetInt64(), data.GetProperty("sha256").GetString()!);
    }

    public async Task AppendAsync(AuditEvent auditEvent, CancellationToken ct)
    {
        await using var connection = await database.Source.OpenConnectionAsync(ct);
        await AuditBatch.AppendAsync(connection, auditEvent, ct);
    }

    /// <summary>Takes a month away, with its event, as the role that may. The database looks itself whether it may.</summary>
    /// <exception cref="PostgresException">It refused.</exception>
    public async Task DropAsync(LogMonth month, ArchivedMonth archived, DateTimeOffset now, CancellationToken ct)
    {
        await using var connection = await database.OpenRetentionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var command = new NpgsqlCommand("select audit_drop_partition($1, $2)", connection))
        {
            command.Parameters.Add(new() { Value = month.Partition });
            command.Parameters.Add(new() { Value = archived.Sha256 });
            await command.ExecuteNonQueryAsync(ct);
        }
        await AuditBatch.AppendAsync(connection, RetentionEvent.OfDrop(month, archived, now), ct);
        await transaction.CommitAsync(ct);
    }
}
