using IdJagBroker.Audit;
using IdJagBroker.Hosting;
using Npgsql;

namespace IdJagBroker.Locks;

/// <summary>What is to be locked.</summary>
/// <param name="Kind">Of what kind it is.</param>
/// <param name="Name">As an operator calls it; null for everything.</param>
/// <param name="Reason">Why.</param>
/// <param name="Ticket">The number of a ticket, or null.</param>
/// <param name="ExpiresAt">Until when.</param>
internal sealed record WantedLock(LockKind Kind, string? Name, string Reason, string? Ticket, DateTimeOffset ExpiresAt);

/// <summary>The one way a lock is set or lifted: together with its record. A lock that is not in the log does not hold.</summary>
internal sealed class LockChange(NpgsqlDataSource database, LockNames names, TimeProvider clock)
{
    /// <summary>The most that hold at a time: every replica keeps them in memory.</summary>
    public const int MaxInForce = 10_000;

    private static readonly TimeSpan MinLife = TimeSpan.FromSeconds(1);

    /// <summary>Sets a lock. Refuses with 400 if it would hold too long or not at all, with 422 if there is nothing of that name, with 409 if too many hold.</summary>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    public async Task<Outcome<IssuanceLock>> SetAsync(WantedLock wanted, Actor actor, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        if (wanted.ExpiresAt - now < MinLife) return Problem.Invalid("'expires_at' is over.", "/expires_at");
        if (wanted.ExpiresAt - now > IssuanceLock.MaxLife) return Problem.Invalid($"A lock holds for at most {IssuanceLock.MaxLife.Days} days; what is to be for longer is policy.", "/expires_at");
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        string? target = null;
        if (wanted.Name is not null && (await names.ResolveAsync(connection, wanted.Kind, wanted.Name, ct)).IsRefused(out target, out var problem)) return problem;
        var set = await ReadAsync(connection,
            $"""
            insert into issuance_lock (id, kind, target, reason, ticket, set_at, set_by, expires_at) select $1, $2, $3, $4, $5, $6, $7, $8
            where (select count(*) from issuance_lock where lifted_at is null and expires_at > $6) < {MaxInForce} returning {LockTable.Columns}
            """,
            [Guid.CreateVersion7(now), wanted.Kind.Word(), target, wanted.Reason, wanted.Ticket, now, actor.Key, wanted.ExpiresAt], ct);
        if (set is null) return LockProblem.TooMany;
        await AuditBatch.AppendAsync(connection, LockEvent.Set(set, actor), ct);
        await transaction.CommitAsync(ct);
        return set;
    }

    /// <summary>Lifts a lock. Refuses with 404, with 412 if it is another version, with 409 if it does not hold any more.</summary>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    public async Task<Outcome<IssuanceLock>> LiftAsync(Guid id, IfMatch ifMatch, string reason, Actor actor, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (await ReadAsync(connection, $"select {LockTable.Columns} from issuance_lock where id = $1 for update", [id], ct) is not { } held) return LockProblem.NotFound;
        if (ifMatch.Check(held.Version) is { } stale) return stale;
        var now = clock.GetUtcNow();
        if (!held.IsInForce(now)) return LockProblem.NotInForce(held);
        var lifted = (await ReadAsync(connection,
            $"update issuance_lock set lifted_at = $2, lifted_by = $3, lift_reason = $4 where id = $1 returning {LockTable.Columns}", [id, now, actor.Key, reason], ct))!;
        await AuditBatch.AppendAsync(connection, LockEvent.Lifted(lifted, actor), ct);
        await transaction.CommitAsync(ct);
        return lifted;
    }

    private static async Task<IssuanceLock?> ReadAsync(NpgsqlConnection connection, string statement, object?[] values, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(statement, connection);
        foreach (var value in values) command.Parameters.Add(new() { Value = value ?? DBNull.Value });
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? LockTable.Row(reader) : null;
    }
}
