using IdJagBroker.Storage;
using Npgsql;
using NpgsqlTypes;

namespace IdJagBroker.Audit;

/// <summary>
/// What the writer sends: replay keys and the events that they allow, in one statement that is a transaction by itself, so that a batch
/// costs one round trip.
/// </summary>
internal static class AuditBatch
{
    private const string Append = "insert into audit_inbox (event) select * from unnest(@events)";

    // Of what is claimed here and now, and not before: a name of the same kind and context may expire at another time, and is the same name.
    // By the first slot that something may be in which has not expired: said in the statement, so that the others are not looked into.
    private static readonly string[] ClaimAndAppend = [.. Enumerable.Range(0, ReplayKey.Slots).Select(first =>
        $"""
        with wanted as (select * from unnest(@digests, @slots, @expiries, @owners) as w (digest, slot, expires_at, owner)),
        claimed as (
            insert into replay_key (digest, slot, expires_at)
            select digest, slot, expires_at from wanted where not exists (
                select from replay_key k where k.digest = wanted.digest and k.slot in ({string.Join(", ", Enumerable.Range(first, ReplayKey.LiveSlots).Select(slot => slot % ReplayKey.Slots))}))
            on conflict do nothing returning digest),
        lost as (select owner, digest from wanted where not exists (select from claimed where claimed.digest = wanted.digest)),
        written as (
            insert into audit_inbox (event)
            select event from unnest(@events) with ordinality as e (event, n)
            where event <> '' and not exists (select from lost where owner = n - 1))
        select owner, digest from lost
        """)];

    /// <summary>Commits and tells, in order, what became of each event. Blocks: the writer has nothing else to do.</summary>
    /// <exception cref="CommitUnknownException">It was sent and not answered.</exception>
    public static Recorded[] Commit(WriterDatabase database, List<WaitingEvent> batch, DateTimeOffset now)
    {
        using var connection = database.Open();
        var lost = Claims.Of(batch) is { Count: > 0 } claims ? Send(connection, batch, claims, now) : SendWithoutKeys(connection, Lines(batch));
        var outcomes = new Recorded[batch.Count];
        Array.Fill(outcomes, new Recorded(null, IsDurable: true));
        if (lost.Count is 0) return outcomes;

        // What was used before decides over some, and of the others it is noted: in a commit of their own, which nobody is answered before.
        var noted = new List<ReadOnlyMemory<byte>>();
        for (var i = 0; i < batch.Count; i++)
        {
            var item = batch[i];
            var replayed = item.Keys.Where(key => lost.Contains((i, key))).ToList();
            outcomes[i] = new Recorded(replayed.FirstOrDefault(), IsDurable: replayed.Count is 0 || !item.KeysDecide);
            if (replayed.Count > 0 && !item.KeysDecide) noted.Add(EventLine.Of(item.Event.Noting(replayed)));
        }
        if (noted.Count > 0) SendWithoutKeys(connection, [.. noted]);
        return outcomes;
    }

    /// <summary>Writes one event into a transaction that somebody else commits, together with the change that it tells of.</summary>
    public static async Task AppendAsync(NpgsqlConnection connection, AuditEvent auditEvent, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("insert into audit_inbox (event) values ($1)", connection);
        command.Parameters.Add(new() { Value = EventLine.Of(auditEvent), NpgsqlDbType = NpgsqlDbType.Text });
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>The same of an event that something was used for, which must not have been used before.</summary>
    /// <returns>Null, or what had been used before: then the event is not written, and the transaction must not be committed.</returns>
    public static async Task<ReplayKey?> AppendOnceAsync(NpgsqlConnection connection, AuditEvent auditEvent, IReadOnlyList<ReplayKey> keys, DateTimeOffset now, CancellationToken ct)
    {
        if (keys.Count is 0)
        {
            await AppendAsync(connection, auditEvent, ct);
            return null;
        }
        var item = new WaitingEvent(auditEvent, keys, keysDecide: true, 0);
        try
        {
            var claims = Claims.Of([item]);
            await using var command = ClaimAndAppendCommand(connection, [item], claims, now);
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct)) claims.Lose(reader.GetInt32(0), reader.GetFieldValue<byte[]>(1));
            return claims.Lost.Count is 0 ? null : keys.First(key => claims.Lost.Contains((0, key)));
        }
        finally
        {
            item.ReleaseLine();
        }
    }

    private static HashSet<(int, ReplayKey)> SendWithoutKeys(NpgsqlConnection connection, ReadOnlyMemory<byte>[] lines)
    {
        using var command = new NpgsqlCommand(Append, connection);
        command.Parameters.Add(Events(lines));
        Ask(command, static command => command.ExecuteNonQuery());
        return [];
    }

    private static HashSet<(int, ReplayKey)> Send(NpgsqlConnection connection, List<WaitingEvent> batch, Claims claims, DateTimeOffset now)
    {
        using var command = ClaimAndAppendCommand(connection, batch, claims, now);
        return Ask(command, command =>
        {
            using var reader = command.ExecuteReader();
            while (reader.Read()) claims.Lose(reader.GetInt32(0), reader.GetFieldValue<byte[]>(1));
            return claims.Lost;
        });
    }

    private static NpgsqlCommand ClaimAndAppendCommand(NpgsqlConnection connection, List<WaitingEvent> batch, Claims claims, DateTimeOffset now) =>
        new NpgsqlCommand(ClaimAndAppend[ReplayKey.FirstLiveSlot(now)], connection)
        {
            Parameters =
            {
                new("digests", NpgsqlDbType.Array | NpgsqlDbType.Bytea) { Value = claims.Wanted.Select(claim => claim.Key.Digest).ToArray() },
                new("slots", NpgsqlDbType.Array | NpgsqlDbType.Smallint) { Value = claims.Wanted.Select(claim => claim.Key.Slot).ToArray() },
                new("expiries", NpgsqlDbType.Array | NpgsqlDbType.TimestampTz) { Value = claims.Wanted.Select(claim => claim.Key.ExpiresAt.UtcDateTime).ToArray() },
                new("owners", NpgsqlDbType.Array | NpgsqlDbType.Integer) { Value = claims.Wanted.Select(claim => claim.Owner).ToArray() },
                Events(Lines(batch, claims)),
            },
        };

    // An event that lost a key within its own batch is sent as nothing, which no row comes of.
    private static ReadOnlyMemory<byte>[] Lines(List<WaitingEvent> batch, Claims? claims = null)
    {
        var lines = new ReadOnlyMemory<byte>[batch.Count];
        for (var i = 0; i < lines.Length; i++) lines[i] = claims?.IsLost(i) is true ? default : batch[i].Line;
        return lines;
    }

    private static NpgsqlParameter Events(ReadOnlyMemory<byte>[] lines) => new("events", NpgsqlDbType.Array | NpgsqlDbType.Text) { Value = lines };

    private static T Ask<T>(NpgsqlCommand command, Func<NpgsqlCommand, T> send)
    {
        try
        {
            return send(command);
        }
        catch (NpgsqlException e) when (e is not PostgresException)     // no answer is no "no"
        {
            throw new CommitUnknownException(e);
        }
    }
}
