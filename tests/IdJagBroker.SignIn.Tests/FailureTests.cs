using System.Diagnostics;
using System.Net;
using IdJagBroker.Keys.Sealing;
using IdJagBroker.Shared;
using IdJagBroker.SignIn.Sessions;
using IdJagBroker.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace IdJagBroker.Tests.SigningIn;

/// <summary>When something is away nothing is given and nothing is used up; when it is back it goes on, without a restart.</summary>
public sealed class FailureTests(SignInFixture signIn) : IClassFixture<SignInFixture>
{
    [Fact]
    public async Task While_the_database_is_away_people_see_a_page_clients_hear_503_and_afterwards_all_is_as_it_was()
    {
        using var browser = signIn.NewBrowser();
        var (code, tokens) = (await signIn.CodeAsync(browser), await signIn.TokensAsync());
        await using (await AwayAsync())
        {
            var started = Stopwatch.GetTimestamp();
            var landing = await browser.GoAsync(signIn.Request());
            Assert.Equal(("Sign-in is not available", 503), (landing.Heading, (int)landing.Status));
            (await signIn.RedeemAsync(code)).IsRefused("temporarily_unavailable", HttpStatusCode.ServiceUnavailable);
            (await signIn.RefreshAsync((string)tokens["refresh_token"]!)).IsRefused("temporarily_unavailable", HttpStatusCode.ServiceUnavailable);
            Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(20));
        }
        await Task.Delay(TimeSpan.FromSeconds(2));
        (await signIn.RedeemAsync(code)).IsGranted();
        (await signIn.RefreshAsync((string)tokens["refresh_token"]!)).IsGranted();
        Assert.NotNull((await browser.GoAsync(signIn.Request(("prompt", "none"))))["code"]);
    }

    [Fact]
    public async Task Two_replicas_finish_each_others_sign_ins()
    {
        await using var replica = await signIn.Broker.StartReplicaAsync();
        using var browser = signIn.NewBrowser();
        browser.IsApplication = url => url.AbsolutePath.StartsWith("/signin/callback", StringComparison.Ordinal);
        var callback = (await browser.GoAsync(signIn.Request())).At.ToString();
        browser.IsApplication = url => url.Host is "desk.example";
        var landing = await browser.GoAsync(callback.Replace(signIn.Issuer, replica.Url, StringComparison.Ordinal));
        var tokens = (await signIn.RedeemAsync(landing["code"]!)).IsGranted().Body!;
        var there = new TokenClient(signIn.Broker, replica.Url);
        (await there.ExchangeAsync(("client_id", "desk"), ("subject_token", (string)tokens["id_token"]!))).IsGranted();
        (await there.SendAsync([new("grant_type", "refresh_token"), new("refresh_token", (string)tokens["refresh_token"]!), new("client_id", "desk"), new("client_secret", signIn.Broker.Secret)])).IsGranted();
        (await signIn.RefreshAsync((string)tokens["refresh_token"]!)).IsRefused("invalid_grant");
    }

    [Fact]
    public async Task The_database_alone_holds_no_token_no_code_and_nothing_of_a_person()
    {
        var code = await signIn.CodeAsync();
        var tokens = (await signIn.RedeemAsync(code)).IsGranted().Body!;
        await using var connection = new NpgsqlConnection(signIn.Broker.ConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        var upstream = signIn.Provider.LastRefreshToken!;
        foreach (var table in new[] { "signin_session", "signin_grant", "signin_shown", "sealing_key", "audit_inbox", "audit_event" })
        {
            await using var command = new NpgsqlCommand($"select t::text || coalesce((select string_agg(encode(sealed, 'escape'), '') from signin_session), '') from {table} t", connection);
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                var row = reader.GetString(0);
                foreach (var secret in new[] { code, (string)tokens["refresh_token"]!, (string)tokens["access_token"]!, (string)tokens["id_token"]!, upstream, "ana@acme.example", "Ana Alves" })
                    Assert.False(row.Contains(secret, StringComparison.Ordinal), $"{table} holds {secret}");
            }
        }
    }

    [Fact]
    public async Task What_is_over_is_deleted_and_what_is_not_stays()
    {
        var (old, fresh) = (await signIn.TokensAsync(), (string?)null);
        await signIn.CodeAsync();       // never redeemed
        var before = await CountAsync("signin_grant");
        signIn.Clock.Advance(TimeSpan.FromHours(33));
        fresh = (string)(await signIn.TokensAsync())["refresh_token"]!;
        var database = signIn.Broker.Services.GetRequiredService<NpgsqlDataSource>();
        await SignInCleaning.CleanAsync(database, signIn.Clock.GetUtcNow(), default);
        await SignInCleaning.CleanAsync(database, signIn.Clock.GetUtcNow(), default);
        Assert.Equal((1L, 1L), (await CountAsync("signin_grant"), await CountAsync("signin_session")));
        Assert.True(before > 1);
        (await signIn.RefreshAsync(fresh)).IsGranted();
        (await signIn.RefreshAsync((string)old["refresh_token"]!)).IsRefused("invalid_grant");
    }

    [Fact]
    public async Task A_new_sealing_key_comes_in_time_and_what_the_old_one_sealed_still_opens()
    {
        var ring = signIn.Broker.Services.GetRequiredService<SealingKeyRing>();
        var first = ring.Seal("one"u8, "test");
        Assert.Null(ring.Open(first, "another purpose"));
        signIn.Clock.Advance(SealingKeyRing.RotateEvery);
        await ring.RefreshAsync(default);
        Assert.Equal(first[..4], ring.Seal("two"u8, "test")[..4]);      // published to the other replicas first
        signIn.Clock.Advance(SealingKeyRing.Ahead);
        Assert.NotEqual(first[..4], ring.Seal("three"u8, "test")[..4]);
        Assert.Equal("one"u8.ToArray(), ring.Open(first, "test"));
        Assert.Null(ring.Open([.. first[..^1], (byte)(first[^1] ^ 1)], "test"));
        Assert.Null(ring.Open([], "test"));
    }

    private async Task<long> CountAsync(string table)
    {
        await using var connection = new NpgsqlConnection(signIn.Broker.ConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"select count(*) from {table}", connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    // Nobody may connect, and who is connected is thrown out: as far as the broker can tell, the database is gone.
    private async Task<IAsyncDisposable> AwayAsync()
    {
        var settings = new NpgsqlConnectionStringBuilder(signIn.Broker.ConnectionString);
        var name = settings.Database!;
        settings.Database = "postgres";
        settings.Pooling = false;
        async Task ExecuteAsync(string sql)
        {
            await using var connection = new NpgsqlConnection(settings.ConnectionString);
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync();
        }
        await ExecuteAsync($"alter database \"{name}\" allow_connections false");
        await ExecuteAsync($"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'");
        return new Back(() => ExecuteAsync($"alter database \"{name}\" allow_connections true"));
    }

    private sealed class Back(Func<Task> restore) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await restore();
    }
}
