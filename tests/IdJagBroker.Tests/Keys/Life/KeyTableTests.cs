using IdJagBroker.Keys.Life;
using IdJagBroker.Tests.Storage;
using Npgsql;

namespace IdJagBroker.Tests.Keys.Life;

/// <summary>What the database refuses by itself, whoever asks, and what the table's steps count.</summary>
public sealed class KeyTableTests(BrokerPostgres postgres)
{
    private static readonly string[] Order = ["created", "published", "active", "retired", "removed", "revoked"];

    private static readonly HashSet<(string, string)> Forward =
    [
        ("created", "published"), ("created", "removed"), ("published", "active"), ("published", "removed"), ("active", "retired"), ("retired", "removed"),
        ("created", "revoked"), ("published", "revoked"), ("active", "revoked"), ("retired", "revoked"), ("removed", "revoked"),
    ];

    private static string Insert(string kid, string state, string place = "here", string jwk = "{}") =>
        $"insert into signing_key (kid, purpose, algorithm, provider, place, state, public_jwk, reference, created_at) values ('{kid}', 'id_jag', 'ES256', 'local', '{place}', '{state}', '{jwk}', 'r', now()) returning 1";

    private static async Task RefusesAsync(string connectionString, string statement, string sqlState)
    {
        var refused = await Assert.ThrowsAsync<PostgresException>(() => Sql.ExecuteAsync(connectionString, statement));
        Assert.Equal(sqlState, refused.SqlState);
    }

    [Fact]
    public async Task The_database_takes_one_active_key_and_one_next_key_of_a_slot()
    {
        var db = await postgres.CreateDatabaseAsync();
        await Sql.ExecuteAsync(db, Insert("a1", "active"));
        await RefusesAsync(db, Insert("a2", "active"), PostgresErrorCodes.UniqueViolation);
        await Sql.ExecuteAsync(db, Insert("a2", "active", place: "there"));
        await Sql.ExecuteAsync(db, Insert("n1", "published"));
        await RefusesAsync(db, Insert("n2", "published"), PostgresErrorCodes.UniqueViolation);
        await RefusesAsync(db, Insert("n2", "created"), PostgresErrorCodes.UniqueViolation);
        await RefusesAsync(db, "update signing_key set state = 'active' where kid = 'n1' returning 1", PostgresErrorCodes.UniqueViolation);
        await Sql.ExecuteAsync(db, Insert("n2", "created", place: "there"));
        await Sql.ExecuteAsync(db, Insert("r1", "retired"));
        await Sql.ExecuteAsync(db, Insert("r2", "retired"));
    }

    [Fact]
    public async Task The_database_lets_a_key_go_forward_only()
    {
        var db = await postgres.CreateDatabaseAsync();
        foreach (var from in Order)
        {
            foreach (var to in Order.Where(to => to != from))
            {
                await Sql.ExecuteAsync(db, $"delete from signing_key where true; {Insert("k", from)}");
                var move = $"update signing_key set state = '{to}' where kid = 'k' returning 1";
                if (Forward.Contains((from, to))) await Sql.ExecuteAsync(db, move);
                else await RefusesAsync(db, move, PostgresErrorCodes.CheckViolation);
            }
        }
    }

    [Fact, Trait("Spec", "SEC-28")]
    public async Task The_database_lets_no_key_become_another()
    {
        var db = await postgres.CreateDatabaseAsync();
        await Sql.ExecuteAsync(db, Insert("k", "published"));
        string[] changes =
        [
            "kid = 'other'", "purpose = 'id_token'", "algorithm = 'RS256'", "public_jwk = '{\"x\":1}'", "created_at = created_at - interval '1 s'",
            "state = 'gone'", "rotation = 'soon'",
        ];
        foreach (var change in changes) await RefusesAsync(db, $"update signing_key set {change} where kid = 'k' returning 1", PostgresErrorCodes.CheckViolation);
    }

    [Fact, Trait("Spec", "SEC-28")]
    public async Task The_database_keeps_no_private_half_in_the_clear()
    {
        var db = await postgres.CreateDatabaseAsync();
        foreach (var member in (string[])["d", "p", "q", "dp", "dq", "qi", "oth", "k"])
            await RefusesAsync(db, Insert("k", "created", jwk: $$"""{"kty":"EC","{{member}}":"x"}"""), PostgresErrorCodes.CheckViolation);
    }

    [Fact, Trait("Spec", "SEC-28")]
    public async Task The_database_keeps_no_wrapped_private_half_of_a_key_that_signs_no_more()
    {
        var db = await postgres.CreateDatabaseAsync();
        foreach (var (from, to) in ((string, string)[])[("active", "retired"), ("retired", "removed"), ("active", "revoked")])
        {
            await Sql.ExecuteAsync(db, $"delete from signing_key where true; {Insert("k", from)}");
            await RefusesAsync(db, $"update signing_key set state = '{to}', wrapped = 'secret' where kid = 'k' returning 1", PostgresErrorCodes.CheckViolation);
            await Sql.ExecuteAsync(db, $"update signing_key set state = '{to}' where kid = 'k' returning 1");
        }
    }

    [Fact, Trait("Spec", "SEC-28")]
    public async Task Every_step_that_ends_signing_forgets_the_wrapped_private_half()
    {
        await using var bench = await KeyBench.StartAsync(postgres, TimeProvider.System);
        var table = bench.NewProcess().Table;
        foreach (var end in (Func<SigningKeyRow, Task<bool>>[])[key => table.RetireAsync(key, KeyActor.Keeper, default), key => table.RevokeAsync(key, KeyActor.Keeper, default)])
        {
            await Sql.ExecuteAsync(bench.ConnectionString, "delete from signing_key where true; " + Insert("k", "active"));
            await Sql.ExecuteAsync(bench.ConnectionString, "update signing_key set wrapped = 'secret' returning 1");
            Assert.True(await end(Assert.Single(await table.ReadAsync(default))));
            Assert.Equal(1, await bench.CountAsync("wrapped is null"));
        }
        await Sql.ExecuteAsync(bench.ConnectionString, "delete from signing_key where true; " + Insert("k", "published"));
        await Sql.ExecuteAsync(bench.ConnectionString, "update signing_key set wrapped = 'secret' returning 1");
        Assert.True(await table.RemoveAsync(Assert.Single(await table.ReadAsync(default)), KeyActor.Keeper, default));
        Assert.Equal(1, await bench.CountAsync("wrapped is null and state = 'removed'"));
    }

    [Fact]
    public async Task A_step_counts_only_from_where_it_starts_and_leaves_no_record_otherwise()
    {
        await using var bench = await KeyBench.StartAsync(postgres, TimeProvider.System);
        var table = bench.NewProcess().Table;
        await Sql.ExecuteAsync(bench.ConnectionString, Insert("old", "active"));
        await Sql.ExecuteAsync(bench.ConnectionString, Insert("next", "published"));
        var keys = (await table.ReadAsync(default)).ToDictionary(key => key.Kid);
        Assert.False(await table.PublishAsync(keys["next"], KeyActor.Keeper, default));
        Assert.False(await table.PublishAsync(keys["old"], KeyActor.Keeper, default));
        Assert.False(await table.RetireAsync(keys["next"], KeyActor.Keeper, default));
        Assert.False(await table.RequestRotationAsync(keys["next"], RotationRequest.Orderly, KeyActor.Keeper, default));
        Assert.False(await table.ActivateAsync(keys["old"], null, false, KeyActor.Keeper, default));
        Assert.False(await table.ActivateAsync(keys["next"], keys["next"], false, KeyActor.Keeper, default));      // it retires none, so it may not sign
        Assert.False(await table.RemoveAsync(keys["next"] with { State = KeyState.Retired }, KeyActor.Keeper, default));
        Assert.Equal(0, await Sql.ScalarAsync<long>(bench.ConnectionString, $"select count(*) from {Sql.Log}"));

        Assert.True(await table.ActivateAsync(keys["next"], keys["old"], false, KeyActor.Keeper, default));
        Assert.False(await table.ActivateAsync(keys["next"], keys["old"], false, KeyActor.Keeper, default));
        Assert.Equal(2, await Sql.ScalarAsync<long>(bench.ConnectionString, $"select count(*) from {Sql.Log}"));
    }

    [Fact]
    public async Task Keys_of_a_purpose_that_a_newer_version_brought_are_left_to_it()
    {
        await using var bench = await KeyBench.StartAsync(postgres, TimeProvider.System);
        var table = bench.NewProcess().Table;
        await Sql.ExecuteAsync(bench.ConnectionString, Insert("ours", "active"));
        await Sql.ExecuteAsync(bench.ConnectionString, "alter table signing_key drop constraint signing_key_purpose_check; select 1");
        await Sql.ExecuteAsync(bench.ConnectionString, Insert("theirs", "active").Replace("id_jag", "from_the_future", StringComparison.Ordinal));
        Assert.Equal("ours", Assert.Single(await table.ReadAsync(default)).Kid);
    }

    [Fact]
    public async Task The_database_takes_no_purpose_that_there_is_not()
    {
        var db = await postgres.CreateDatabaseAsync();
        foreach (var purpose in KeyWords.Purposes) await Sql.ExecuteAsync(db, Insert(purpose, "active").Replace("id_jag", purpose, StringComparison.Ordinal));
        await RefusesAsync(db, Insert("other", "active").Replace("id_jag", "refresh_token", StringComparison.Ordinal), PostgresErrorCodes.CheckViolation);
    }

    [Fact]
    public async Task The_stamp_tells_of_a_change_that_commits_after_a_later_one()
    {
        await using var bench = await KeyBench.StartAsync(postgres, TimeProvider.System);
        var table = bench.NewProcess().Table;
        await Sql.ExecuteAsync(bench.ConnectionString, Insert("a", "active"));
        await Sql.ExecuteAsync(bench.ConnectionString, Insert("b", "active", place: "there"));
        await using var slow = new NpgsqlConnection(bench.ConnectionString);
        await slow.OpenAsync();
        await using var transaction = await slow.BeginTransactionAsync();
        await using (var revoke = new NpgsqlCommand("update signing_key set state = 'revoked' where kid = 'a'", slow)) await revoke.ExecuteNonQueryAsync();
        await Sql.ExecuteAsync(bench.ConnectionString, "update signing_key set rotation = 'orderly' where kid = 'b' returning 1");
        var seen = await table.ReadStampAsync(default);
        await transaction.CommitAsync();
        Assert.NotEqual(seen, await table.ReadStampAsync(default));
    }
}
