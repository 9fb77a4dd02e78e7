using IdJagBroker.Keys.Sealing;
using Npgsql;
using NpgsqlTypes;

namespace IdJagBroker.SignIn.Sessions;

/// <summary>The table of sessions. What ends one also revokes all that clients were given in it.</summary>
internal sealed class SessionTable(NpgsqlDataSource database, SealingKeyRing keys, UpstreamNames names)
{
    private const string Columns = "sid, subject_key, upstream, sealed, signed_in_at, checked_at, expires_at, ended_at";

    /// <summary>Adds a session, in a transaction that somebody else commits.</summary>
    /// <param name="connection">With the transaction.</param>
    /// <param name="session">The session.</param>
    /// <param name="upstreamSubject">What the provider calls the person.</param>
    /// <param name="upstreamSid">What it calls its own session, or null.</param>
    /// <param name="ct">Ends the waiting.</param>
    public async Task AddAsync(NpgsqlConnection connection, SignInSession session, string upstreamSubject, string? upstreamSid, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            """
            insert into signin_session (sid, subject_key, upstream, upstream_subject, upstream_sid, sealed, signed_in_at, checked_at, expires_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """, connection)
        {
            Parameters =
            {
                new() { Value = session.Sid }, new() { Value = session.SubjectKey }, new() { Value = session.Upstream },
                new() { Value = names.OfSubject(session.Upstream, upstreamSubject) },
                new() { Value = upstreamSid is null ? DBNull.Value : names.OfSession(session.Upstream, upstreamSid), NpgsqlDbType = NpgsqlDbType.Bytea },
                new() { Value = session.Facts.Seal(keys, session.Sid) }, new() { Value = session.SignedInAt }, new() { Value = session.CheckedAt }, new() { Value = session.ExpiresAt },
            },
        };
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>A session, ended or not; null if there is none, or its facts do not open.</summary>
    public async Task<SignInSession?> FindAsync(string sid, CancellationToken ct)
    {
        await using var command = database.CreateCommand($"select {Columns} from signin_session where sid = $1");
        command.Parameters.Add(new() { Value = sid });
        return await ReadAsync(command, sid, ct);
    }

    /// <summary>The same, held until the transaction ends: whoever else asks the provider about this person waits.</summary>
    public async Task<SignInSession?> HoldAsync(NpgsqlConnection connection, string sid, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand($"select {Columns} from signin_session where sid = $1 for update", connection) { Parameters = { new() { Value = sid } } };
        return await ReadAsync(command, sid, ct);
    }

    /// <summary>Keeps what the provider says now.</summary>
    public async Task KeepAsync(NpgsqlConnection connection, SignInSession session, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("update signin_session set sealed = $2, checked_at = $3 where sid = $1", connection)
        {
            Parameters = { new() { Value = session.Sid }, new() { Value = session.Facts.Seal(keys, session.Sid) }, new() { Value = session.CheckedAt } },
        };
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>The sessions of a person at a provider, or the one that the provider names; those that are not ended.</summary>
    public async Task<List<(string Sid, string SubjectKey)>> FindByUpstreamAsync(string upstreamIssuer, string? sub, string? sid, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            "select sid, subject_key from signin_session where ended_at is null and ($1::bytea is null or upstream_subject = $1) and ($2::bytea is null or upstream_sid = $2) order by sid");
        command.Parameters.Add(new() { Value = sub is null ? DBNull.Value : names.OfSubject(upstreamIssuer, sub), NpgsqlDbType = NpgsqlDbType.Bytea });
        command.Parameters.Add(new() { Value = sid is null ? DBNull.Value : names.OfSession(upstreamIssuer, sid), NpgsqlDbType = NpgsqlDbType.Bytea });
        return await NamesAsync(command, ct);
    }

    /// <summary>One session, or a person's; those that are not ended.</summary>
    public async Task<List<(string Sid, string SubjectKey)>> FindOpenAsync(string? sid, string? subjectKey, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            "select sid, subject_key from signin_session where ended_at is null and ($1::text is null or sid = $1) and ($2::text is null or subject_key = $2) order by sid");
        command.Parameters.Add(new() { Value = (object?)sid ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = (object?)subjectKey ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        return await NamesAsync(command, ct);
    }

    /// <summary>Ends a session and revokes what was given in it.</summary>
    /// <returns>Whether it had not been ended before.</returns>
    public static async Task<bool> EndAsync(NpgsqlConnection connection, string sid, string reason, DateTimeOffset now, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            """
            with ended as (update signin_session set ended_at = $3, end_reason = $2 where sid = $1 and ended_at is null returning sid),
            revoked as (update signin_grant set revoked_at = $3, revoke_reason = $2 where sid in (select sid from ended) and revoked_at is null)
            select count(*) from ended
            """, connection) { Parameters = { new() { Value = sid }, new() { Value = reason }, new() { Value = now } } };
        return await command.ExecuteScalarAsync(ct) is 1L;
    }

    private static async Task<List<(string Sid, string SubjectKey)>> NamesAsync(NpgsqlCommand command, CancellationToken ct)
    {
        await using var reader = await command.ExecuteReaderAsync(ct);
        var found = new List<(string, string)>();
        while (await reader.ReadAsync(ct)) found.Add((reader.GetString(0), reader.GetString(1)));
        return found;
    }

    private async Task<SignInSession?> ReadAsync(NpgsqlCommand command, string sid, CancellationToken ct)
    {
        await using var reader = await command.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct) || SessionFacts.Open(keys, sid, reader.GetFieldValue<byte[]>(3)) is not { } facts) return null;
        return new SignInSession
        {
            Sid = sid, SubjectKey = reader.GetString(1), Upstream = reader.GetString(2), Facts = facts, SignedInAt = reader.GetFieldValue<DateTimeOffset>(4),
            CheckedAt = reader.GetFieldValue<DateTimeOffset>(5), ExpiresAt = reader.GetFieldValue<DateTimeOffset>(6), IsEnded = !reader.IsDBNull(7),
        };
    }
}
