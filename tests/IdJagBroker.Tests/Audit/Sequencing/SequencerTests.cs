using System.Diagnostics;
using System.Text;
using IdJagBroker.Audit;
using IdJagBroker.Audit.Checkpoints;
using IdJagBroker.Audit.Proof;
using IdJagBroker.Tests.Storage;

namespace IdJagBroker.Tests.Audit.Sequencing;

/// <summary>From the inbox into the log: every event once, numbered without a gap, in one order, under a tree that a checkpoint signs.</summary>
public sealed class SequencerTests(BrokerPostgres postgres)
{
    private static readonly CheckpointOptions Often = new() { Every = TimeSpan.FromSeconds(1), Events = 100 };

    [Fact, Trait("Spec", "IDP-53")]
    public async Task Numbers_every_event_once_without_a_gap_and_hashes_what_it_shows()
    {
        await using var log = await LogBench.StartAsync(postgres, Often);
        await log.StartSequencerAsync();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => log.AppendAsync(150)));

        var events = await log.LogAsync(1200);
        Assert.Equal(Enumerable.Range(0, events.Count).Select(n => (long)n), events.Select(e => e.Seq));
        Assert.Equal(events.Select(e => e.RecordedAt).Order(), events.Select(e => e.RecordedAt));
        Assert.Equal(events.Count, events.Select(e => EventOf(e).Id).Distinct().Count());
        Assert.All(events, e =>
        {
            var line = Encoding.UTF8.GetBytes(e.Line);
            Assert.Equal(e.Line, Encoding.UTF8.GetString(CanonicalJson.Canonicalize(line)));
            Assert.Equal(TreeHash.Leaf(line), TreeHash.Of(e.Leaf));
            Assert.Equal((e.Seq, e.RecordedAt), (EventOf(e).Seq, EventOf(e).RecordedAt));
            Assert.Contains("\"log\":\"log.example/audit\"", e.Line, StringComparison.Ordinal);
        });
        Assert.Equal(0L, await Sql.ScalarAsync<long>(log.ConnectionString, "select count(*) from audit_inbox where event not like '%log.checkpoint%'"));

        var checkpoint = await log.CheckpointAsync(1200);
        Assert.Equal(LogBench.RootOf((await log.LogAsync(1200)).Take((int)checkpoint.Size)), checkpoint.Root);
        Assert.Equal(1200, await Sql.ScalarAsync<decimal>(log.ConnectionString, "select sum(events) from audit_rollup where type = 'test.good' and client = 'agent' and resource = 'https://mcp.example'"));
    }

    [Fact]
    public async Task Goes_on_on_another_replica_within_five_seconds_when_the_leader_is_gone()
    {
        await using var log = await LogBench.StartAsync(postgres, Often);
        await log.StartSequencerAsync();
        await log.AppendAsync(700);         // more than two tiles
        await log.LogAsync(700);
        await log.StartSequencerAsync();
        await log.AppendAsync(1);

        await Sql.ExecuteAsync(log.ConnectionString, "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'idjag sequencer' and pid = (select pid from pg_locks where locktype = 'advisory' and objid = 4921002 and granted limit 1); select 1");
        var started = Stopwatch.GetTimestamp();
        await log.AppendAsync(10);
        var events = await log.LogAsync(711);
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.Equal(Enumerable.Range(0, events.Count).Select(n => (long)n), events.Select(e => e.Seq));
        var checkpoint = await log.CheckpointAsync(711);
        Assert.Equal(LogBench.RootOf((await log.LogAsync(711)).Take((int)checkpoint.Size)), checkpoint.Root);
    }

    [Fact]
    public async Task Never_lets_the_time_go_back()
    {
        await using var log = await LogBench.StartAsync(postgres);
        var ahead = new DateTimeOffset(DateTime.UtcNow.AddDays(1).Date, TimeSpan.Zero);
        await Sql.ExecuteAsync(log.ConnectionString, $"update audit_log set recorded_at = '{ahead:O}'; select 1");
        await log.StartSequencerAsync();
        await log.AppendAsync(3);

        Assert.All(await log.LogAsync(3), e => Assert.Equal(ahead, e.RecordedAt));
    }

    public static TheoryData<string> Garbage =>
    [
        "", "no JSON", "[]", "{}", "{\"actor\":{}}", "{\"actor\":{},\"id\":\"x\"}", "{\"actor\":{\"kind\":\"x\"},\"seq\":1,\"type\":\"x\"}", new string('[', 3000),
        "{\"actor\":{},\"id\":\"0192f0c1-2345-7abc-8def-0123456789ab\",\"node\":\"n\",\"outcome\":\"ok\",\"reason\":\"r\",\"schema\":\"audit/1\",\"seq\":0,\"type\":\"idjag.issued\",\"v\":1}",
    ];

    [Theory, MemberData(nameof(Garbage))]
    public async Task Records_what_is_no_event_as_that_and_goes_on(string garbage)
    {
        await using var log = await LogBench.StartAsync(postgres);
        await log.AppendAsync(1);
        await using (var insert = log.Database.CreateCommand("insert into audit_inbox (event) values ($1)"))
        {
            insert.Parameters.Add(new() { Value = garbage });
            await insert.ExecuteNonQueryAsync();
        }
        await log.AppendAsync(1);
        await log.StartSequencerAsync();

        var events = await log.LogAsync(2);
        var odd = Assert.Single(events, e => EventOf(e).Type == "log.unreadable");
        Assert.Contains(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(garbage))), odd.Line, StringComparison.Ordinal);
        Assert.DoesNotContain(events, e => EventOf(e).Type == "idjag.issued");
    }

    [Theory]
    [InlineData("delete from audit_event where seq = (select max(seq) from audit_event)")]
    [InlineData("delete from audit_event where seq = (select max(seq) - 1 from audit_event)")]
    [InlineData("delete from audit_tile where level = 0 and index = 1")]
    [InlineData("update audit_log set size = size + 1")]
    [InlineData("update audit_log set size = size - 1")]
    public async Task Adds_nothing_to_a_log_that_somebody_was_at_and_loses_nothing_meanwhile(string tampering)
    {
        await using var log = await LogBench.StartAsync(postgres, Often);
        var first = await log.StartSequencerAsync();
        await log.AppendAsync(600);
        var before = (await log.LogAsync(600)).Count;
        await first.StopAsync(default);

        await Sql.ExecuteAsync(log.ConnectionString, $"set session_replication_role = replica; {tampering}; select 1");
        await log.StartSequencerAsync();
        await log.AppendAsync(5);
        await Task.Delay(1500);
        Assert.InRange(await Sql.ScalarAsync<long>(log.ConnectionString, "select count(*) from audit_event"), before - 1, before + 1);     // and one of a checkpoint
        Assert.Equal(5L, await Sql.ScalarAsync<long>(log.ConnectionString, "select count(*) from audit_inbox where event like '%test.good%'"));
    }

    [Theory]
    [InlineData("update audit_tile set hashes = sha256('x') || substring(hashes from 33) where level = 0 and index = 0")]
    [InlineData("delete from audit_tile")]
    [InlineData("truncate audit_tile")]
    [InlineData("update audit_checkpoint set note = 'x'")]
    [InlineData("delete from audit_checkpoint")]
    [InlineData("truncate audit_checkpoint")]
    [InlineData("update audit_checkpoint set published_at = now(); update audit_checkpoint set published_at = null")]
    public async Task Lets_nobody_change_the_tree_or_what_was_signed(string sql)
    {
        await using var log = await LogBench.StartAsync(postgres, Often);
        await log.StartSequencerAsync();
        await log.AppendAsync(300);
        await log.CheckpointAsync(256);

        Assert.Equal("42501", (await Assert.ThrowsAsync<Npgsql.PostgresException>(() => Sql.ExecuteAsync(log.ConnectionString, sql + "; select 1"))).SqlState);
    }

    private static EventColumns EventOf(LoggedEvent e) => EventColumns.TryRead(Encoding.UTF8.GetBytes(e.Line), out var columns) ? columns : throw new InvalidOperationException(e.Line);
}
