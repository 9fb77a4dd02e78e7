using System.Net;
using IdJagBroker.Tests.Clients;
using Npgsql;

namespace IdJagBroker.Tests.Storage;

/// <summary>The writer of the log has a connection that nobody else can hold.</summary>
public sealed class WriterDatabaseTests(BrokerPostgres postgres)
{
    private const int Connections = 3;

    [Fact, Trait("Spec", "IDP-53")]
    public async Task Records_while_other_work_holds_every_connection_of_the_pool()
    {
        await using var registry = new RegistryFixture(postgres);
        await registry.StartAsync($"{await postgres.CreateDatabaseAsync()};Maximum Pool Size={Connections}");
        var client = await registry.RegisterAsync("notes");
        (await registry.ExchangeAsync(client.ClientId, client.Secret)).IsGranted();

        await using var holder = new NpgsqlConnection(registry.ConnectionString + ";Pooling=false");
        await holder.OpenAsync();
        await using var held = await holder.BeginTransactionAsync();
        await using (var holding = new NpgsqlCommand("select count(*) from (select from client for update) locked", holder)) await holding.ExecuteScalarAsync();
        var changes = Enumerable.Range(0, 2 * Connections).Select(_ => registry.Broker.PostAsync("clients/notes/disable")).ToArray();
        for (var tries = 0; await WaitingAsync(registry.ConnectionString) < Connections; tries++)
        {
            Assert.True(tries < 100, "the pool has a connection left");
            await Task.Delay(10);
        }

        (await registry.ExchangeAsync(client.ClientId, client.Secret)).IsGranted();
        Assert.Equal(Connections, await WaitingAsync(registry.ConnectionString));        // and all that time they were held

        await held.RollbackAsync();
        Assert.Contains(await Task.WhenAll(changes), answer => answer.Status is HttpStatusCode.OK);
    }

    private static Task<long> WaitingAsync(string connectionString) => Sql.ScalarAsync<long>(connectionString,
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and application_name = 'idjag'");
}
