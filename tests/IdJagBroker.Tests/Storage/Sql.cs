using Npgsql;

namespace IdJagBroker.Tests.Storage;

/// <summary>One statement on a connection of its own, closed for good afterwards: the servers here come and go.</summary>
internal static class Sql
{
    public static async Task ExecuteAsync(string connectionString, string sql) => await ScalarAsync<object?>(connectionString, sql);

    public static async Task<T> ScalarAsync<T>(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }
}
