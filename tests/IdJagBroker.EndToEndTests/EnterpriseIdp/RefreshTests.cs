using System.Text.Json.Nodes;
using IdJagBroker.Demo.EnterpriseIdp;
using IdJagBroker.Demo.EnterpriseIdp.Shapes;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.EndToEndTests.EnterpriseIdp;

/// <summary>Refresh tokens at the provider (RFC 6749 §6, OpenID Connect Core §12).</summary>
public sealed class RefreshTests
{
    private readonly ManualClock _clock = new();

    [Fact]
    public async Task Gives_an_id_token_of_the_person_as_she_is_now_and_of_the_sign_in_as_it_was()
    {
        await using var idp = await RunningIdp.StartAsync(clock: _clock);
        var first = await idp.OfflineAsync();
        var (_, before) = await idp.ReadAsync(first);
        idp.Provider.ChangeGroups("ana", AcmePeople.Sre, AcmePeople.Finance);
        _clock.Advance(TimeSpan.FromMinutes(30));
        var second = await idp.RefreshAsync(first.RefreshToken);
        var (_, after) = await idp.ReadAsync(second);

        Assert.Equal("openid groups offline_access", second.Scope);
        Assert.Equal(43, second.RefreshToken!.Length);
        Assert.NotEqual(first.RefreshToken, second.RefreshToken);
        Assert.NotEqual(first.AccessToken, second.AccessToken);
        foreach (var claim in new[] { "iss", "sub", "aud", "auth_time", "sid", "acr" })
            Assert.Equal(before[claim]!.ToJsonString(), after[claim]!.ToJsonString());
        Assert.Equal(1800, (long)after["iat"]! - (long)before["iat"]!);
        Assert.Equal(1800, (long)after["exp"]! - (long)before["exp"]!);
        Assert.True(before.ContainsKey("nonce"));
        Assert.False(after.ContainsKey("nonce"));
        Assert.Equal("""["00g-eng"]""", before["groups"]!.ToJsonString());
        Assert.Equal("""["00g-sre","00g-fin"]""", after["groups"]!.ToJsonString());
    }

    [Fact]
    public async Task A_later_sign_in_does_not_make_an_earlier_one_younger()
    {
        await using var idp = await RunningIdp.StartAsync(clock: _clock);
        using var browser = new PersonAtBrowser();
        var flow = idp.Flow();
        var answer = await browser.LogInAsync(await browser.OpenAsync(await flow.AddressAsync(default, ("scope", "openid offline_access"))));
        var tokens = await flow.RedeemAsync(answer["code"]!, default);
        _clock.Advance(TimeSpan.FromMinutes(5));
        await browser.LogInAsync(await browser.OpenAsync(await idp.Flow().AddressAsync(default, ("prompt", "login"))));

        var (_, before) = await idp.ReadAsync(tokens);
        var (_, after) = await idp.ReadAsync(await idp.RefreshAsync(tokens.RefreshToken));
        Assert.Equal((long)before["auth_time"]!, (long)after["auth_time"]!);
    }

    [Fact]
    public async Task Gives_none_to_whoever_does_not_ask_or_may_not()
    {
        var online = new IdpClient("online-app", "its secret", RunningIdp.Callback.OriginalString) { MayStayOffline = false };
        await using var idp = await RunningIdp.StartAsync(clients: online);
        var flow = idp.Flow();
        var refused = await idp.OfflineAsync(client: online);

        Assert.Null((await flow.RedeemAsync(await idp.CodeAsync(flow), default)).RefreshToken);
        Assert.Null(refused.RefreshToken);
        Assert.Equal("openid groups", refused.Scope);
    }

    [Fact]
    public async Task Takes_a_token_once_and_forgets_the_whole_family_at_the_second_use()
    {
        await using var idp = await RunningIdp.StartAsync();
        var first = (await idp.OfflineAsync()).RefreshToken;
        var second = (await idp.RefreshAsync(first)).RefreshToken;
        var third = (await idp.RefreshAsync(second)).RefreshToken;

        Assert.NotNull(third);
        Assert.Equal("invalid_grant", (await idp.RefreshAsync(first)).Error);
        Assert.Equal("invalid_grant", (await idp.RefreshAsync(third)).Error);
    }

    [Fact]
    public async Task Lets_one_of_two_uses_at_a_time_win_at_most()
    {
        await using var idp = await RunningIdp.StartAsync();
        var token = (await idp.OfflineAsync()).RefreshToken;
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => idp.RefreshAsync(token)));

        Assert.Single(answers, answer => answer.Error is null);
        Assert.All(answers.Where(answer => answer.Error is not null), answer => Assert.Equal("invalid_grant", answer.Error));
    }

    [Fact]
    public async Task Does_not_take_a_token_of_another_client_and_leaves_it_alone()
    {
        await using var idp = await RunningIdp.StartAsync();
        var token = (await idp.OfflineAsync()).RefreshToken;

        Assert.Equal("invalid_grant", (await idp.RefreshAsync(token, RunningIdp.Other)).Error);
        Assert.Equal("invalid_client", (await idp.RefreshAsync(token, null, ("client_secret", "wrong"))).Error);
        Assert.Null((await idp.RefreshAsync(token)).Error);
    }

    [Theory]
    [InlineData("unknown", "invalid_grant")]
    [InlineData(null, "invalid_request")]
    public async Task Refuses_what_is_no_refresh_token(string? token, string error)
    {
        await using var idp = await RunningIdp.StartAsync();
        Assert.Equal(error, (await idp.RefreshAsync(token)).Error);
    }

    [Theory]
    [InlineData(89, null)]
    [InlineData(90, "invalid_grant")]
    public async Task Forgets_a_token_that_lies_unused_for_ninety_days(int days, string? error)
    {
        await using var idp = await RunningIdp.StartAsync(clock: _clock);
        var token = (await idp.OfflineAsync()).RefreshToken;
        _clock.Advance(TimeSpan.FromDays(60));
        token = (await idp.RefreshAsync(token)).RefreshToken;
        _clock.Advance(TimeSpan.FromDays(days));

        Assert.Equal(error, (await idp.RefreshAsync(token)).Error);
    }

    [Fact]
    public async Task Refuses_a_disabled_person_until_she_is_enabled_again()
    {
        await using var idp = await RunningIdp.StartAsync();
        var (hers, his) = ((await idp.OfflineAsync()).RefreshToken, (await idp.OfflineAsync("bob")).RefreshToken);
        idp.Provider.Disable("ANA");

        Assert.Equal("invalid_grant", (await idp.RefreshAsync(hers)).Error);
        Assert.Null((await idp.RefreshAsync(his)).Error);
        idp.Provider.Enable("ana");
        Assert.Null((await idp.RefreshAsync(hers)).Error);
    }

    [Fact]
    public async Task Refuses_a_code_of_somebody_who_was_disabled_meanwhile()
    {
        await using var idp = await RunningIdp.StartAsync();
        var flow = idp.Flow();
        var code = await idp.CodeAsync(flow);
        idp.Provider.Disable("ana");

        Assert.Equal("invalid_grant", (await flow.RedeemAsync(code, default)).Error);
    }

    [Fact]
    public async Task Refuses_a_person_who_lost_the_application()
    {
        await using var idp = await RunningIdp.StartAsync();
        var token = (await idp.OfflineAsync()).RefreshToken;
        idp.Provider.Assign("ana", RunningIdp.Notes.ClientId, false);

        Assert.Equal("invalid_grant", (await idp.RefreshAsync(token)).Error);
    }

    [Fact]
    public void Changes_nobody_who_is_not_there()
    {
        var provider = OpenIdProvider.Create(new IdpOptions { People = [], Clients = [] });
        Assert.Throws<ArgumentException>(() => provider.Disable("nobody"));
    }

    [Theory]
    [InlineData("openid", "openid", null)]
    [InlineData("openid email", null, "invalid_scope")]
    public async Task Gives_no_more_than_was_granted(string scope, string? granted, string? error)
    {
        await using var idp = await RunningIdp.StartAsync();
        var tokens = await idp.RefreshAsync((await idp.OfflineAsync()).RefreshToken, null, ("scope", scope));

        Assert.Equal((granted, error), (tokens.Scope, tokens.Error));
    }

    [Fact]
    public async Task Refreshed_tokens_have_the_shape_of_their_provider()
    {
        foreach (var shape in new IdTokenShape[] { new OktaShape(), new EntraShape("6f1c2a34-0b5d-4e7f-8a9b-0c1d2e3f4a5b"), new PingShape("pf+jwt"), new GoogleShape() })
        {
            var algorithm = shape is GoogleShape or PingShape ? JwsAlgorithm.ES256 : JwsAlgorithm.RS256;
            await using var idp = await RunningIdp.StartAsync(shape, algorithm: algorithm);
            var first = shape is GoogleShape ? await GoogleAsync(idp) : await idp.OfflineAsync();
            var (header, before) = await idp.ReadAsync(first);
            var second = await idp.RefreshAsync(first.RefreshToken);
            var (newHeader, after) = await idp.ReadAsync(second);

            Assert.Equal(header.ToJsonString(), newHeader.ToJsonString());
            Assert.Equal(before.Select(claim => claim.Key).Where(name => name is not "nonce"), after.Select(claim => claim.Key));
            Assert.Equal(shape.RotatesRefreshTokens, second.RefreshToken is not null);
            foreach (var name in new[] { "sub", "sid", "oid", "pi.sri", "auth_time" })
                Assert.True(JsonNode.DeepEquals(before[name], after[name]), name);
        }
    }

    [Fact]
    public async Task Google_knows_no_offline_access_and_leaves_the_refresh_token_as_it_is()
    {
        await using var idp = await RunningIdp.StartAsync(new GoogleShape());
        using var browser = new PersonAtBrowser();
        var refused = await browser.OpenAsync(await idp.Flow().AddressAsync(default, ("scope", "openid offline_access")));
        var token = (await GoogleAsync(idp)).RefreshToken;
        var (once, twice) = (await idp.RefreshAsync(token), await idp.RefreshAsync(token));

        Assert.Equal("invalid_scope", refused["error"]);
        Assert.Equal((null, null, null, null), (once.Error, once.RefreshToken, twice.Error, twice.RefreshToken));
    }

    private static async Task<IdJagBroker.Demo.Walk.SignInTokens> GoogleAsync(RunningIdp idp)
    {
        using var browser = new PersonAtBrowser();
        var flow = idp.Flow();
        var form = await browser.OpenAsync(await flow.AddressAsync(default, ("access_type", "offline")));
        return await flow.RedeemAsync((await browser.LogInAsync(form))["code"]!, default);
    }
}
