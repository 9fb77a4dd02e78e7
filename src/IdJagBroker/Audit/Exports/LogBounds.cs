using System.Text.Json;
using IdJagBroker.Audit.Checkpoints;
using IdJagBroker.Storage;
using Npgsql;

namespace IdJagBroker.Audit.Exports;

/// <summary>Where the log that is in the database begins and ends, and which events lie between two times.</summary>
internal sealed class LogBounds(JobDatabase database)
{
    /// <summary>
    /// The first event that is still here: the log itself tells which were archived and dropped. What tells of the last drop was committed with it,
    /// and may still be on its way into the log.
    /// </summary>
    public async Task<long> FirstAsync(CancellationToken ct)
    {
        await using var command = database.Source.CreateCommand(
            """
            select event from audit_event where type = 'log.partition_dropped'
            union all select event from audit_inbox where event like '%"type":"log.partition_dropped"%'
            """);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var first = 0L;
        while (await reader.ReadAsync(ct)) first = Math.Max(first, Number(reader.GetString(0), "to") ?? 0);
        return first;
    }

    /// <summary>
    /// The number of the first event recorded at a time or later. For a beginning it is counted from the event before it, for an end the event
    /// itself is looked for: if somebody took away events inside of the border, there is a gap to be seen.
    /// </summary>
    public async Task<long> AtAsync(DateTimeOffset time, bool isBeginning, CancellationToken ct) => isBeginning
        ? await SeqAsync("where recorded_at < $1 order by recorded_at desc, seq desc limit 1", time, ct) + 1 ?? await FirstAsync(ct)
        : await SeqAsync("where recorded_at >= $1 order by recorded_at, seq limit 1", time, ct) ?? long.MaxValue;

    /// <summary>What shows that the end of the log was taken away; null if nothing does.</summary>
    public async Task<ExportFinding?> FaultAtEndAsync(CancellationToken ct)
    {
        await using var command = database.Source.CreateCommand("select size, (select e.seq + 1 from audit_event e order by e.recorded_at desc, e.seq desc limit 1) from audit_log");
        await using (var reader = await command.ExecuteReaderAsync(ct))
        {
            if (!await reader.ReadAsync(ct)) return new ExportFinding(null, "The log has no size.");
            var (size, end) = (reader.GetInt64(0), reader.IsDBNull(1) ? 0 : reader.GetInt64(1));
            if (end != size) return new ExportFinding(end, $"The log should end before event {size}, and ends before event {end}.");
        }
        // The event before the checkpoint: the log goes on meanwhile, and a checkpoint is there before an event tells of it.
        return await NewestAsync(CheckpointSigner.EventType, "size", ct) is { } told && !await IsCoveredAsync(told.Number, ct)
            ? new ExportFinding(told.Seq, $"Event {told.Seq} tells of the checkpoint of {told.Number} events, which is missing.") : null;
    }

    private async Task<bool> IsCoveredAsync(long size, CancellationToken ct)
    {
        await using var command = database.Source.CreateCommand("select exists (select from audit_checkpoint where size >= $1)");
        command.Parameters.Add(new() { Value = size });
        return await command.ExecuteScalarAsync(ct) is true;
    }

    private async Task<long?> SeqAsync(string which, DateTimeOffset time, CancellationToken ct)
    {
        await using var command = database.Source.CreateCommand($"select seq from audit_event {which}");
        command.Parameters.Add(new() { Value = time.UtcDateTime });
        return await command.ExecuteScalarAsync(ct) as long?;
    }

    // Of the newest event of a type, a number that it tells; null if it was changed so that it tells none, which who reads it says.
    private async Task<(long Seq, long Number)?> NewestAsync(string type, string member, CancellationToken ct)
    {
        await using var command = database.Source.CreateCommand($"select seq, event from audit_event where type = '{type}' order by recorded_at desc, seq desc limit 1");
        await using var reader = await command.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct)) return null;
        return Number(reader.GetString(1), member) is { } number ? (reader.GetInt64(0), number) : null;
    }

    private static long? Number(string line, string member)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            return json.RootElement.GetProperty("data").GetProperty(member).GetInt64();
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }
}
