using IdJagBroker.Keys;
using IdJagBroker.Keys.Life;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Shared;
using IdJagBroker.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace IdJagBroker.Tests.Keys.Life;

/// <summary>Leaders that die, and leaders that do not know of each other, on a real database.</summary>
public sealed class KeyKeeperTests(BrokerPostgres postgres)
{
    private const string Saboteur =
        """
        create sequence writes;
        create table kill (after bigint not null);
        insert into kill values (1000000000);
        create function killed() returns trigger language plpgsql as $$
        begin
            if nextval('writes') > (select after from kill) then raise exception 'killed'; end if;
            return new;
        end $$;
        create trigger killed before insert or update of state on signing_key for each row execute function killed();
        select 1;
        """;

    private readonly ManualClock _clock = new();

    /// <summary>Two slots whose keys are made in no time.</summary>
    private sealed class TwoPlaces(ISigningKeyProvider local) : ISigningKeyProvider
    {
        public KeyTimes TimesFor(KeyPurpose purpose) => local.TimesFor(purpose);

        public IReadOnlyList<string> Places(KeyPurpose purpose, JwsAlgorithm algorithm) => (purpose, algorithm.Name) is (KeyPurpose.IdJag, "ES256") ? ["one", "two"] : [];

        public Task<SigningKeyRow?> CreateAsync(KeySlot slot, IReadOnlyList<SigningKeyRow> known, DateTimeOffset now, CancellationToken ct) =>
            local.CreateAsync(slot, known, now, ct);

        public Task<ISigningKey> OpenAsync(SigningKeyRow key, CancellationToken ct) => local.OpenAsync(key, ct);
    }

    private static KeyProcess TwoSlots(KeyBench bench) => bench.NewProcess(services => services.AddKeyedSingleton<ISigningKeyProvider>("local", (provider, _) =>
        new TwoPlaces(ActivatorUtilities.CreateInstance<IdJagBroker.Keys.Providers.LocalKeys>(provider))));

    [Fact, Trait("Spec", "META-18")]
    public async Task Goes_on_where_a_leader_died_after_any_write()
    {
        await using var bench = await KeyBench.StartAsync(postgres, _clock);
        await Sql.ExecuteAsync(bench.ConnectionString, Saboteur);
        var first = TwoSlots(bench);
        await first.Keeper.TurnAsync(default);
        Assert.Equal(2, (await first.KeysAsync(KeyState.Active)).Count);

        var deaths = 0;
        for (var writes = 0; writes <= 10; writes++)        // of two slots: 2 made, 2 published, 2 × 2 in turn, 2 removed
        {
            var (old, victim) = (await first.KeysAsync(KeyState.Active), TwoSlots(bench));
            await first.AskAsync(RotationRequest.Orderly);
            await Sql.ExecuteAsync(bench.ConnectionString, $"select setval('writes', 1, false); update kill set after = {writes} returning 1");
            try
            {
                await DriveAsync(victim, first);
            }
            catch (PostgresException e) when (e.MessageText is "killed")
            {
                deaths++;
            }
            await Sql.ExecuteAsync(bench.ConnectionString, $"update kill set after = 1000000000; delete from replica where node = '{victim.Ring.Node}' returning 1");
            Assert.Equal(2, (await first.KeysAsync(KeyState.Active)).Count);        // whatever was half done, there is one to sign with
            await DriveAsync(first, first);

            var gone = await first.KeysAsync(KeyState.Removed);
            Assert.All(old, key => Assert.Contains(gone, other => other.Kid == key.Kid));
            Assert.Equal((2L, 2L * (writes + 2)), (await bench.CountAsync("state = 'active'"), await bench.CountAsync("true")));      // no key was made in vain
            Assert.Equal(1, await bench.MostEventsOfOneStepAsync());
        }
        Assert.Equal(10, deaths);
        Assert.Equal(await bench.CountAsync("state in ('active', 'removed')"), await Sql.ScalarAsync<long>(bench.ConnectionString, $"select count(*) from {Sql.Log} where type = 'key.activated'"));
    }

    // A whole rotation: made and published, active when its time has come, the one before removed.
    private async Task DriveAsync(KeyProcess leader, KeyProcess witness)
    {
        foreach (var wait in (TimeSpan[])[TimeSpan.Zero, TimeSpan.FromHours(24), KeyTimes.StayPublished])
        {
            _clock.Advance(wait);
            await leader.Ring.ReloadAsync(default);
            await witness.Ring.ReloadAsync(default);
            await leader.Keeper.TurnAsync(default);
        }
    }

    [Theory, Trait("Spec", "META-18")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Two_leaders_in_a_race_take_each_step_once(bool losingTheirLocks)
    {
        await using var bench = await KeyBench.StartAsync(postgres, _clock);
        KeyProcess[] processes = [TwoSlots(bench), TwoSlots(bench)];
        for (var turn = 0; await bench.CountAsync("state = 'active'") < 2; turn++)
        {
            Assert.True(turn < 200, "no two keys become active");
            await Task.WhenAll(processes.Select(RaceAsync));
        }
        using var stop = new CancellationTokenSource();
        var thief = losingTheirLocks ? StealLocksAsync(bench.ConnectionString, stop.Token) : Task.CompletedTask;

        for (var round = 0; round < 20; round++)
        {
            var old = (await KeysAsync(processes[0])).Where(key => key.State is KeyState.Active).Select(key => key.Kid).ToHashSet();
            await Eventually(() => processes[0].AskAsync(RotationRequest.Emergency));
            for (var turn = 0; turn < 60; turn++)
            {
                await Task.WhenAll(processes.Select(RaceAsync));
                if ((await KeysAsync(processes[0])).Count(key => key.State is KeyState.Active && !old.Contains(key.Kid)) is 2) break;
            }
            var now = await KeysAsync(processes[0]);
            Assert.Equal((2, 0), (now.Count(key => key.State is KeyState.Active && !old.Contains(key.Kid)), now.Count(key => key.State is KeyState.Created or KeyState.Published)));
        }
        await stop.CancelAsync();
        await thief;

        Assert.Equal(42, await bench.CountAsync("true"));
        Assert.Equal(2, await bench.CountAsync("state = 'active'"));
        Assert.Equal(1, await bench.MostEventsOfOneStepAsync());
        Assert.Equal(42, await Sql.ScalarAsync<long>(bench.ConnectionString, $"select count(*) from {Sql.Log} where type = 'key.activated'"));
    }

    private static async Task RaceAsync(KeyProcess process)
    {
        try
        {
            await process.Ring.ReloadAsync(default);
            await process.Keeper.TurnAsync(default);
        }
        catch (Exception e) when (IsCut(e))
        {
            // Its connection was cut; what it did in the meantime counts.
        }
    }

    private static bool IsCut(Exception? e) => e is NpgsqlException { SqlState: null or "57P01" } || (e?.InnerException is { } inner && IsCut(inner));

    private static async Task<IReadOnlyList<SigningKeyRow>> KeysAsync(KeyProcess process)
    {
        IReadOnlyList<SigningKeyRow> keys = [];
        await Eventually(async () => keys = await process.Table.ReadAsync(default));
        return keys;
    }

    private static async Task Eventually(Func<Task> act)
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                await act();
                return;
            }
            catch (Exception e) when (IsCut(e) && tries < 10)
            {
                await Task.Delay(10);
            }
        }
    }

    private static async Task StealLocksAsync(string connectionString, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            await Sql.ExecuteAsync(connectionString,
                "select count(pg_terminate_backend(pid)) from pg_locks where locktype = 'advisory' and objid = 4921020 and granted and database = (select oid from pg_database where datname = current_database())");
            await Task.Delay(Random.Shared.Next(1, 25), CancellationToken.None);
        }
    }

    /// <summary>A store of keys where both leaders are at the same time, one of them without its lock.</summary>
    private sealed class MeetingPlace(ISigningKeyProvider local, Barrier both) : ISigningKeyProvider
    {
        public KeyTimes TimesFor(KeyPurpose purpose) => local.TimesFor(purpose);

        public IReadOnlyList<string> Places(KeyPurpose purpose, JwsAlgorithm algorithm) => (purpose, algorithm.Name) is (KeyPurpose.IdJag, "ES256") ? ["local"] : [];

        public async Task<SigningKeyRow?> CreateAsync(KeySlot slot, IReadOnlyList<SigningKeyRow> known, DateTimeOffset now, CancellationToken ct)
        {
            var made = await local.CreateAsync(slot, known, now, ct);
            await Task.Run(() => both.SignalAndWait(TimeSpan.FromSeconds(20)), ct);
            return made;
        }

        public Task<ISigningKey> OpenAsync(SigningKeyRow key, CancellationToken ct) => local.OpenAsync(key, ct);
    }

    [Fact]
    public async Task Keeps_one_of_two_keys_that_two_leaders_made_at_once()
    {
        for (var round = 0; round < 5; round++)
        {
            await using var bench = await KeyBench.StartAsync(postgres, _clock);
            using var both = new Barrier(2);
            KeyProcess Process() => bench.NewProcess(services => services.AddKeyedSingleton<ISigningKeyProvider>("local", (provider, _) =>
                new MeetingPlace(ActivatorUtilities.CreateInstance<IdJagBroker.Keys.Providers.LocalKeys>(provider), both)));
            var leader = RaceAsync(Process());
            await Keys.Control.KeyAdmin.UntilAsync(async () => await Sql.ScalarAsync<long>(bench.ConnectionString,
                "select count(*) from pg_locks where locktype = 'advisory' and objid = 4921020 and database = (select oid from pg_database where datname = current_database())") is 1);
            await Sql.ExecuteAsync(bench.ConnectionString,
                "select count(pg_terminate_backend(pid, 5000)) from pg_locks where locktype = 'advisory' and objid = 4921020 and database = (select oid from pg_database where datname = current_database())");

            await Task.WhenAll(leader, RaceAsync(Process()));

            Assert.Equal(1, await bench.CountAsync("state in ('created', 'published', 'active')"));
            Assert.Equal(1, await Sql.ScalarAsync<long>(bench.ConnectionString, $"select count(*) from {Sql.Log} where type = 'key.created'"));
        }
    }

    /// <summary>A store whose newest key is over already.</summary>
    private sealed class OldStock(ISigningKeyProvider local) : ISigningKeyProvider
    {
        public int Asked { get; private set; }

        public KeyTimes TimesFor(KeyPurpose purpose) => local.TimesFor(purpose);

        public IReadOnlyList<string> Places(KeyPurpose purpose, JwsAlgorithm algorithm) => (purpose, algorithm.Name) is (KeyPurpose.IdJag, "ES256") ? ["local"] : [];

        public async Task<SigningKeyRow?> CreateAsync(KeySlot slot, IReadOnlyList<SigningKeyRow> known, DateTimeOffset now, CancellationToken ct)
        {
            Asked++;
            return (await local.CreateAsync(slot, known, now, ct))! with { NotAfter = now };
        }

        public Task<ISigningKey> OpenAsync(SigningKeyRow key, CancellationToken ct) => local.OpenAsync(key, ct);
    }

    [Fact]
    public async Task Takes_no_key_that_is_over_and_does_not_ask_for_another_without_end()
    {
        await using var bench = await KeyBench.StartAsync(postgres, _clock);
        OldStock? store = null;
        var process = bench.NewProcess(services => services.AddKeyedSingleton<ISigningKeyProvider>("local", (provider, _) =>
            store = new OldStock(ActivatorUtilities.CreateInstance<IdJagBroker.Keys.Providers.LocalKeys>(provider))));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));

        Assert.Equal(0, await process.Keeper.TurnAsync(patience.Token));

        Assert.Equal((1, 0L), (store!.Asked, await bench.CountAsync("true")));
    }

    [Fact]
    public async Task Needs_no_more_rights_than_the_documentation_gives()
    {
        await using var owned = await KeyBench.StartAsync(postgres, _clock);
        var role = "idjag_app_" + Guid.NewGuid().ToString("N");
        await Sql.ExecuteAsync(owned.ConnectionString,
            $"""
            create role {role};
            grant select, insert on audit_inbox to {role};
            grant select, insert, update on signing_key to {role};
            grant usage on sequence signing_key_version to {role};
            grant select, insert, update, delete on replica to {role};
            select 1;
            """);
        await using (var bench = new KeyBench(new NpgsqlConnectionStringBuilder(owned.ConnectionString) { Options = $"-c role={role}" }.ConnectionString, _clock))
        {
            var process = bench.NewProcess();
            await process.Keeper.TurnAsync(default);
            await process.AskAsync(RotationRequest.Emergency);
            await process.Keeper.TurnAsync(default);
            _clock.Advance(KeyTimes.StayPublished);
            await process.Keeper.TurnAsync(default);
            var active = await process.KeysAsync(KeyState.Active);
            Assert.True(await process.Table.RevokeAsync(active[0], KeyActor.CommandLine, default));
            await process.Table.LeaveAsync(process.Ring.Node, default);
            // One of eight is revoked; of those before, the six that signed tokens are removed, the log's two stay retired.
            Assert.Equal((7L, 1L, 6L), (await bench.CountAsync("state = 'active'"), await bench.CountAsync("state = 'revoked'"), await bench.CountAsync("state = 'removed'")));
        }
        await Sql.ExecuteAsync(owned.ConnectionString, $"drop owned by {role}; drop role {role}; select 1");
    }
}
