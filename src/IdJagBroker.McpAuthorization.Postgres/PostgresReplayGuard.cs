using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace IdJagBroker.McpAuthorization.Postgres;

/// <summary>
/// Counts uses in one PostgreSQL table that all replicas share: of many at once, on however many replicas, no more than the limit succeed (RAS-21). One statement,
/// committed before it answers. What PostgreSQL cannot say within <see cref="Patience"/> is an exception, which lets nothing through (RAS-24).
/// </summary>
public sealed class PostgresReplayGuard : IReplayGuard, IExpiringRows
{
    /// <summary>How long a token request waits for PostgreSQL.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>How long a row is kept after it has expired: the replica that deletes may have the faster clock.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMinutes(1);

    /// <summary>The most rows that one statement deletes, so that none holds locks for long.</summary>
    public const int DeletedAtOnce = 1000;

    // The statement waits for a concurrent insert of the same key, and then sees its count: that is what makes it atomic.
    private const string Count = """
        insert into idjag.uses as used (key, count, keep_until) values ($1, 1, $3)
        on conflict (key) do update set count = used.count + 1 where used.count < $2
        """;

    private const string GiveBack = "update idjag.uses set count = count - 1 where key = $1 and count > 0";

    // skip locked: replicas that delete at the same time share the work rather than wait for each other.
    private const string Delete = """
        delete from idjag.uses where key = any (array(
            select key from idjag.uses where keep_until < $1 order by keep_until limit $2 for update skip locked))
        """;

    private readonly PatientDatabase _database;
    private readonly TimeProvider _clock;

    /// <summary>Counts there.</summary>
    /// <param name="database">Where the table is (<see cref="CreateTableAsync"/>); it stays yours to dispose of.</param>
    /// <param name="clock">Tells the time; null: the system's.</param>
    public PostgresReplayGuard(NpgsqlDataSource database, TimeProvider? clock = null) => (_database, _clock) = (new PatientDatabase(database, Patience), clock ?? TimeProvider.System);

    /// <summary>The statements that make the table, for administrators who run them themselves: <c>uses.sql</c> of this package.</summary>
    public static string TableSql { get; } = PatientDatabase.ReadSql("uses.sql");

    /// <summary>Makes the table unless it is there; as often and by as many replicas at once as you like. Needs the right to create it, which nothing else here does.</summary>
    /// <exception cref="NpgsqlException">PostgreSQL is away, or refuses.</exception>
    public static Task CreateTableAsync(NpgsqlDataSource database, CancellationToken ct = default) => PatientDatabase.MakeAsync(database, TableSql, ct);

    /// <inheritdoc/>
    /// <exception cref="NpgsqlException">PostgreSQL is away, or the table is not there.</exception>
    /// <exception cref="TimeoutException">It does not answer in time. The use may have been counted: then whoever comes again needs a new ID-JAG.</exception>
    public async ValueTask<bool> TryUseAsync(IdJagUse use, CancellationToken ct) =>
        await _database.ExecuteAsync(Count, ct, KeyOf(use), use.Limit, use.KeepUntil.ToUniversalTime()) is 1;

    /// <inheritdoc/>
    /// <exception cref="NpgsqlException">PostgreSQL is away, or the table is not there.</exception>
    /// <exception cref="TimeoutException">It does not answer in time.</exception>
    public async ValueTask ReturnAsync(IdJagUse use, CancellationToken ct) => await _database.ExecuteAsync(GiveBack, ct, KeyOf(use));

    /// <inheritdoc/>
    Task<int> IExpiringRows.DeleteExpiredAsync(CancellationToken ct) => _database.ExecuteAsync(Delete, ct, _clock.GetUtcNow() - Grace, DeletedAtOnce);

    // Of one length, whatever a client chose, and with each part's length before it, so that no two pairs run together into the same bytes.
    private static byte[] KeyOf(IdJagUse use)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[4];
        foreach (var part in (ReadOnlySpan<string>)[use.Issuer, use.JwtId])
        {
            var utf8 = Encoding.UTF8.GetBytes(part);
            BinaryPrimitives.WriteInt32BigEndian(length, utf8.Length);
            hash.AppendData(length);
            hash.AppendData(utf8);
        }
        return hash.GetHashAndReset();
    }
}
