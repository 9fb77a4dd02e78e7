using Npgsql;

namespace IdJagBroker.McpAuthorization.Postgres;

/// <summary>
/// Records access tokens in PostgreSQL tables that all replicas share: what one revokes, none finds any more (RAS-49). What PostgreSQL cannot say within
/// <see cref="PostgresReplayGuard.Patience"/> is an exception: no token is issued that is not recorded, and none is found good.
/// </summary>
public sealed class PostgresAccessTokenStore : IAccessTokenStore, IExpiringRows
{
    private const string Insert = """
        insert into idjag.access_tokens (jti, subject, client_id, resource, scope, issued_at, expires_at, id_jag_issuer, id_jag_jti, jkt, auth_time, acr, amr, claims)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::text, $11::timestamptz, $12::text, $13, $14)
        """;

    // After the insert, in a statement of its own: of a revocation at the same moment either this sees the ID-JAG, or it saw the token.
    private const string IsRevoked = "select jti from idjag.revoked_id_jags where issuer = $1 and jti = $2 and keep_until > $3";

    private const string Find = """
        select jti, subject, client_id, resource, scope, issued_at, expires_at, id_jag_issuer, id_jag_jti, jkt, auth_time, acr, amr, claims
        from idjag.access_tokens where jti = $1
        """;

    private const string RevokeIdJag = """
        insert into idjag.revoked_id_jags as revoked (issuer, jti, keep_until) values ($1, $2, $3)
        on conflict (issuer, jti) do update set keep_until = greatest(revoked.keep_until, excluded.keep_until)
        """;

    // skip locked: replicas that delete at the same time share the work rather than wait for each other.
    private const string DeleteTokens = """
        delete from idjag.access_tokens where jti = any (array(
            select jti from idjag.access_tokens where expires_at < $1 order by expires_at limit $2 for update skip locked))
        """;

    private const string DeleteIdJags = "delete from idjag.revoked_id_jags where keep_until < $1";

    private readonly PatientDatabase _database;
    private readonly TimeProvider _clock;

    /// <summary>Records there.</summary>
    /// <param name="database">Where the tables are (<see cref="CreateTablesAsync"/>); it stays yours to dispose of.</param>
    /// <param name="clock">Tells the time; null: the system's.</param>
    public PostgresAccessTokenStore(NpgsqlDataSource database, TimeProvider? clock = null) =>
        (_database, _clock) = (new PatientDatabase(database, PostgresReplayGuard.Patience), clock ?? TimeProvider.System);

    /// <summary>The statements that make the tables, for administrators who run them themselves: <c>access_tokens.sql</c> of this package.</summary>
    public static string TablesSql { get; } = PatientDatabase.ReadSql("access_tokens.sql");

    /// <summary>Makes the tables unless they are there; as often and by as many replicas at once as you like. Needs the right to create them, which nothing else here does.</summary>
    /// <exception cref="NpgsqlException">PostgreSQL is away, or refuses.</exception>
    public static Task CreateTablesAsync(NpgsqlDataSource database, CancellationToken ct = default) => PatientDatabase.MakeAsync(database, TablesSql, ct);

    /// <inheritdoc/>
    /// <exception cref="NpgsqlException">PostgreSQL is away, or the tables are not there.</exception>
    /// <exception cref="TimeoutException">It does not answer in time.</exception>
    public async ValueTask<bool> TryAddAsync(AccessTokenRecord token, CancellationToken ct)
    {
        await _database.ExecuteAsync(Insert, ct, AccessTokenRow.ValuesOf(token));
        if (await _database.FirstAsync(IsRevoked, static row => row.GetString(0), ct, token.IdJagIssuer, token.IdJagJwtId, _clock.GetUtcNow()) is null) return true;
        await _database.ExecuteAsync("delete from idjag.access_tokens where jti = $1", ct, token.JwtId);
        return false;
    }

    /// <inheritdoc/>
    /// <exception cref="NpgsqlException">PostgreSQL is away, or the tables are not there.</exception>
    /// <exception cref="TimeoutException">It does not answer in time.</exception>
    public async ValueTask<AccessTokenRecord?> FindAsync(string jwtId, CancellationToken ct) =>
        await _database.FirstAsync(Find, AccessTokenRow.Read, ct, jwtId);

    /// <inheritdoc/>
    /// <exception cref="NpgsqlException">PostgreSQL is away, or the tables are not there.</exception>
    /// <exception cref="TimeoutException">It does not answer in time. What was selected may have been revoked: do it again.</exception>
    public async ValueTask<int> RevokeAsync(AccessTokenSelection selection, DateTimeOffset idJagEndsAt, CancellationToken ct)
    {
        if (selection is { IdJagIssuer: { } issuer, IdJagJwtId: { } jwtId }) await _database.ExecuteAsync(RevokeIdJag, ct, issuer, jwtId, idJagEndsAt.ToUniversalTime());
        var (conditions, values) = Conditions(selection);
        values.Add(_clock.GetUtcNow());
        return await _database.ExecuteAsync($"delete from idjag.access_tokens where {string.Join(" and ", conditions)} and expires_at > ${values.Count}", ct, [.. values]);
    }

    /// <inheritdoc/>
    async Task<int> IExpiringRows.DeleteExpiredAsync(CancellationToken ct)
    {
        var before = _clock.GetUtcNow() - PostgresReplayGuard.Grace;
        await _database.ExecuteAsync(DeleteIdJags, ct, before);
        return await _database.ExecuteAsync(DeleteTokens, ct, before, PostgresReplayGuard.DeletedAtOnce);
    }

    private static (List<string> Conditions, List<object?> Values) Conditions(AccessTokenSelection selection)
    {
        var (conditions, values) = (new List<string>(), new List<object?>());
        foreach (var (column, value) in new[]
        {
            ("jti", selection.JwtId), ("subject", selection.Subject), ("client_id", selection.ClientId), ("resource", selection.Resource),
            ("id_jag_issuer", selection.IdJagIssuer), ("id_jag_jti", selection.IdJagJwtId),
        })
        {
            if (value is null) continue;
            values.Add(value);
            conditions.Add($"{column} = ${values.Count}");
        }
        if (conditions.Count is 0) throw new ArgumentException("Everything is not a selection.", nameof(selection));
        return (conditions, values);
    }
}
