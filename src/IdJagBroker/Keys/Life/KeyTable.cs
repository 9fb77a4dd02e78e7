using IdJagBroker.Audit;
using Npgsql;

namespace IdJagBroker.Keys.Life;

/// <summary>
/// The keys in the database. Every step is one transaction with its record in the log, and counts only if the key is still where the
/// step starts from: two who lead for a moment cannot take it twice.
/// </summary>
internal sealed class KeyTable(NpgsqlDataSource database, TimeProvider clock)
{
    /// <summary>Every key there ever was for what this version signs, oldest first: in an upgrade a newer one may keep others.</summary>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    public async Task<IReadOnlyList<SigningKeyRow>> ReadAsync(CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            """
            select kid, purpose, algorithm, provider, place, state, public_jwk, reference, wrapped, provenance, created_at, published_at, activated_at,
                   retired_at, not_after, rotation, version
            from signing_key where purpose = any($1) order by created_at, kid
            """);
        command.Parameters.Add(new() { Value = KeyWords.Purposes });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var keys = new List<SigningKeyRow>();
        while (await reader.ReadAsync(ct)) keys.Add(Row(reader));
        return keys;
    }

    // Every replica looks once a second, so this is not Entity Framework's.
    private static SigningKeyRow Row(NpgsqlDataReader reader) => new()
    {
        Kid = reader.GetString(0),
        Purpose = KeyWords.Purpose(reader.GetString(1)),
        Algorithm = reader.GetString(2),
        Provider = reader.GetString(3),
        Place = reader.GetString(4),
        State = KeyWords.State(reader.GetString(5)),
        PublicJwk = reader.GetString(6),
        Reference = reader.GetString(7),
        Wrapped = reader.IsDBNull(8) ? null : reader.GetFieldValue<byte[]>(8),
        Provenance = reader.IsDBNull(9) ? null : reader.GetString(9),
        CreatedAt = reader.GetFieldValue<DateTimeOffset>(10),
        PublishedAt = Time(reader, 11),
        ActivatedAt = Time(reader, 12),
        RetiredAt = Time(reader, 13),
        NotAfter = Time(reader, 14),
        Rotation = KeyWords.Rotation(reader.GetString(15)),
        Version = reader.GetInt64(16),
    };

    private static DateTimeOffset? Time(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);

    /// <summary>The sum of the versions, which every change raises. Their maximum would not do: of two changes at once, the later version may commit first.</summary>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    public async Task<long> ReadStampAsync(CancellationToken ct)
    {
        await using var command = database.CreateCommand("select coalesce(sum(version), 0)::bigint from signing_key");
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>The replicas that were heard of lately. By the database's clock: the replicas' own need not agree.</summary>
    public async Task<IReadOnlyList<Replica>> ReadReplicasAsync(CancellationToken ct)
    {
        await using var command = database.CreateCommand("select node, kids from replica where seen_at > clock_timestamp() - $1");
        command.Parameters.Add(new() { Value = KeyTimes.ReplicaGone });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var replicas = new List<Replica>();
        while (await reader.ReadAsync(ct)) replicas.Add(new Replica(reader.GetString(0), reader.GetFieldValue<string[]>(1).ToHashSet(StringComparer.Ordinal)));
        return replicas;
    }

    /// <summary>Says that a replica runs, and which keys it publishes and can sign with; those that have been silent for an hour are forgotten.</summary>
    public async Task ReportAsync(string node, IReadOnlyCollection<string> kids, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            """
            with gone as (delete from replica where seen_at < clock_timestamp() - interval '1 hour')
            insert into replica (node, kids) values ($1, $2) on conflict (node) do update set kids = excluded.kids, seen_at = clock_timestamp()
            """);
        command.Parameters.Add(new() { Value = node });
        command.Parameters.Add(new() { Value = kids.ToArray() });
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Says that a replica stops, so that nobody waits for it.</summary>
    public async Task LeaveAsync(string node, CancellationToken ct)
    {
        await using var command = database.CreateCommand("delete from replica where node = $1");
        command.Parameters.Add(new() { Value = node });
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Adds a new key. False if another of its slot is on its way already, or it is known: somebody else was first.</summary>
    public Task<bool> AddAsync(SigningKeyRow key, KeyActor actor, CancellationToken ct) => CommitAsync(
        """
        insert into signing_key (kid, purpose, algorithm, provider, place, state, public_jwk, reference, wrapped, provenance, created_at, not_after)
        select $1, $2, $3, $4, $5, 'created', $6::jsonb, $7, $8, $9, $10, $11
        where not exists (select from signing_key where purpose = $2 and algorithm = $3 and place = $5 and state in ('created', 'published'))
        on conflict do nothing
        """,
        [
            key.Kid, key.Purpose.Word(), key.Algorithm, key.Provider, key.Place, key.PublicJwk, key.Reference, (object?)key.Wrapped ?? DBNull.Value,
            (object?)key.Provenance ?? DBNull.Value, key.CreatedAt, (object?)key.NotAfter ?? DBNull.Value,
        ],
        [KeyEvent.Created(key, actor, clock.GetUtcNow())], ct);

    public Task<bool> PublishAsync(SigningKeyRow key, KeyActor actor, CancellationToken ct) => CommitAsync(
        "update signing_key set state = 'published', published_at = $2 where kid = $1 and state = 'created'",
        [key.Kid, clock.GetUtcNow()], [KeyEvent.Of("key.published", key, actor, clock.GetUtcNow())], ct);

    /// <summary>Lets a key sign and retires the one before it, both or neither.</summary>
    public Task<bool> ActivateAsync(SigningKeyRow key, SigningKeyRow? before, bool emergency, KeyActor actor, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        AuditEvent[] records = [KeyEvent.Of("key.activated", key, actor, now, emergency), .. before is null ? [] : new[] { KeyEvent.Of("key.retired", before, actor, now, emergency) }];
        return CommitAsync(
            """
            with before as (
                update signing_key set state = 'retired', retired_at = $3, rotation = 'none', wrapped = null where kid = $2 and state = 'active' returning kid)
            update signing_key set state = 'active', activated_at = $3
            where kid = $1 and state = 'published' and ($2 = '' or exists (select from before))
            """,
            [key.Kid, before?.Kid ?? "", now], records, ct);
    }

    public Task<bool> RetireAsync(SigningKeyRow key, KeyActor actor, CancellationToken ct) => CommitAsync(
        "update signing_key set state = 'retired', retired_at = $2, rotation = 'none', wrapped = null where kid = $1 and state = 'active'",
        [key.Kid, clock.GetUtcNow()], [KeyEvent.Of("key.retired", key, actor, clock.GetUtcNow())], ct);

    public Task<bool> RemoveAsync(SigningKeyRow key, KeyActor actor, CancellationToken ct) => CommitAsync(
        "update signing_key set state = 'removed', wrapped = null where kid = $1 and state = $2",
        [key.Kid, key.State.Word()], [KeyEvent.Of("key.removed", key, actor, clock.GetUtcNow())], ct);

    public Task<bool> RevokeAsync(SigningKeyRow key, KeyActor actor, CancellationToken ct) => CommitAsync(
        "update signing_key set state = 'revoked', rotation = 'none', wrapped = null where kid = $1 and state <> 'revoked'",
        [key.Kid], [KeyEvent.Of("key.revoked", key, actor, clock.GetUtcNow())], ct);

    /// <summary>Asks for the next key of an active one's slot; whoever leads sees to it. False if that, or more, is asked already.</summary>
    public Task<bool> RequestRotationAsync(SigningKeyRow key, RotationRequest request, KeyActor actor, CancellationToken ct) => CommitAsync(
        "update signing_key set rotation = $2 where kid = $1 and state = 'active' and rotation not in ($2, 'emergency')",
        [key.Kid, request.Word()], [KeyEvent.Of("key.rotation_requested", key, actor, clock.GetUtcNow(), request is RotationRequest.Emergency)], ct);

    private async Task<bool> CommitAsync(string statement, object[] values, AuditEvent[] records, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var command = new NpgsqlCommand(statement, connection))
        {
            foreach (var value in values) command.Parameters.Add(new() { Value = value });
            if (await command.ExecuteNonQueryAsync(ct) is 0) return false;      // not where the step starts from
        }
        foreach (var record in records) await AuditBatch.AppendAsync(connection, record, ct);
        await transaction.CommitAsync(ct);
        return true;
    }
}
