using System.Diagnostics;
using System.Net;
using IdJagBroker.Storage.PrivateCluster;
using IdJagBroker.Tests.Hosting;
using IdJagBroker.Tests.Storage;
using Npgsql;

namespace IdJagBroker.Tests.Clients;

/// <summary>Several brokers on one database: what one is told, all know within 5 s; what none can read stays as it was.</summary>
public sealed class RegistryReplicaTests(BrokerPostgres postgres)
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(5);

    private static async Task<TimeSpan> UntilAsync(Func<Task<bool>> holds, TimeSpan limit)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await holds())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < limit, "it did not come about in time");
            await Task.Delay(20);
        }
        return Stopwatch.GetElapsedTime(started);
    }

    private static async Task<bool> IsGrantedAsync(RegistryFixture registry, (string ClientId, string Secret) client, RegistryBroker at) =>
        (await registry.ExchangeAsync(client.ClientId, client.Secret, at)).Status is HttpStatusCode.OK;

    [Fact, Trait("Spec", "SEC-33"), Trait("Spec", "IDP-25")]
    public async Task Knows_a_change_on_every_replica_at_once()
    {
        await using var registry = new RegistryFixture(postgres);
        await registry.StartAsync();
        var other = await registry.AddReplicaAsync();
        var client = await registry.RegisterAsync("notes");
        await UntilAsync(() => IsGrantedAsync(registry, client, other), Bound);

        var notified = TimeSpan.MaxValue;
        for (var round = 0; round < 3; round++)         // the poll alone would take 3 s at times; three times at once it is not
        {
            (await registry.Broker.PostAsync("clients/notes/disable")).Is(HttpStatusCode.OK);
            Assert.False(await IsGrantedAsync(registry, client, registry.Broker));
            var took = await UntilAsync(async () => !await IsGrantedAsync(registry, client, other), Bound);
            notified = took < notified ? took : notified;
            (await registry.Broker.PostAsync("clients/notes/enable", ifMatch: await registry.Broker.TagAsync("notes"))).Is(HttpStatusCode.OK);
            await UntilAsync(() => IsGrantedAsync(registry, client, other), Bound);
        }
        Assert.True(notified < TimeSpan.FromSeconds(1), $"nobody told the other replica: {notified}");
    }

    [Fact, Trait("Spec", "SEC-33"), Trait("Spec", "IDP-25")]
    public async Task Refuses_a_disabled_client_within_5_s_when_only_the_poll_works()
    {
        await using var registry = new RegistryFixture(postgres);
        await registry.StartAsync();
        var other = await registry.AddReplicaAsync();
        await Sql.ExecuteAsync(registry.ConnectionString, "drop trigger client_notify on client; select 1");
        await Sql.ExecuteAsync(registry.ConnectionString, "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'idjag listen'; select 1");
        var client = await registry.RegisterAsync("notes");
        await UntilAsync(() => IsGrantedAsync(registry, client, other), Bound);
        await Task.Delay(1_500);            // whoever listens again has read, and hears nothing

        (await registry.Broker.PostAsync("clients/notes/disable")).Is(HttpStatusCode.OK);
        await UntilAsync(async () => !await IsGrantedAsync(registry, client, other), Bound);

        await Sql.ExecuteAsync(registry.ConnectionString, "update client set enabled = true; select 1");
        await UntilAsync(() => IsGrantedAsync(registry, client, other), Bound);
        await Sql.ExecuteAsync(registry.ConnectionString, "delete from client; select 1");
        await UntilAsync(async () => !await IsGrantedAsync(registry, client, other), Bound);
    }

    [Fact]
    public async Task Listens_again_when_the_connection_was_cut()
    {
        await using var registry = new RegistryFixture(postgres);
        await registry.StartAsync();
        async Task<long> ListenersAsync() => await Sql.ScalarAsync<long>(registry.ConnectionString,
            "select count(*) from pg_stat_activity where datname = current_database() and application_name = 'idjag listen' and query like 'listen idjag_client%'");
        await UntilAsync(async () => await ListenersAsync() is 1, Bound);

        await Sql.ExecuteAsync(registry.ConnectionString, "select pg_terminate_backend(pid, 2000) from pg_stat_activity where datname = current_database() and application_name = 'idjag listen'");
        await UntilAsync(async () => await ListenersAsync() is 1, Bound);
    }

    [Fact]
    public async Task Keeps_the_last_good_state_while_the_database_is_away()
    {
        await using var cluster = await PrivatePostgres.StartAsync(PrivatePostgresOptions.Temporary);
        await using var relay = new Relay(cluster.Port);
        await IdJagBroker.Storage.DatabaseSetup.MigrateAsync(cluster.ConnectionString, default);
        await using var registry = new RegistryFixture(postgres);
        await registry.StartAsync(new NpgsqlConnectionStringBuilder(cluster.ConnectionString) { Port = relay.Port, Pooling = true }.ConnectionString);
        var client = await registry.RegisterAsync("notes");
        (await registry.ExchangeAsync(client.ClientId, client.Secret)).IsGranted();

        relay.Break();
        await Task.Delay(4_000);            // polls have failed by now
        // Known: it fails for want of a record. Unknown: still told apart, because the last state is.
        (await registry.ExchangeAsync(client.ClientId, client.Secret)).IsRefused("temporarily_unavailable", HttpStatusCode.ServiceUnavailable);
        (await registry.ExchangeAsync("c-unknown", client.Secret)).IsRefused("invalid_client", HttpStatusCode.Unauthorized);
        var change = await registry.Broker.PostAsync("clients/notes/disable");
        change.IsProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
        Assert.NotNull(change.RetryAfter);
        (await registry.Broker.GetAsync("clients")).IsProblem(HttpStatusCode.ServiceUnavailable, "unavailable");

        relay.Mend();
        await UntilAsync(() => IsGrantedAsync(registry, client, registry.Broker), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Calls_nobody_unknown_before_the_registry_was_read()
    {
        await using var cluster = await PrivatePostgres.StartAsync(PrivatePostgresOptions.Temporary);
        await using var relay = new Relay(cluster.Port);
        await IdJagBroker.Storage.DatabaseSetup.MigrateAsync(cluster.ConnectionString, default);
        relay.Break();
        await using var registry = new RegistryFixture(postgres);
        await registry.StartAsync(new NpgsqlConnectionStringBuilder(cluster.ConnectionString) { Port = relay.Port }.ConnectionString);

        (await registry.ExchangeAsync("c-perhaps", "some-secret")).IsRefused("temporarily_unavailable", HttpStatusCode.ServiceUnavailable);
        (await registry.ExchangeAsync(RegistryFixture.FiledId, "wrong", alias: "filed")).IsRefused("temporarily_unavailable", HttpStatusCode.ServiceUnavailable);       // its refusal has no record
        relay.Mend();
        await UntilAsync(async () => (await registry.ExchangeAsync("c-perhaps", "some-secret")).Error is "invalid_client", TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Hears_the_catalogue_when_it_comes_to_own_what_is_registered()
    {
        await using var registry = new RegistryFixture(postgres);
        await registry.StartAsync();
        var notes = await registry.RegisterAsync("notes");
        var spare = await registry.RegisterAsync("spare");
        // The next revision: the file has notes itself, and the id of spare.
        var next = await registry.AddReplicaAsync(registry.Catalogue()
            .Replace("notes: {registration: database", "notes: {clientIds: [notes-in-file]", StringComparison.Ordinal)
            .Replace(RegistryFixture.FiledId, spare.ClientId, StringComparison.Ordinal));

        Assert.False(await IsGrantedAsync(registry, notes, next));
        Assert.False(await IsGrantedAsync(registry, spare, next));
        (await registry.ExchangeAsync(spare.ClientId, registry.FiledSecret, next, "filed")).IsGranted();          // the id is the file's
        Assert.True(await IsGrantedAsync(registry, notes, registry.Broker));                                       // the old revision goes on
        var shown = (await next.GetAsync("clients/notes")).Is(HttpStatusCode.OK);
        Assert.Equal(("catalogue", true), ((string?)shown.Body["owner"], (bool?)shown.Body["overruled_registration"]));
        (await next.PostAsync("clients/notes/secrets")).IsProblem(HttpStatusCode.Conflict, "owned-by-catalogue", "/alias");
        (await next.DeleteAsync("clients/notes", shown.ETag)).Is(HttpStatusCode.NoContent);                        // what counts for nothing may go
    }
}
