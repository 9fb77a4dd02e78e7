using System.Text.Json.Nodes;
using IdJagBroker.Audit.Checkpoints;
using IdJagBroker.Storage;
using IdJagBroker.Tests.Audit.Sequencing;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace IdJagBroker.Tests.Storage;

/// <summary>A database of the version before keeps its events: they are the first of the log.</summary>
public sealed class AuditLogMigrationTests(BrokerPostgres postgres)
{
    [Fact]
    public async Task Takes_the_events_of_the_old_inbox_into_the_log_in_their_order()
    {
        var empty = await postgres.CreateEmptyDatabaseAsync();
        await using (var source = DatabaseSetup.CreateDataSource(empty))
        {
            var options = new DbContextOptionsBuilder<BrokerDbContext>();
            DatabaseSetup.Configure(options, source);
            await using var db = new BrokerDbContext(options.Options);
            await db.GetService<IMigrator>().MigrateAsync("20261121001000_SigningKeys");
            await Sql.ExecuteAsync(empty,
                """
                insert into audit_inbox (id, occurred_at, type, outcome, client, resource, jti, node, data)
                select gen_random_uuid(), '2026-11-21 10:00:00.123456+00'::timestamptz + n * interval '1 s', 'idjag.issued', 'ok', 'agent', array['https://mcp.example'], 'j' || n, 'old',
                    jsonb_build_object('claims', jsonb_build_object('exp', 1, 'aud', 'é "quoted"'), 'actor', null)
                from generate_series(1, 5) n;
                insert into audit_inbox (id, occurred_at, type, outcome, kid, node, data) values (gen_random_uuid(), now(), 'key.created', 'ok', 'k', 'old', '{"actor": {"kind": "system", "key": "key-keeper"}}');
                insert into replay_key values ('a', now() + interval '4 min'), ('b', now() - interval '1 min');
                select 1
                """);
        }
        await DatabaseSetup.MigrateAsync(empty, default);

        await using var log = await LogBench.OnAsync(empty, new CheckpointOptions());
        await log.StartSequencerAsync();
        await log.AppendAsync(1);
        var events = (await log.LogAsync(1)).Select(e => JsonNode.Parse(e.Line)!).ToList();
        Assert.Equal(["j1", "j2", "j3", "j4", "j5"], events.Take(5).Select(e => (string?)e["jti"]));
        Assert.Equal(("2026-11-21T10:00:01.123456Z", "é \"quoted\"", "client", "agent"),
            ((string?)events[0]["occurred_at"], (string?)events[0]["data"]!["claims"]!["aud"], (string?)events[0]["actor"]!["kind"], (string?)events[0]["actor"]!["key"]));
        Assert.Equal(("key.created", "key-keeper"), ((string?)events[5]["type"], (string?)events[5]["actor"]!["key"]));
        Assert.Equal(1L, await Sql.ScalarAsync<long>(empty, "select count(*) from replay_key"));
    }
}
