using IdJagBroker.Policies;
using Npgsql;
using NpgsqlTypes;

namespace IdJagBroker.SignIn.Control;

/// <summary>Reads sessions for operators. Opens nothing that is sealed.</summary>
internal sealed class SessionList(NpgsqlDataSource database)
{
    // A session outlives what the browser has of it as long as a client can renew its tokens.
    private const string IsLive =
        "exists (select from signin_grant g where g.sid = s.sid and g.redeemed_at is not null and g.revoked_at is null and g.refresh_expires_at > $2)";

    private const string Sessions =
        $"""
        select sid, subject_key, upstream, signed_in_at, checked_at, expires_at, ended_at, end_reason, expires_at > $2 or {IsLive}
        from signin_session s
        where ($1::text is null or subject_key = $1)
            and ($3 or (ended_at is null and (expires_at > $2 or {IsLive})))
            and ($4::text is null or (signed_in_at, sid) < (select b.signed_in_at, b.sid from signin_session b where b.sid = $4))
        order by signed_in_at desc, sid desc limit $5
        """;

    private const string Grants =
        """
        select sid, client, redeemed_at, refresh_expires_at, revoked_at, revoke_reason from signin_grant
        where sid = any($1) and redeemed_at is not null order by redeemed_at, id
        """;

    /// <summary>The newest first.</summary>
    /// <param name="asked">Which.</param>
    /// <param name="catalog">For the providers' aliases.</param>
    /// <param name="now">What is over by then is not active.</param>
    /// <param name="ct">Ends the waiting.</param>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    public async Task<IReadOnlyList<SessionView>> ReadAsync(ListSessions.Query asked, Catalog catalog, DateTimeOffset now, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        var sessions = await SessionsAsync(connection, asked, catalog, now, ct);
        var grants = await GrantsAsync(connection, [.. sessions.Select(session => session.Sid)], ct);
        return [.. sessions.Select(session => session with { Grants = [.. grants[session.Sid]] })];
    }

    private static async Task<List<SessionView>> SessionsAsync(NpgsqlConnection connection, ListSessions.Query asked, Catalog catalog, DateTimeOffset now, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(Sessions, connection)
        {
            Parameters = { Text(asked.Subject), new() { Value = now }, new() { Value = asked.All }, Text(asked.After), new() { Value = asked.Limit } },
        };
        var found = new List<SessionView>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            found.Add(new SessionView
            {
                Sid = reader.GetString(0), SubjectKey = reader.GetString(1), Upstream = catalog.FindIdp(reader.GetString(2))?.Alias ?? reader.GetString(2),
                SignedInAt = reader.GetFieldValue<DateTimeOffset>(3), CheckedAt = reader.GetFieldValue<DateTimeOffset>(4), ExpiresAt = reader.GetFieldValue<DateTimeOffset>(5),
                EndedAt = Time(reader, 6), EndReason = reader.IsDBNull(7) ? null : reader.GetString(7), State = !reader.IsDBNull(6) ? "ended" : reader.GetBoolean(8) ? "active" : "expired", Grants = [],
            });
        }
        return found;
    }

    private static async Task<ILookup<string, GrantView>> GrantsAsync(NpgsqlConnection connection, string[] sids, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(Grants, connection) { Parameters = { new() { Value = sids } } };
        var found = new List<(string Sid, GrantView Grant)>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            found.Add((reader.GetString(0), new GrantView
            {
                Client = reader.GetString(1), RedeemedAt = reader.GetFieldValue<DateTimeOffset>(2), RefreshExpiresAt = Time(reader, 3),
                RevokedAt = Time(reader, 4), RevokeReason = reader.IsDBNull(5) ? null : reader.GetString(5),
            }));
        }
        return found.ToLookup(one => one.Sid, one => one.Grant, StringComparer.Ordinal);
    }

    private static DateTimeOffset? Time(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);

    private static NpgsqlParameter Text(string? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };
}
