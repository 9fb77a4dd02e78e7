using IdJagBroker.Audit.Api;
using IdJagBroker.Storage;
using Npgsql;
using NpgsqlTypes;

namespace IdJagBroker.Audit;

/// <summary>Reads lines of the log as they are.</summary>
internal sealed class LogReader(LogDatabase database, TimeProvider clock)
{
    private static readonly TimeSpan CatchUp = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(25);

    /// <summary>
    /// Waits until what is durable now can be read, a second at most: who was refused a moment ago asks why at once. The sequencer is
    /// some 50 ms behind.
    /// </summary>
    /// <returns>Whether it could be read in time.</returns>
    public async Task<bool> CatchUpAsync(CancellationToken ct)
    {
        await using var newest = database.Source.CreateCommand("select max(place) from audit_inbox");
        if (await newest.ExecuteScalarAsync(ct) is not long place) return true;
        var started = clock.GetTimestamp();
        await using var waiting = database.Source.CreateCommand("select exists (select from audit_inbox where place <= $1)");
        waiting.Parameters.Add(new() { Value = place });
        while (await waiting.ExecuteScalarAsync(ct) is true)
        {
            if (clock.GetElapsedTime(started) >= CatchUp) return false;
            await Task.Delay(Look, clock, ct);
        }
        return true;
    }

    /// <summary>How far the log goes. Whatever is before that can be read.</summary>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    public async Task<LogEnd> EndAsync(CancellationToken ct)
    {
        await using var command = database.Source.CreateCommand("select size, recorded_at from audit_log");
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return new LogEnd(reader.GetInt64(0), reader.GetFieldValue<DateTimeOffset>(1));
    }

    /// <summary>The rows of a statement of <see cref="EventQuery"/>; a line that did not match is empty.</summary>
    /// <exception cref="NpgsqlException">The database is away, or took too long (57014).</exception>
    public async Task<List<EventRow>> ReadAsync(NpgsqlCommand command, CancellationToken ct)
    {
        await using var connection = await database.Source.OpenConnectionAsync(ct);
        await using var _ = command;
        command.Connection = connection;
        var rows = new List<EventRow>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            rows.Add(new EventRow(reader.GetInt64(0), reader.GetFieldValue<DateTimeOffset>(1), reader.GetString(2), reader.IsDBNull(3) ? default : reader.GetFieldValue<byte[]>(3)));
        return rows;
    }

    /// <summary>
    /// The event of that number, or null. Events are in order of time: the checkpoints before and after it say in which minute to look.
    /// </summary>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    public async Task<EventRow?> FindAsync(long seq, CancellationToken ct)
    {
        var command = new NpgsqlCommand(
            """
            select seq, recorded_at, type, event from audit_event where seq = $1
            and recorded_at >= coalesce((select recorded_at from audit_checkpoint where size <= $1 + 1 order by size desc limit 1), '1970-01-01 00:00:00+00')
            and recorded_at <= coalesce((select recorded_at from audit_checkpoint where size > $1 order by size limit 1), '9000-01-01 00:00:00+00')
            order by recorded_at, seq limit 1
            """);
        command.Parameters.Add(new() { Value = seq });
        return await ReadAsync(command, ct) is [var row] ? row : null;
    }

    /// <summary>The issuance of the ID-JAG of that <c>jti</c>, or null.</summary>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    public async Task<EventRow?> FindIssuanceAsync(string jwtId, CancellationToken ct)
    {
        var command = new NpgsqlCommand("select seq, recorded_at, type, event from audit_event where jti = $1 and type = 'idjag.issued'");
        command.Parameters.Add(new() { Value = jwtId });
        return await ReadAsync(command, ct) is [var row, ..] ? row : null;
    }

    /// <summary>What the authorization server of an ID-JAG reported of it, in the order of the log; no more than are ever taken.</summary>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    public async Task<List<EventRow>> ReceiptsAsync(string jwtId, string authServer, CancellationToken ct)
    {
        var command = new NpgsqlCommand(
            """
            select seq, recorded_at, type, event from (select * from audit_event
            where jti = $1 and authserver = $2 and type in ('idjag.redeemed', 'idjag.redeem_refused') offset 0) e order by recorded_at, seq limit 1000
            """);
        command.Parameters.Add(new() { Value = jwtId });
        command.Parameters.Add(new() { Value = authServer });
        return await ReadAsync(command, ct);
    }

    /// <summary>The event of that id, or null.</summary>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    public async Task<EventRow?> FindAsync(Guid id, CancellationToken ct)
    {
        var command = new NpgsqlCommand("select seq, recorded_at, type, event from audit_event where id = $1");
        command.Parameters.Add(new() { Value = id, NpgsqlDbType = NpgsqlDbType.Uuid });
        return await ReadAsync(command, ct) is [var row, ..] ? row : null;
    }
}
