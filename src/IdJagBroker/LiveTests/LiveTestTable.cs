using System.Text.Json.Nodes;
using Npgsql;
using NpgsqlTypes;

namespace IdJagBroker.LiveTests;

/// <summary>The runs of the nights, so that one replica runs them and every replica knows how they ended.</summary>
internal static class LiveTestTable
{
    /// <summary>How a night's run ended.</summary>
    internal sealed record Night(int Failed, int Unknown, bool IsGood);

    /// <summary>Null: it has not been run.</summary>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    public static async Task<Night?> FindAsync(NpgsqlConnection connection, DateOnly night, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select failed, unknown, good from live_test_run where night = $1", connection);
        command.Parameters.Add(new() { Value = night });
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? new Night(reader.GetInt32(0), reader.GetInt32(1), reader.GetBoolean(2)) : null;
    }

    /// <summary>Keeps a night's run; those of more than 400 days ago are forgotten.</summary>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    public static async Task KeepAsync(NpgsqlConnection connection, DateOnly night, LiveTestReport report, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            """
            with gone as (delete from live_test_run where night < $1 - 400)
            insert into live_test_run (night, failed, unknown, good, report) values ($1, $2, $3, $4, $5::jsonb) on conflict do nothing
            """, connection);
        command.Parameters.Add(new() { Value = night });
        command.Parameters.Add(new() { Value = report.Failed });
        command.Parameters.Add(new() { Value = report.Unknown });
        command.Parameters.Add(new() { Value = report.IsGood });
        command.Parameters.Add(new() { Value = report.ToJson().ToJsonString(), NpgsqlDbType = NpgsqlDbType.Text });
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>The report of the last night; null: there is none.</summary>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    public static async Task<JsonObject?> NewestAsync(NpgsqlDataSource database, CancellationToken ct)
    {
        await using var command = database.CreateCommand("select report from live_test_run order by night desc limit 1");
        return await command.ExecuteScalarAsync(ct) is string report ? JsonNode.Parse(report)!.AsObject() : null;
    }
}
