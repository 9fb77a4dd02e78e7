using Npgsql;

namespace IdJagBroker.Locks;

/// <summary>The locks in the database: read here, changed by <see cref="LockChange"/>.</summary>
internal sealed class LockTable(NpgsqlDataSource database)
{
    /// <summary>What <see cref="Row"/> reads.</summary>
    public const string Columns = "id, kind, target, reason, ticket, set_at, set_by, expires_at, lifted_at, lifted_by, lift_reason, version";

    private const string InForce = "lifted_at is null and expires_at > $1";

    /// <summary>
    /// Tells two states apart: every lock has a version that no other had before, so with as many locks the sum is the same only if they are.
    /// </summary>
    public static (long Count, decimal Sum) StampOf(IReadOnlyCollection<IssuanceLock> locks) => (locks.Count, locks.Sum(one => (decimal)one.Version));

    /// <summary>Those that hold.</summary>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    public Task<List<IssuanceLock>> ReadInForceAsync(DateTimeOffset now, CancellationToken ct) => ReadAsync($"where {InForce}", [now], ct);

    /// <summary>The <see cref="StampOf"/> those that hold.</summary>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    public async Task<(long Count, decimal Sum)> ReadStampAsync(DateTimeOffset now, CancellationToken ct)
    {
        await using var command = database.CreateCommand($"select count(*), coalesce(sum(version), 0) from issuance_lock where {InForce}");
        command.Parameters.Add(new() { Value = now });
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return (reader.GetInt64(0), reader.GetDecimal(1));
    }

    /// <summary>Those that hold, or all that ever did; the newest first.</summary>
    /// <param name="inForceAt">Only those that hold then; null: all.</param>
    /// <param name="after">Only those that were set before that one; null: from the newest on.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="ct">Ends the waiting.</param>
    public Task<List<IssuanceLock>> ListAsync(DateTimeOffset? inForceAt, Guid? after, int limit, CancellationToken ct) => ReadAsync(
        $"where ($1::timestamptz is null or {InForce}) and ($2::uuid is null or id < $2) order by id desc limit $3", [inForceAt, after, limit], ct);

    public async Task<IssuanceLock?> FindAsync(Guid id, CancellationToken ct) => (await ReadAsync("where id = $1", [id], ct)).SingleOrDefault();

    public static IssuanceLock Row(NpgsqlDataReader reader) => new()
    {
        Id = reader.GetGuid(0),
        Kind = LockWords.Kind(reader.GetString(1)),
        Target = Text(reader, 2),
        Reason = reader.GetString(3),
        Ticket = Text(reader, 4),
        SetAt = reader.GetFieldValue<DateTimeOffset>(5),
        SetBy = reader.GetString(6),
        ExpiresAt = reader.GetFieldValue<DateTimeOffset>(7),
        LiftedAt = reader.IsDBNull(8) ? null : reader.GetFieldValue<DateTimeOffset>(8),
        LiftedBy = Text(reader, 9),
        LiftReason = Text(reader, 10),
        Version = reader.GetInt64(11),
    };

    private static string? Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    private async Task<List<IssuanceLock>> ReadAsync(string which, object?[] values, CancellationToken ct)
    {
        await using var command = database.CreateCommand($"select {Columns} from issuance_lock {which}");
        foreach (var value in values) command.Parameters.Add(new() { Value = value ?? DBNull.Value });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var locks = new List<IssuanceLock>();
        while (await reader.ReadAsync(ct)) locks.Add(Row(reader));
        return locks;
    }
}
