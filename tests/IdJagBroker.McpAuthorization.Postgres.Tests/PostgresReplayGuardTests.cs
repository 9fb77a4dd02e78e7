using IdJagBroker.McpAuthorization.Tests.Support;
using Npgsql;

namespace IdJagBroker.McpAuthorization.Postgres.Tests;

/// <summary>The guard by itself, against a real server.</summary>
public sealed class PostgresReplayGuardTests(GuardPostgres postgres) : IAsyncLifetime
{
    private readonly ManualClock _clock = new();
    private string _at = "";
    private NpgsqlDataSource _database = null!;
    private PostgresReplayGuard _guard = null!;

    public async ValueTask InitializeAsync()
    {
        _at = await postgres.CreateDatabaseAsync();
        _database = NpgsqlDataSource.Create(_at);
        _guard = new PostgresReplayGuard(_database, _clock);
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Theory, InlineData(1), InlineData(3), Trait("Spec", "RAS-21")]
    public async Task Lets_as_many_of_many_at_once_through_as_the_limit_says(int limit)
    {
        for (var round = 0; round < 20; round++)
        {
            var use = Use(limit: limit);
            var all = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(async () => await _guard.TryUseAsync(use, default))));

            Assert.Equal(limit, all.Count(permitted => permitted));
        }
    }

    [Fact, Trait("Spec", "RAS-21")]
    public async Task Counts_by_issuer_and_jti_together()
    {
        Assert.True(await _guard.TryUseAsync(Use("https://a.example", "bc"), default));
        Assert.True(await _guard.TryUseAsync(Use("https://a.exampleb", "c"), default));
        Assert.True(await _guard.TryUseAsync(Use("https://a.example", "BC"), default));
        Assert.False(await _guard.TryUseAsync(Use("https://a.example", "bc"), default));
        Assert.True(await _guard.TryUseAsync(Use("https://a.example", new string('\u20ac', 5000)), default));
    }

    [Fact, Trait("Spec", "RAS-22")]
    public async Task Gives_a_use_back_once()
    {
        var use = Use();
        Assert.True(await _guard.TryUseAsync(use, default));
        Assert.False(await _guard.TryUseAsync(use, default));

        await _guard.ReturnAsync(use, default);
        await _guard.ReturnAsync(use, default);

        Assert.True(await _guard.TryUseAsync(use, default));
        Assert.False(await _guard.TryUseAsync(use, default));
        await _guard.ReturnAsync(Use(), default);                          // of what was never used: nothing
    }

    [Fact, Trait("Spec", "SEC-31")]
    public async Task Deletes_what_has_expired_with_some_grace_and_nothing_else()
    {
        var (kept, gone) = (Use(keepFor: TimeSpan.FromSeconds(61)), Use(keepFor: TimeSpan.FromSeconds(60)));
        await _guard.TryUseAsync(kept, default);
        await _guard.TryUseAsync(gone, default);
        _clock.Advance(TimeSpan.FromSeconds(121));

        Assert.Equal(1, await ((IExpiringRows)_guard).DeleteExpiredAsync(default));

        Assert.False(await _guard.TryUseAsync(kept, default));
        Assert.True(await _guard.TryUseAsync(gone, default));              // forgotten: its ID-JAG has long been refused as expired
    }

    [Fact, Trait("Spec", "SEC-31")]
    public async Task Deletes_a_little_at_a_time_and_shares_the_work_with_other_replicas()
    {
        await ExecuteAsync("insert into idjag.uses select sha256(n::text::bytea), 1, '2020-01-01' from generate_series(1, 4500) n");
        Assert.Equal(PostgresReplayGuard.DeletedAtOnce, await ((IExpiringRows)_guard).DeleteExpiredAsync(default));

        await using var connection = await _database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var locked = new NpgsqlCommand("select key from idjag.uses limit 500 for update", connection, transaction)) await locked.ExecuteNonQueryAsync();
        using var logs = new Microsoft.Extensions.Logging.LoggerFactory();
        using var expired = new ExpiredRows([_guard], TimeProvider.System, new Microsoft.Extensions.Logging.Logger<ExpiredRows>(logs));
        Assert.Equal(3000, await expired.DeleteAsync(default));            // 500 are another's, who is at them
        await transaction.RollbackAsync();

        Assert.Equal(500, await expired.DeleteAsync(default));
    }

    [Fact]
    public async Task Makes_its_table_however_many_replicas_start_at_once()
    {
        await using var empty = NpgsqlDataSource.Create(await postgres.CreateEmptyDatabaseAsync());

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => PostgresReplayGuard.CreateTableAsync(empty)));

        Assert.True(await new PostgresReplayGuard(empty).TryUseAsync(Use(), default));
    }

    [Fact]
    public async Task Needs_no_more_rights_than_it_says()
    {
        var role = $"guard_{Guid.NewGuid():N}";                           // roles are the whole server's
        await ExecuteAsync($"create role {role} login; grant usage on schema idjag to {role}; grant select, insert, update, delete on idjag.uses to {role}");
        var asUser = new NpgsqlDataSourceBuilder(_at);
        asUser.ConnectionStringBuilder.Options = $"-c role={role}";
        await using var restricted = asUser.Build();
        var guard = new PostgresReplayGuard(restricted, _clock);
        var use = Use();

        Assert.True(await guard.TryUseAsync(use, default));
        Assert.False(await guard.TryUseAsync(use, default));
        await guard.ReturnAsync(use, default);
        await ((IExpiringRows)guard).DeleteExpiredAsync(default);
        await Assert.ThrowsAsync<PostgresException>(async () =>
        {
            await using var command = restricted.CreateCommand("drop table idjag.uses");
            await command.ExecuteNonQueryAsync();
        });
        await ExecuteAsync($"drop owned by {role}; drop role {role}");
    }

    private IdJagUse Use(string issuer = "https://broker.acme.example", string? jwtId = null, int limit = 1, TimeSpan? keepFor = null) =>
        new(issuer, jwtId ?? Guid.NewGuid().ToString(), limit, _clock.GetUtcNow() + (keepFor ?? TimeSpan.FromMinutes(6)));

    private async Task ExecuteAsync(string sql)
    {
        await using var command = _database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
