using System.Text.Json.Nodes;
using Npgsql;
using NpgsqlTypes;

namespace IdJagBroker.Audit.Exports;

/// <summary>The exports that were asked for.</summary>
internal sealed class ExportTable(NpgsqlDataSource database)
{
    private const string Columns =
        "select id, state, requested_at, requested_by, reason, filter, started_at, ended_at, removed_at, from_seq, to_seq, checkpoint, at_seq, events, bytes, sha256, findings from audit_export";

    private const int MaxListed = 200;

    /// <summary>The newest first; those whose files are gone as well.</summary>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    public async Task<IReadOnlyList<ExportJob>> ListAsync(CancellationToken ct)
    {
        await using var command = database.CreateCommand($"{Columns} order by requested_at desc, id desc limit {MaxListed}");
        return await ReadAsync(command, ct);
    }

    public async Task<ExportJob?> FindAsync(Guid id, CancellationToken ct)
    {
        await using var command = database.CreateCommand($"{Columns} where id = $1");
        command.Parameters.Add(new() { Value = id });
        return await ReadAsync(command, ct) is [var found] ? found : null;
    }

    /// <summary>Keeps what was asked for, with its event; false if there are too many already.</summary>
    public async Task<bool> AddAsync(ExportJob job, int maxKept, Actor by, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var command = new NpgsqlCommand(
            """
            lock table audit_export in share row exclusive mode;
            insert into audit_export (id, requested_at, requested_by, reason, filter, state)
            select @id, @at, @by, @reason, @filter, 'queued' where (select count(*) from audit_export where removed_at is null and state <> 'failed') < @max
            """, connection))
        {
            command.Parameters.AddWithValue("id", job.Id);
            command.Parameters.AddWithValue("at", job.RequestedAt.UtcDateTime);
            command.Parameters.AddWithValue("by", job.RequestedBy);
            command.Parameters.AddWithValue("reason", job.Reason);
            command.Parameters.AddWithValue("filter", job.Filter.ToJsonString());
            command.Parameters.AddWithValue("max", maxKept);
            if (await command.ExecuteNonQueryAsync(ct) is not 1) return false;
        }
        await AuditBatch.AppendAsync(connection, ExportEvent.Requested(job).By(by), ct);
        await transaction.CommitAsync(ct);
        return true;
    }

    /// <summary>Withdraws an export that is not made yet, or marks the files of one as removed; with its event. False if there was nothing to do.</summary>
    public async Task<bool> RemoveAsync(ExportJob job, Actor by, DateTimeOffset now, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var command = new NpgsqlCommand(
            "update audit_export set removed_at = $2, state = case when state in ('queued', 'running') then 'failed' else state end, ended_at = coalesce(ended_at, $2) where id = $1 and removed_at is null", connection))
        {
            command.Parameters.Add(new() { Value = job.Id });
            command.Parameters.Add(new() { Value = now.UtcDateTime });
            if (await command.ExecuteNonQueryAsync(ct) is not 1) return false;
        }
        await AuditBatch.AppendAsync(connection, ExportEvent.Removed(job, now).By(by), ct);
        await transaction.CommitAsync(ct);
        return true;
    }

    /// <summary>The one that is to be made now: one that was begun, else the oldest. Over the connection that leads.</summary>
    public static async Task<ExportJob?> NextAsync(NpgsqlConnection leading, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand($"{Columns} where state in ('queued', 'running') order by state = 'running' desc, requested_at limit 1", leading);
        return await ReadAsync(command, ct) is [var next] ? next : null;
    }

    /// <summary>Those whose files have been kept long enough.</summary>
    public static async Task<IReadOnlyList<ExportJob>> ExpiredAsync(NpgsqlConnection leading, DateTimeOffset endedBefore, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand($"{Columns} where removed_at is null and state in ('done', 'failed') and ended_at < $1", leading);
        command.Parameters.Add(new() { Value = endedBefore.UtcDateTime });
        return await ReadAsync(command, ct);
    }

    /// <summary>Notes how far it is, over the connection that leads: who lost the lead learns it here.</summary>
    /// <exception cref="ExportWithdrawnException">Nobody wants it any more.</exception>
    public static async Task ProgressAsync(NpgsqlConnection leading, Guid id, ExportOrder order, long seq, long events, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            """
            update audit_export set state = 'running', started_at = coalesce(started_at, $2), from_seq = $3, to_seq = $4, checkpoint = $5, at_seq = $6, events = $7
            where id = $1 and state in ('queued', 'running')
            """, leading);
        foreach (var value in (object[])[id, order.MadeAt.UtcDateTime, order.From, order.To, order.CheckpointSize, seq, events]) command.Parameters.Add(new() { Value = value });
        if (await command.ExecuteNonQueryAsync(ct) is not 1) throw new ExportWithdrawnException();
    }

    /// <summary>Ends it, with its event.</summary>
    public static async Task EndAsync(NpgsqlConnection leading, ExportJob job, ExportResult result, DateTimeOffset now, CancellationToken ct)
    {
        await using var transaction = await leading.BeginTransactionAsync(ct);
        await using (var command = new NpgsqlCommand(
            """
            update audit_export set state = $2, ended_at = $3, from_seq = $4, to_seq = $5, checkpoint = $6, events = $7, bytes = $8, sha256 = $9, findings = $10
            where id = $1 and state in ('queued', 'running')
            """, leading))
        {
            command.Parameters.Add(new() { Value = job.Id });
            command.Parameters.Add(new() { Value = result.Manifest is null ? ExportJob.Failed : ExportJob.Done });
            command.Parameters.Add(new() { Value = now.UtcDateTime });
            foreach (var number in (long[])[result.Order.From, result.Order.To, result.Order.CheckpointSize]) command.Parameters.Add(new() { Value = number });
            command.Parameters.Add(new() { Value = result.Manifest?.Events ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bigint });
            command.Parameters.Add(new() { Value = result.Manifest is null ? DBNull.Value : result.Bytes, NpgsqlDbType = NpgsqlDbType.Bigint });
            command.Parameters.Add(new() { Value = result.Manifest is null ? DBNull.Value : result.Sha256, NpgsqlDbType = NpgsqlDbType.Text });
            command.Parameters.Add(new() { Value = new JsonArray([.. result.Findings.Select(finding => (JsonNode)finding.ToJson())]).ToJsonString() });
            if (await command.ExecuteNonQueryAsync(ct) is not 1) throw new ExportWithdrawnException();
        }
        await AuditBatch.AppendAsync(leading, ExportEvent.Ended(job, result, now), ct);
        await transaction.CommitAsync(ct);
    }

    private static async Task<IReadOnlyList<ExportJob>> ReadAsync(NpgsqlCommand command, CancellationToken ct)
    {
        var jobs = new List<ExportJob>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) jobs.Add(Read(reader));
        return jobs;
    }

    private static ExportJob Read(NpgsqlDataReader row)
    {
        DateTimeOffset? Time(int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);
        long? Number(int column) => row.IsDBNull(column) ? null : row.GetInt64(column);
        return new ExportJob(row.GetGuid(0), row.GetString(1), row.GetFieldValue<DateTimeOffset>(2), row.GetString(3), row.GetString(4), JsonNode.Parse(row.GetString(5))!)
        {
            StartedAt = Time(6), EndedAt = Time(7), RemovedAt = Time(8), From = Number(9), To = Number(10), Checkpoint = Number(11), At = Number(12), Events = Number(13), Bytes = Number(14),
            Sha256 = row.IsDBNull(15) ? null : row.GetString(15), Findings = JsonNode.Parse(row.GetString(16)) is JsonArray { Count: > 0 } findings ? findings : null,
        };
    }
}

/// <summary>Somebody withdrew the export while it was made.</summary>
internal sealed class ExportWithdrawnException() : Exception("The export was withdrawn.");
