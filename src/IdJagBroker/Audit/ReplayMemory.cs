using Npgsql;
using NpgsqlTypes;

namespace IdJagBroker.Audit;

/// <summary>Uses up what may be used once where no event goes with it; what has one is claimed together with it (<see cref="AuditInbox"/>).</summary>
internal sealed class ReplayMemory(NpgsqlDataSource database)
{
    // A name that expires at another time is in another slot, and is the same name.
    private const string Claim =
        """
        insert into replay_key (digest, slot, expires_at)
        select $1, $2, $3 where not exists (select from replay_key where digest = $1)
        on conflict do nothing
        """;

    /// <summary>Whether this was the first use.</summary>
    /// <exception cref="NpgsqlException">The database is away; whether it is used up then, nobody knows.</exception>
    public async Task<bool> TryUseAsync(ReplayKey key, CancellationToken ct)
    {
        await using var command = database.CreateCommand(Claim);
        command.Parameters.Add(new() { Value = key.Digest, NpgsqlDbType = NpgsqlDbType.Bytea });
        command.Parameters.Add(new() { Value = key.Slot, NpgsqlDbType = NpgsqlDbType.Smallint });
        command.Parameters.Add(new() { Value = key.ExpiresAt.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        return await command.ExecuteNonQueryAsync(ct) is 1;
    }
}
