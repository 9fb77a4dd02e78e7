using System.IO.Compression;
using System.Text;
using IdJagBroker.Audit.Proof;
using IdJagBroker.Tests.Storage;
using Npgsql;

namespace IdJagBroker.Tests.Audit.Retention;

/// <summary>Old months go into an archive that verifies, and only then out of the database; each guard by itself keeps them there.</summary>
public sealed class RetentionTests(BrokerPostgres postgres)
{
    [Fact]
    public async Task Takes_old_months_away_once_their_archives_verify_and_every_proof_still_holds()
    {
        await using var log = await AgedLog.StartAsync(postgres);
        var steps = await log.TurnAsync();

        Assert.Equal(["2024-01 is archived and verified.", "2024-01 is taken away.", "2024-02 is archived and verified.", "2024-02 is taken away."], steps.Select(step => step.Sentence));
        await log.SettleAsync();
        Assert.Equal("log.partition_archived 2024-01, log.partition_dropped 2024-01, log.partition_archived 2024-02, log.partition_dropped 2024-02", await log.EventsAsync());
        Assert.Equal(0, await Sql.ScalarAsync<long>(log.ConnectionString, "select count(*) from audit_event where recorded_at < '2024-03-01'"));

        var (first, second) = (log.Verify(Path.Combine(log.Archive, "2024-01")), log.Verify(Path.Combine(log.Archive, "2024-02")));
        Assert.True(first.IsGood && second.IsGood);
        Assert.Equal((0, first.Manifest!.To), (first.Manifest.From, second.Manifest!.From));
        var (result, report) = await log.ExportAsync();
        Assert.Equal(second.Manifest.To, result.Order.From);
        Assert.Empty(report.Findings);

        using var lines = new StreamReader(new GZipStream(File.OpenRead(Path.Combine(log.Archive, "2024-01", "events-00001.ndjson.gz")), CompressionMode.Decompress));
        for (var seq = 0; seq < 40; seq++) Assert.True(await log.IsInTodaysLogAsync(seq, TreeHash.Leaf(Encoding.UTF8.GetBytes((await lines.ReadLineAsync())!))));
        Assert.Empty(await log.TurnAsync());
    }

    [Fact]
    public async Task Without_an_archive_takes_nothing_away()
    {
        await using var log = await AgedLog.StartAsync(postgres);
        Assert.Empty(await log.Work(archive: "").TurnAsync(default));
        Assert.Equal("audit_event_2024_01 audit_event_2024_02", await log.PartitionsAsync());
    }

    [Fact]
    public async Task A_hold_keeps_its_month_and_those_after_it()
    {
        await using var log = await AgedLog.StartAsync(postgres);
        await log.ExecuteAsync("insert into audit_hold values ('2024-01', 'a court', now(), 'counsel')");
        Assert.Equal("2024-01 is on hold, and nothing after it is taken away.", Assert.Single(await log.TurnAsync()).Sentence);
        Assert.Equal("audit_event_2024_01 audit_event_2024_02", await log.PartitionsAsync());
    }

    [Fact]
    public async Task A_month_that_is_not_as_the_log_has_it_is_neither_archived_nor_taken_away()
    {
        await using var log = await AgedLog.StartAsync(postgres);
        await log.ExecuteAsync("delete from audit_event where seq = 30");
        var step = Assert.Single(await log.TurnAsync());
        Assert.True(step.IsTrouble);
        Assert.Contains("does not verify: Event 30 is missing", step.Sentence, StringComparison.Ordinal);
        Assert.Equal("audit_event_2024_01 audit_event_2024_02", await log.PartitionsAsync());
        Assert.Equal("", await log.EventsAsync());
    }

    [Fact]
    public async Task An_archive_that_is_gone_or_another_keeps_its_month()
    {
        await using var log = await AgedLog.StartAsync(postgres);
        await log.ExecuteAsync("update audit_retention set least = '10000 days'");
        var refused = await log.TurnAsync();
        Assert.Equal("The database does not take 2024-01 away: audit_event_2024_01 is too young to be taken away.", refused[^1].Sentence);
        await log.ExecuteAsync("update audit_retention set least = '400 days'");

        await File.AppendAllTextAsync(Path.Combine(log.Archive, "2024-01", "manifest.json"), " ");
        await Assert.ThrowsAsync<InvalidDataException>(log.TurnAsync);
        Directory.Delete(Path.Combine(log.Archive, "2024-01"), recursive: true);
        var step = Assert.Single(await log.TurnAsync());
        Assert.True(step.IsTrouble);
        Assert.Contains("is not in", step.Sentence, StringComparison.Ordinal);
        Assert.Equal("audit_event_2024_01 audit_event_2024_02", await log.PartitionsAsync());
    }

    [Theory]
    [InlineData("update audit_retention set least = '10000 days'", "is too young to be taken away")]
    [InlineData("insert into audit_hold values ('2024-01', 'a court', now(), 'counsel')", "is on hold")]
    [InlineData("create table audit_event_2023_12 partition of audit_event for values from ('2023-12-01 00:00:00+00') to ('2024-01-01 00:00:00+00')", "a month before audit_event_2024_01 is still there")]
    [InlineData("delete from audit_event where type = 'log.partition_archived'", "no event says that audit_event_2024_01 was archived so")]
    [InlineData("update audit_event set event = replace(event, '\"sha256\":\"', '\"sha256\":\"0') where type = 'log.partition_archived'", "no event says that audit_event_2024_01 was archived so")]
    [InlineData("delete from audit_event where seq = 0", "does not have the events that were archived")]
    [InlineData("update audit_event set event = regexp_replace(event, '\"to\":[0-9]+', '\"to\":9') where type = 'log.partition_archived'", "does not have the events that were archived")]
    public async Task The_database_itself_refuses(string sql, string why)
    {
        await using var log = await AgedLog.StartAsync(postgres);
        await log.ExecuteAsync("update audit_retention set least = '10000 days'");
        await log.TurnAsync();          // archived, and not taken away
        await log.SettleAsync();
        var sha256 = await Sql.ScalarAsync<string>(log.ConnectionString, "select event::json #>> '{data,sha256}' from audit_event where type = 'log.partition_archived'");
        await log.ExecuteAsync("update audit_retention set least = '400 days'; " + sql);

        var refusal = await Assert.ThrowsAsync<PostgresException>(() => Sql.ExecuteAsync(log.ConnectionString, $"select audit_drop_partition('audit_event_2024_01', '{sha256}')"));
        Assert.Contains(why, refusal.MessageText, StringComparison.Ordinal);
        Assert.Contains("audit_event_2024_01", await log.PartitionsAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("audit_tile"), InlineData("audit_event"), InlineData("audit_event_2024_13"), InlineData("audit_event_2019_01"), InlineData("audit_event_2024_01; drop table person"), InlineData("")]
    public async Task The_database_takes_away_nothing_but_months(string name)
    {
        var connectionString = await postgres.CreateDatabaseAsync();
        await Sql.ExecuteAsync(connectionString, "create table audit_event_2019_01 (seq bigint, recorded_at timestamptz); select 1");
        var refusal = await Assert.ThrowsAsync<PostgresException>(() => Sql.ExecuteAsync(connectionString, $"select audit_drop_partition('{name}', 'x')"));
        Assert.Contains("there is no month", refusal.MessageText, StringComparison.Ordinal);
    }
}
