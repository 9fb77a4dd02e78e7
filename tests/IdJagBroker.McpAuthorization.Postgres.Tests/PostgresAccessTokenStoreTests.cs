using IdJagBroker.McpAuthorization.Tests.Support;
using IdJagBroker.Protocol;
using Npgsql;

namespace IdJagBroker.McpAuthorization.Postgres.Tests;

/// <summary>The records of access tokens, against a real server.</summary>
public sealed class PostgresAccessTokenStoreTests(GuardPostgres postgres, LoopbackBroker broker) : IClassFixture<LoopbackBroker>, IAsyncLifetime
{
    private readonly ManualClock _clock = new();
    private string _at = "";
    private NpgsqlDataSource _database = null!;
    private PostgresAccessTokenStore _store = null!;

    public async ValueTask InitializeAsync()
    {
        _at = await postgres.CreateDatabaseAsync();
        _database = NpgsqlDataSource.Create(_at);
        _store = new PostgresAccessTokenStore(_database, _clock);
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact, Trait("Spec", "AT-16")]
    public async Task Gives_back_what_it_was_given()
    {
        var full = Token() with
        {
            Scope = ScopeSet.Of(["a", "b"]), KeyThumbprint = "jkt", AuthTime = ManualClock.T0.AddMinutes(-1), Acr = "phr", Amr = ["mfa", "otp"],
            Claims = new Dictionary<string, string> { ["email"] = "\"ana@acme.example\"", ["groups"] = "[\"\\u0000\",\"€\"]" },
        };
        foreach (var token in new[] { full, Token() with { Scope = ScopeSet.Empty } })
        {
            Assert.True(await _store.TryAddAsync(token, default));
            var found = await _store.FindAsync(token.JwtId, default);
            Assert.NotNull(found);
            Assert.Equal(token with { Amr = [], Claims = Token().Claims, Scope = ScopeSet.Empty }, found with { Amr = Token().Amr, Claims = Token().Claims, Scope = ScopeSet.Empty });
            Assert.Equal((token.Scope.ToString(), string.Join(' ', token.Amr), string.Join(' ', token.Claims)), (found.Scope.ToString(), string.Join(' ', found.Amr), string.Join(' ', found.Claims)));
        }
        Assert.Null(await _store.FindAsync("at-other", default));
    }

    public static TheoryData<string, int> Selections => new() { { "jti", 1 }, { "subject", 2 }, { "client", 2 }, { "resource", 3 }, { "issuer", 3 }, { "id-jag", 1 }, { "subject and client", 1 }, { "nobody", 0 } };

    [Theory, Trait("Spec", "RAS-49"), MemberData(nameof(Selections))]
    public async Task Revokes_exactly_what_is_selected(string which, int count)
    {
        AccessTokenRecord[] tokens =
        [
            Token(), Token() with { ClientId = "other", IdJagJwtId = "ij-2" }, Token() with { Subject = "other", IdJagJwtId = "ij-3" },
            Token() with { Subject = "other", ClientId = "other", Resource = "https://other.example", IdJagIssuer = "https://other.example" },
        ];
        foreach (var token in tokens) await _store.TryAddAsync(token, default);
        await _store.TryAddAsync(Token() with { ExpiresAt = _clock.GetUtcNow() }, default);       // over, so it does not count
        var one = tokens[0];
        AccessTokenSelection selection = which switch
        {
            "jti" => new() { JwtId = one.JwtId },
            "subject" => new() { Subject = one.Subject },
            "client" => new() { ClientId = one.ClientId },
            "resource" => new() { Resource = one.Resource },
            "issuer" => new() { IdJagIssuer = one.IdJagIssuer },
            "id-jag" => new() { IdJagIssuer = one.IdJagIssuer, IdJagJwtId = one.IdJagJwtId },
            "subject and client" => new() { Subject = one.Subject, ClientId = one.ClientId },
            _ => new() { Subject = one.ClientId },
        };

        Assert.Equal(count, await _store.RevokeAsync(selection, _clock.GetUtcNow(), default));

        foreach (var token in tokens) Assert.Equal(selection.Includes(token), await _store.FindAsync(token.JwtId, default) is null);
        Assert.Equal(0, await _store.RevokeAsync(selection, _clock.GetUtcNow(), default));
        await Assert.ThrowsAsync<ArgumentException>(async () => await _store.RevokeAsync(new AccessTokenSelection(), _clock.GetUtcNow(), default));
    }

    [Fact, Trait("Spec", "RAS-49")]
    public async Task Remembers_a_revoked_id_jag_until_it_ends()
    {
        var token = Token();
        var selection = new AccessTokenSelection { IdJagIssuer = token.IdJagIssuer, IdJagJwtId = token.IdJagJwtId };
        await _store.RevokeAsync(selection, _clock.GetUtcNow().AddMinutes(5), default);
        await _store.RevokeAsync(selection, _clock.GetUtcNow().AddMinutes(1), default);          // never shorter

        _clock.Advance(TimeSpan.FromMinutes(4));
        Assert.False(await _store.TryAddAsync(token, default));
        Assert.Null(await _store.FindAsync(token.JwtId, default));
        Assert.True(await _store.TryAddAsync(Token() with { IdJagJwtId = "ij-2" }, default));
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.True(await _store.TryAddAsync(token, default));
    }

    [Fact, Trait("Spec", "RAS-49")]
    public async Task No_token_slips_through_a_revocation_at_the_same_moment()
    {
        for (var round = 0; round < 40; round++)
        {
            var idJag = $"ij-race-{round}";
            var tokens = Enumerable.Range(0, 8).Select(_ => Token() with { IdJagJwtId = idJag }).ToList();
            var adding = tokens.Select(token => Task.Run(async () => await _store.TryAddAsync(token, default))).ToList();
            if (round % 2 is 0) await adding[0];
            await _store.RevokeAsync(new AccessTokenSelection { IdJagIssuer = tokens[0].IdJagIssuer, IdJagJwtId = idJag }, _clock.GetUtcNow().AddMinutes(5), default);
            await Task.WhenAll(adding);

            // Whoever was told yes before the revocation had its token taken away by it; whoever came after was told no.
            foreach (var token in tokens) Assert.Null(await _store.FindAsync(token.JwtId, default));
        }
    }

    [Fact, Trait("Spec", "SEC-31")]
    public async Task Forgets_what_has_expired_and_nothing_else()
    {
        var (kept, gone) = (Token() with { ExpiresAt = ManualClock.T0.AddSeconds(61) }, Token() with { ExpiresAt = ManualClock.T0.AddSeconds(60) });
        await _store.TryAddAsync(kept, default);
        await _store.TryAddAsync(gone, default);
        foreach (var (id, seconds) in new[] { ("ij-kept", 61), ("ij-gone", 60) })
            await _store.RevokeAsync(new AccessTokenSelection { IdJagIssuer = "https://b.example", IdJagJwtId = id }, ManualClock.T0.AddSeconds(seconds), default);
        _clock.Advance(TimeSpan.FromSeconds(121));

        Assert.Equal(1, await ((IExpiringRows)_store).DeleteExpiredAsync(default));

        Assert.NotNull(await _store.FindAsync(kept.JwtId, default));
        Assert.Null(await _store.FindAsync(gone.JwtId, default));
        await using var left = _database.CreateCommand("select string_agg(jti, ' ') from idjag.revoked_id_jags");
        Assert.Equal("ij-kept", await left.ExecuteScalarAsync());
    }

    [Fact, Trait("Spec", "RAS-49"), Trait("Spec", "AT-17")]
    public async Task What_one_replica_revokes_ends_at_all()
    {
        await using var here = await StartAsync();
        await using var there = await StartAsync();
        var (token, other) = (await here.TokenAsync(broker.IdJag()), await here.TokenAsync(broker.IdJag()));
        Assert.Equal((200, 200), (await there.CallAsync(token), await here.CallAsync(token)));

        await there.RevokeAsync(token);
        Assert.Equal((401, 401, 200), (await there.CallAsync(token), await here.CallAsync(token), await here.CallAsync(other)));
        Assert.Equal(1, await there.Service<AccessTokenRevocations>().RevokeAsync(new AccessTokenSelection { ClientId = Ras.Client }));
        Assert.Equal(401, await here.CallAsync(other));
    }

    [Fact, Trait("Spec", "AT-16")]
    public async Task Issues_and_accepts_nothing_without_its_tables_and_works_again_with_them()
    {
        await using var ras = await StartAsync();
        var token = await ras.TokenAsync(broker.IdJag());
        await ExecuteAsync("alter table idjag.access_tokens rename to away");

        (await ras.RedeemAsync(broker.IdJag())).AssertRefused(503, "temporarily_unavailable");
        Assert.Equal(503, await ras.CallAsync(token));
        (await ras.IntrospectAsync(token)).AssertRefused(503, "temporarily_unavailable");
        (await ras.RevokeAsync(token)).AssertRefused(503, "temporarily_unavailable");

        await ExecuteAsync("alter table idjag.away rename to access_tokens");
        Assert.Equal(200, await ras.CallAsync(token));
    }

    [Fact]
    public async Task Needs_no_more_rights_than_it_says()
    {
        var role = $"tokens_{Guid.NewGuid():N}";                          // roles are the whole server's
        await ExecuteAsync($"create role {role} login; grant usage on schema idjag to {role}; grant select, insert, update, delete on idjag.access_tokens, idjag.revoked_id_jags to {role}");
        var asUser = new NpgsqlDataSourceBuilder(_at);
        asUser.ConnectionStringBuilder.Options = $"-c role={role}";
        await using var restricted = asUser.Build();
        var (store, token) = (new PostgresAccessTokenStore(restricted, _clock), Token());

        Assert.True(await store.TryAddAsync(token, default));
        Assert.NotNull(await store.FindAsync(token.JwtId, default));
        Assert.Equal(1, await store.RevokeAsync(new AccessTokenSelection { IdJagIssuer = token.IdJagIssuer, IdJagJwtId = token.IdJagJwtId }, _clock.GetUtcNow(), default));
        await ((IExpiringRows)store).DeleteExpiredAsync(default);
        await ExecuteAsync($"drop owned by {role}; drop role {role}");
    }

    [Fact]
    public async Task Makes_its_tables_however_many_replicas_start_at_once()
    {
        await using var empty = NpgsqlDataSource.Create(await postgres.CreateEmptyDatabaseAsync());
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => PostgresAccessTokenStore.CreateTablesAsync(empty)));
        Assert.True(await new PostgresAccessTokenStore(empty).TryAddAsync(Token(), default));
    }

    private Task<Ras> StartAsync() => RecordingRas.StartAsync(broker, AccessTokenFormat.Opaque, build: server => server.UsePostgresAccessTokenStore(_at).UsePostgresReplayGuard(_at));

    private static AccessTokenRecord Token() => new()
    {
        JwtId = $"at-{Guid.NewGuid():N}", Subject = "trk_4821", ClientId = "cl_1", Resource = "https://mcp.trackr.example/v1/mcp", Scope = ScopeSet.Empty,
        IssuedAt = ManualClock.T0, ExpiresAt = ManualClock.T0.AddMinutes(10), IdJagIssuer = "https://broker.acme.example", IdJagJwtId = "ij-1", Amr = Array.Empty<string>(),
    };

    private async Task ExecuteAsync(string sql)
    {
        await using var command = _database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
