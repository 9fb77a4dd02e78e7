using System.Security.Cryptography;
using IdJagBroker.Audit;
using IdJagBroker.Protocol;
using IdJagBroker.Shared;
using IdJagBroker.Storage;
using IdJagBroker.Tests.Hosting;
using IdJagBroker.Tests.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace IdJagBroker.Tests.Audit;

/// <summary>The way into the log, without the walk before it: what is full, poisoned or stopped.</summary>
public sealed class AuditInboxTests(BrokerPostgres postgres) : IAsyncLifetime
{
    private string _connectionString = "";
    private NpgsqlDataSource _database = null!;
    private WriterDatabase _writer = null!;

    public async ValueTask InitializeAsync()
    {
        _database = DatabaseSetup.CreateDataSource(_connectionString = await postgres.CreateDatabaseAsync());
        _writer = Writer(_connectionString);
    }

    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync();
        await _database.DisposeAsync();
    }

    private static WriterDatabase Writer(string connectionString) => new(Options.Create(new DatabaseOptions { ConnectionString = connectionString }));

    private AuditInbox Inbox(int maxWaiting = 100, double deadlineSeconds = 2, WriterDatabase? database = null, TimeProvider? clock = null) => new(
        database ?? _writer, Options.Create(new AuditOptions { MaxWaiting = maxWaiting, CommitDeadline = TimeSpan.FromSeconds(deadlineSeconds) }), clock ?? TimeProvider.System, NullLogger<AuditInbox>.Instance);

    private static AuditEvent Event(string type = "test.good") =>
        new() { Id = Guid.NewGuid(), OccurredAt = DateTimeOffset.UnixEpoch, Type = type, Outcome = AuditOutcome.Ok, ActorKind = "test" };

    private static ReplayKey Use(TimeSpan? life = null) => new("test", RandomNumberGenerator.GetBytes(32), DateTimeOffset.UtcNow + (life ?? TimeSpan.Zero), OAuthError.InvalidClient("used before"));

    private async Task<long> CountAsync(string sql)
    {
        await using var command = _database.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    [Fact]
    public async Task Refuses_at_once_what_finds_no_room_to_wait()
    {
        using var inbox = Inbox(maxWaiting: 2, deadlineSeconds: 0.2);     // not started: nobody takes anything out
        var waiting = new[] { inbox.AppendAsync(Event(), []), inbox.AppendAsync(Event(), []) };

        var third = inbox.AppendAsync(Event(), []);
        Assert.True(third.IsFaulted, "it was told nothing, or something else");
        Assert.Contains("Too many", (await Assert.ThrowsAsync<AuditUnavailableException>(() => third)).Message, StringComparison.Ordinal);
        foreach (var one in waiting) await Assert.ThrowsAsync<AuditUnavailableException>(() => one);     // nor did anybody write those
        Assert.Equal(0, await CountAsync("select count(*) from audit_inbox"));
    }

    [Fact, Trait("Spec", "SEC-20")]
    public async Task Gives_a_use_to_the_first_of_one_batch_and_to_nobody_after_a_refusal()
    {
        using var inbox = Inbox();
        var (use, refused) = (Use(), Use());
        // Queued before the writer starts, so that all are in one batch.
        var (first, second) = (inbox.AppendOnceAsync(Event(), [use]), inbox.AppendOnceAsync(Event(), [use]));
        var refusal = inbox.AppendAsync(Event(), [refused]);
        var (third, refusedAgain) = (inbox.AppendOnceAsync(Event(), [refused]), inbox.AppendAsync(Event(), [refused]));
        await inbox.StartAsync(default);

        await Task.WhenAll(refusal, refusedAgain);
        Assert.Equal((null, use, refused), ((await first).Replayed, (await second).Replayed, (await third).Replayed));
        Assert.Equal((null, refused), ((await refusal).Replayed, (await refusedAgain).Replayed));
        Assert.Equal(3, await CountAsync("select count(*) from audit_inbox"));
        Assert.Equal(1, await CountAsync("""select count(*) from audit_inbox where event like '%"data":{"replayed":["test"]},%'"""));
        await inbox.StopAsync(default);
    }

    public static TheoryData<string> Poisons => [.. Poison.Keys];

    private static readonly Dictionary<string, AuditEvent> Poison = new()
    {
        ["longer than a line may be"] = Event() with { Reason = new string('x', 65_536) },
        ["NUL in data"] = Event() with { Data = EventData.Of(new System.Text.Json.Nodes.JsonObject { ["a"] = "\0" }) },
        ["NUL in text"] = Event() with { Reason = "a\0b" },
        ["half a surrogate pair"] = Event() with { Client = "a\ud800b" },
        ["no outcome of the table's"] = Event() with { Outcome = (AuditOutcome)7 },
        ["no type"] = Event() with { Type = null! },
    };

    [Theory, MemberData(nameof(Poisons))]
    public async Task Loses_no_event_to_one_that_the_database_cannot_take(string poison)
    {
        using var inbox = Inbox();
        var use = Use();
        // Queued before the writer starts, so that all are in one batch.
        var first = inbox.AppendOnceAsync(Event("test.first"), [use]);
        var bad = inbox.AppendAsync(Poison[poison], []);
        var again = inbox.AppendOnceAsync(Event("test.again"), [use]);
        var last = inbox.AppendAsync(Event("test.last"), []);
        await inbox.StartAsync(default);

        await Assert.ThrowsAsync<AuditUnavailableException>(() => bad);
        await last;
        Assert.Equal((null, use), ((await first).Replayed, (await again).Replayed));
        Assert.Equal(2, await CountAsync("select count(*) from audit_inbox where event::json ->> 'type' in ('test.first', 'test.last')"));
        Assert.Equal(2, await CountAsync("select count(*) from audit_inbox"));
        await inbox.StopAsync(default);
    }

    [Fact]
    public async Task Writes_what_waits_before_it_stops_and_takes_nothing_afterwards()
    {
        using var inbox = Inbox();
        await inbox.StartAsync(default);
        await inbox.AppendAsync(Event(), []);        // so the writer runs
        var waiting = Enumerable.Range(0, 50).Select(_ => inbox.AppendAsync(Event(), [])).ToArray();
        await inbox.StopAsync(default);

        await Task.WhenAll(waiting);
        Assert.Equal(51, await CountAsync("select count(*) from audit_inbox"));
        await Assert.ThrowsAsync<AuditUnavailableException>(() => inbox.AppendAsync(Event(), []));
    }

    [Fact]
    public async Task Names_the_first_of_several_uses_that_was_not_the_first()
    {
        using var inbox = Inbox();
        var (assertion, proof) = (Use(), Use());
        // One batch: what the first event claims, none after it does, whether or not the first came through itself.
        var offered = new[]
        {
            inbox.AppendOnceAsync(Event(), [assertion, proof]),
            inbox.AppendOnceAsync(Event(), [Use(), proof]),
            inbox.AppendOnceAsync(Event(), [assertion, proof]),
            inbox.AppendOnceAsync(Event(), [Use(), Use()]),
            inbox.AppendOnceAsync(Event(), []),
        };
        await inbox.StartAsync(default);

        Assert.Equal([null, proof, assertion, null, null], (await Task.WhenAll(offered)).Select(recorded => recorded.Replayed));
        Assert.Same(proof, (await inbox.AppendOnceAsync(Event(), [Use(), proof])).Replayed);       // and in a batch of its own
        await inbox.AppendAsync(Event("test.refused"), [assertion, proof]);
        Assert.Equal(4, await CountAsync("select count(*) from audit_inbox"));
        await inbox.StopAsync(default);
    }

    [Fact, Trait("Spec", "SEC-31")]
    public async Task Forgets_a_use_when_nothing_could_repeat_it_by_any_clock_and_no_sooner()
    {
        var clock = new ManualClock();
        clock.Advance(TimeSpan.FromTicks(ReplayKey.SlotLength.Ticks - (clock.GetUtcNow().Ticks % ReplayKey.SlotLength.Ticks)));     // where a slot begins
        var start = clock.GetUtcNow();
        using var inbox = Inbox(clock: clock);
        using var cleaning = new ReplayKeyCleaning(_database, clock, NullLogger<ReplayKeyCleaning>.Instance);
        await inbox.StartAsync(default);
        await inbox.AppendAsync(Event(), [Use() with { ExpiresAt = start }, Use() with { ExpiresAt = start + TimeSpan.FromMinutes(4.9) }]);
        await inbox.AppendAsync(Event(), [Use() with { ExpiresAt = start + TimeSpan.FromMinutes(5) }, Use() with { ExpiresAt = start + TimeSpan.FromMinutes(12) }]);

        clock.Advance(TimeSpan.FromSeconds(359));       // the slot is over, and a slow clock may not have seen it
        Assert.Equal(0, await cleaning.CleanAsync(default));
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(1, await cleaning.CleanAsync(default));
        Assert.Equal(2, await CountAsync("select count(*) from replay_key"));
        clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(2, await cleaning.CleanAsync(default));
        Assert.Equal(0, await CountAsync("select count(*) from replay_key"));
        await inbox.StopAsync(default);
    }

    [Theory, Trait("Spec", "SEC-20")]
    [InlineData(-1, 10)]
    [InlineData(10, -1)]
    [InlineData(0, 5)]
    [InlineData(6, 1)]
    public async Task Takes_a_name_for_used_whatever_expiry_it_comes_with(double firstMinutes, double secondMinutes)
    {
        var clock = new ManualClock();
        for (var turn = 0; turn < ReplayKey.Slots; turn++, clock.Advance(ReplayKey.SlotLength))     // wherever the slots stand
        {
            using var inbox = Inbox(clock: clock);
            await inbox.StartAsync(default);
            var first = Use() with { ExpiresAt = clock.GetUtcNow() + TimeSpan.FromMinutes(firstMinutes) };
            var second = first with { ExpiresAt = clock.GetUtcNow() + TimeSpan.FromMinutes(secondMinutes) };

            Assert.Null((await inbox.AppendOnceAsync(Event(), [first])).Replayed);
            Assert.Same(second, (await inbox.AppendOnceAsync(Event(), [second])).Replayed);
            await inbox.StopAsync(default);
        }
    }

    [Fact, Trait("Spec", "SEC-20")]
    public async Task Refuses_what_lives_longer_than_uses_are_remembered_and_nobody_else()
    {
        using var inbox = Inbox();
        await inbox.StartAsync(default);
        var refused = inbox.AppendOnceAsync(Event(), [Use(TimeSpan.FromMinutes(15))]);
        await inbox.AppendOnceAsync(Event(), [Use(TimeSpan.FromMinutes(10))]);
        await Assert.ThrowsAsync<AuditUnavailableException>(() => refused);
        await inbox.StopAsync(default);
    }

    // The commit takes as long as this constraint: what is deferred is checked while committing.
    private Task SlowDownCommitsAsync(double seconds) => ExecuteAsync(
        $$"""
        create function dawdle() returns trigger language plpgsql as $f$ begin
            if new.event like '%"type":"test.slow"%' then perform pg_sleep({{seconds.ToString(System.Globalization.CultureInfo.InvariantCulture)}}); end if; return null;
        end $f$;
        create constraint trigger slow after insert on audit_inbox deferrable initially deferred for each row execute function dawdle()
        """);

    private async Task ExecuteAsync(string sql)
    {
        await using var command = _database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<string> TypesAsync(int count)
    {
        for (var tries = 0; tries < 100 && await CountAsync("select count(*) from audit_inbox") < count; tries++) await Task.Delay(100);
        await using var command = _database.CreateCommand("select string_agg(concat_ws(' ', event::json ->> 'type', event::json ->> 'jti', event::json ->> 'reason'), ', ' order by place) from audit_inbox");
        return (string)(await command.ExecuteScalarAsync())!;
    }

    [Fact, Trait("Spec", "IDP-53")]
    public async Task Says_of_a_record_that_nobody_waited_for_that_it_was_abandoned()
    {
        await SlowDownCommitsAsync(0.6);
        using var inbox = Inbox(deadlineSeconds: 0.2);
        await inbox.StartAsync(default);
        var issued = inbox.AppendOnceAsync(Event("test.slow") with { Jti = "late" }, []);
        await Assert.ThrowsAsync<AuditUnavailableException>(() => issued);
        Assert.Equal("test.slow late, test.abandoned late ABANDONED", await TypesAsync(2));

        // A refusal, on which nobody acts; a use that was not the first, so that nothing stands.
        var use = Use();
        await inbox.AppendAsync(Event(), [use]);
        var (refused, replayed) = (inbox.AppendAsync(Event("test.slow") with { Jti = "refused" }, []), inbox.AppendOnceAsync(Event() with { Jti = "replayed" }, [use]));
        await Assert.ThrowsAsync<AuditUnavailableException>(() => refused);
        await Assert.ThrowsAsync<AuditUnavailableException>(() => replayed);
        Assert.Equal("test.slow late, test.abandoned late ABANDONED, test.good, test.slow refused", await TypesAsync(4));
        await inbox.StopAsync(default);
        Assert.Equal(4, await CountAsync("select count(*) from audit_inbox"));
    }

    [Fact, Trait("Spec", "IDP-53")]
    public async Task Writes_the_first_after_the_database_was_away_and_nobody_wrote()
    {
        using var inbox = Inbox();
        await inbox.StartAsync(default);
        await inbox.AppendOnceAsync(Event("test.before"), []);
        Assert.Equal(1, await CountAsync("select count(*) filter (where pg_terminate_backend(pid, 5000)) from pg_stat_activity where datname = current_database() and application_name = 'idjag writer'"));
        await Task.Delay(1_200);
        await inbox.AppendOnceAsync(Event("test.after"), []);
        Assert.Equal(["test.after", "test.before"], (await TypesAsync(2)).Split(", ").Order(StringComparer.Ordinal));
        await inbox.StopAsync(default);
    }

    [Fact, Trait("Spec", "IDP-53")]
    public async Task Says_the_same_when_the_database_went_away_while_it_committed_and_is_back()
    {
        await SlowDownCommitsAsync(1.5);
        await using var relay = new Relay(new NpgsqlConnectionStringBuilder(_connectionString).Port);
        await using var far = Writer(new NpgsqlConnectionStringBuilder(_connectionString) { Host = "127.0.0.1", Port = relay.Port }.ToString());
        using var inbox = Inbox(database: far);
        await inbox.StartAsync(default);
        var issued = inbox.AppendOnceAsync(Event("test.slow") with { Jti = "unknown" }, []);
        while (!issued.IsCompleted && await CountAsync("select count(*) from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'") is 0) await Task.Delay(20);
        relay.Break();
        await Assert.ThrowsAsync<AuditUnavailableException>(() => issued);
        Assert.Equal("test.slow unknown", await TypesAsync(1));
        await Assert.ThrowsAsync<AuditUnavailableException>(() => inbox.AppendAsync(Event(), []));       // so what was to follow failed as well

        relay.Mend();
        await inbox.AppendAsync(Event(), []);
        Assert.Equal(["test.abandoned unknown ABANDONED", "test.good", "test.slow unknown"], (await TypesAsync(3)).Split(", ").Order(StringComparer.Ordinal));
        await inbox.StopAsync(default);
        Assert.Equal(3, await CountAsync("select count(*) from audit_inbox"));
    }
}
