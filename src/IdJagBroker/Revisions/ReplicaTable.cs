using System.Text.Json.Serialization;
using IdJagBroker.Keys;
using IdJagBroker.Keys.Life;
using IdJagBroker.Policies;
using Npgsql;

namespace IdJagBroker.Revisions;

/// <summary>A running broker and what it decides by, by its own word.</summary>
internal sealed record ReplicaView(
    [property: JsonPropertyName("node")] string Node,
    [property: JsonPropertyName("revision")] string? Revision,
    [property: JsonPropertyName("number")] long? Number,
    [property: JsonPropertyName("since")] DateTimeOffset Since,
    [property: JsonPropertyName("seen_at")] DateTimeOffset SeenAt)
{
    /// <summary>The first thing that is wrong with what its source has; absent if it decides by that.</summary>
    [JsonPropertyName("problem")] public string? Problem { get; init; }
}

/// <summary>What each replica decides by.</summary>
internal sealed class ReplicaTable(NpgsqlDataSource database, SigningKeyRing keys, ActivePolicy policy, ReloadStatus status)
{
    /// <summary>Says what this replica decides by; those that have been silent for an hour are forgotten.</summary>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    public async Task ReportAsync(CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            """
            with gone as (delete from policy_replica where seen_at < clock_timestamp() - interval '1 hour')
            insert into policy_replica (node, revision, number, since, problem) values ($1, $2, $3, $4, $5) on conflict (node) do update
            set revision = excluded.revision, number = excluded.number, since = excluded.since, problem = excluded.problem, seen_at = clock_timestamp()
            """);
        var current = policy.Current;
        command.Parameters.Add(new() { Value = keys.Node });
        command.Parameters.Add(new() { Value = current.IsNone ? DBNull.Value : current.Revision, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = (object?)status.Number ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Bigint });
        command.Parameters.Add(new() { Value = status.Since });
        command.Parameters.Add(new() { Value = status.Last.Refused?.Problems is [var first, ..] ? first.ToString() : DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Says that this replica stops, so that nobody waits for it.</summary>
    public async Task LeaveAsync(CancellationToken ct)
    {
        await using var command = database.CreateCommand("delete from policy_replica where node = $1");
        command.Parameters.Add(new() { Value = keys.Node });
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Those that were heard of lately, by the database's clock.</summary>
    public static async Task<IReadOnlyList<ReplicaView>> ReadAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            "select node, revision, number, since, seen_at, problem from policy_replica where seen_at > clock_timestamp() - $1 order by node collate \"C\"", connection);
        command.Parameters.Add(new() { Value = KeyTimes.ReplicaGone });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var replicas = new List<ReplicaView>();
        while (await reader.ReadAsync(ct))
        {
            replicas.Add(new ReplicaView(
                reader.GetString(0), reader.IsDBNull(1) ? null : reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetInt64(2), reader.GetFieldValue<DateTimeOffset>(3), reader.GetFieldValue<DateTimeOffset>(4))
            {
                Problem = reader.IsDBNull(5) ? null : reader.GetString(5),
            });
        }
        return replicas;
    }
}
