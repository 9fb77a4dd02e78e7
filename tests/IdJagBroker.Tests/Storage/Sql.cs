using Npgsql;

namespace IdJagBroker.Tests.Storage;

/// <summary>One statement on a connection of its own, closed for good afterwards: the servers here come and go.</summary>
internal static class Sql
{
    /// <summary>Every event, sequenced or not yet, as a table to select from.</summary>
    public const string Log =
        """
        (select e ->> 'type' as type, e ->> 'kid' as kid, e -> 'actor' as actor, e -> 'data' as data, e
         from (select event::json from audit_inbox union all select event::json from audit_event) events (e)) log
        """;

    public static async Task ExecuteAsync(string connectionString, string sql) => await ScalarAsync<object?>(connectionString, sql);

    public static async Task<T> ScalarAsync<T>(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }
}
