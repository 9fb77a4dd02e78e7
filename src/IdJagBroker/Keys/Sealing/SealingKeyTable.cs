using System.Security.Cryptography;
using Npgsql;

namespace IdJagBroker.Keys.Sealing;

/// <summary>A sealing key, opened.</summary>
internal sealed record SealingKey(int Id, byte[] Key, DateTimeOffset CreatedAt);

/// <summary>The keys as they are kept: each encrypted by what protects it, so that the database alone opens nothing.</summary>
internal sealed class SealingKeyTable(NpgsqlDataSource database, SealingKeyWrap wrap, TimeProvider clock)
{
    private const long Lock = 4921050;

    /// <summary>Reads the keys that are not among <paramref name="known"/>.</summary>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    /// <exception cref="SigningUnavailableException">What protects them is away.</exception>
    public async Task<List<SealingKey>> ReadAsync(IReadOnlyCollection<int> known, CancellationToken ct)
    {
        var kept = new List<(int Id, string Reference, byte[] Wrapped, DateTimeOffset CreatedAt)>();
        await using (var command = database.CreateCommand("select id, reference, wrapped, created_at from sealing_key where mode = $1 and id <> all($2) order by id"))
        {
            command.Parameters.Add(new() { Value = wrap.Mode });
            command.Parameters.Add(new() { Value = known.ToArray() });
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct)) kept.Add((reader.GetInt32(0), reader.GetString(1), reader.GetFieldValue<byte[]>(2), reader.GetFieldValue<DateTimeOffset>(3)));
        }
        var opened = new List<SealingKey>();
        foreach (var one in kept) opened.Add(new SealingKey(one.Id, await wrap.UnwrapAsync(one.Wrapped, one.Reference, ct), one.CreatedAt));
        return opened;
    }

    /// <summary>Makes the next key if none is younger than <paramref name="maxAge"/>, and drops those older than <paramref name="keptFor"/>. One replica does.</summary>
    /// <inheritdoc cref="ReadAsync" path="/exception"/>
    public async Task MakeIfDueAsync(TimeSpan maxAge, TimeSpan keptFor, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await ExecuteAsync(connection, $"select pg_advisory_xact_lock({Lock})", ct);
        await using (var command = new NpgsqlCommand("select count(*) from sealing_key where mode = $1 and created_at > $2", connection) { Parameters = { new() { Value = wrap.Mode }, new() { Value = now - maxAge } } })
            if (await command.ExecuteScalarAsync(ct) is > 0L) return;
        var key = RandomNumberGenerator.GetBytes(SealedBox.KeyBytes);
        var (wrapped, reference) = await wrap.WrapAsync(key, ct);
        CryptographicOperations.ZeroMemory(key);
        await ExecuteAsync(connection, "insert into sealing_key (mode, reference, wrapped, created_at) values ($1, $2, $3, $4)", ct, wrap.Mode, reference, wrapped, now);
        await ExecuteAsync(connection, "delete from sealing_key where created_at < $1", ct, now - keptFor);
        await transaction.CommitAsync(ct);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken ct, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync(ct);
    }
}
