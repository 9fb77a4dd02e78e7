using IdJagBroker.McpAuthorization.Postgres.Tests;
using IdJagBroker.Shared;
using Npgsql;

[assembly: AssemblyFixture(typeof(GuardPostgres))]

namespace IdJagBroker.McpAuthorization.Postgres.Tests;

/// <summary>The server of this test run; its template database has the tables.</summary>
public sealed class GuardPostgres() : PostgresFixture(async connectionString =>
{
    // No pool: a connection that stays would keep the database from being copied.
    await using var database = NpgsqlDataSource.Create(connectionString + ";Pooling=false");
    await PostgresReplayGuard.CreateTableAsync(database);
    await PostgresAccessTokenStore.CreateTablesAsync(database);
});
