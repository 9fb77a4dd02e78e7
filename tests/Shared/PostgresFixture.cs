using System.Collections.Concurrent;
using System.Security.Cryptography;
using IdJagBroker.Storage.PrivateCluster;
using Npgsql;

namespace IdJagBroker.Shared;

/// <summary>
/// One PostgreSQL server for a test run, and a fresh database for whoever asks. Derive from it in a test project, say what the template
/// holds, and register the class with <c>[assembly: AssemblyFixture(typeof(…))]</c>. The server starts with the first database asked for.
/// Order: IDJAG_TEST_PG (a connection string of a superuser), binaries on this machine, the docker CLI when an engine answers, npm binaries.
/// The machine's own binaries come before docker because they are ready in under a second. Never skips: without a server the test fails
/// with the command to type.
/// </summary>
/// <param name="prepareTemplate">Runs once, with a connection string to the empty database that all others are copied from.</param>
public abstract class PostgresFixture(Func<string, Task> prepareTemplate) : IAsyncDisposable
{
    private readonly string run = "idjag_test_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6));
    private readonly ConcurrentBag<string> databases = [];
    private readonly SemaphoreSlim starting = new(1);
    private IAsyncDisposable? server;
    private string? template;
    private string administration = "";
    private int count;

    /// <summary>A connection string to a new database, a copy of the template. No other test sees it.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        await StartOnceAsync();
        return await CreateAsync($"{run}_{Interlocked.Increment(ref count)}", template!);
    }

    /// <summary>The same without what the template holds.</summary>
    public async Task<string> CreateEmptyDatabaseAsync()
    {
        await StartOnceAsync();
        return await CreateAsync($"{run}_{Interlocked.Increment(ref count)}", "template0");
    }

    /// <summary>Stops the server, or drops our databases where the server is not ours.</summary>
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (server is not null) await server.DisposeAsync();
        else foreach (var database in databases) await ExecuteAsync($"drop database if exists {database} with (force)");
        starting.Dispose();
    }

    private async Task StartOnceAsync()
    {
        await starting.WaitAsync();
        try
        {
            if (template is not null) return;
            if (administration.Length is 0) (administration, server) = await ServerAsync();
            var name = $"{run}_template_{databases.Count}";   // a template whose preparation failed is not used again
            await prepareTemplate(await CreateAsync(name, "template0"));
            // A connection left in a pool would make every copy fail with 55006.
            await ExecuteAsync($"alter database {name} with allow_connections false");
            await ExecuteAsync($"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'");
            template = name;
        }
        finally
        {
            starting.Release();
        }
    }

    private static async Task<(string ConnectionString, IAsyncDisposable? Server)> ServerAsync()
    {
        if (Environment.GetEnvironmentVariable("IDJAG_TEST_PG") is { Length: > 0 } given) return (given, null);
        if (PostgresBinaries.FindInstalled() is null && await DockerPostgres.TryStartAsync() is { } container)
            return (container.ConnectionString, container);
        var cluster = await PrivatePostgres.StartAsync(PrivatePostgresOptions.Temporary);
        return (cluster.ConnectionStringFor("postgres"), cluster);
    }

    private async Task<string> CreateAsync(string name, string from)
    {
        databases.Add(name);
        await ExecuteAsync($"create database {name} template {from}");
        // Every database has its own pool here, and all of them share the server's connections.
        return new NpgsqlConnectionStringBuilder(administration)
        {
            Database = name,
            MaxPoolSize = 20,
            ConnectionIdleLifetime = 5,
            ConnectionPruningInterval = 2,
        }.ConnectionString;
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(administration);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
