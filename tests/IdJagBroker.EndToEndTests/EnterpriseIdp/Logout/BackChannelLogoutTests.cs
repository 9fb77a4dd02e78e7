using System.Net;
using System.Text.Json.Nodes;
using IdJagBroker.Demo.EnterpriseIdp;
using IdJagBroker.Demo.EnterpriseIdp.Logout;
using IdJagBroker.Demo.EnterpriseIdp.Shapes;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Shared;

namespace IdJagBroker.EndToEndTests.EnterpriseIdp.Logout;

/// <summary>Back-Channel Logout as the provider does it: who is told, and what a logout token says.</summary>
public sealed class BackChannelLogoutTests : IAsyncLifetime
{
    private readonly ManualClock _clock = new();
    private ClientSite _site = null!;
    private IdpClient _wiki = null!;
    private RunningIdp _idp = null!;

    public async ValueTask InitializeAsync()
    {
        _site = await ClientSite.StartAsync();
        _wiki = new IdpClient("wiki", "its secret", RunningIdp.Callback.OriginalString) { BackChannelLogoutUri = _site.LogoutUri };
        _idp = await RunningIdp.StartAsync(clock: _clock, clients: _wiki);
    }

    public async ValueTask DisposeAsync()
    {
        await _idp.DisposeAsync();
        await _site.DisposeAsync();
    }

    [Fact]
    public async Task Tells_a_client_by_a_signed_token_that_names_session_and_person()
    {
        var tokens = await _idp.OfflineAsync(client: _wiki);
        var (_, signIn) = await _idp.ReadAsync(tokens, _wiki);
        var delivery = Assert.Single(await _idp.Provider.EndSessionAsync("ana"));

        Assert.Equal(new LogoutDelivery("wiki", HttpStatusCode.OK), delivery);
        Assert.True(_site.Logouts.TryDequeue(out var told));
        Assert.Equal("application/x-www-form-urlencoded", told.ContentType);
        var token = Assert.Single(told.Form, field => field.Key is "logout_token").Value.ToString();
        Assert.Equal(JwsFailure.None, await _idp.VerifyAsync(token, _wiki));
        Assert.Equal("logout+jwt", (string?)Jwts.Header(token)["typ"]);
        var (claims, now) = (Jwts.Claims(token), _clock.GetUtcNow().ToUnixTimeSeconds());
        Assert.Equal($$$"""
            {"iss":"{{{_idp.Provider.Issuer}}}","sub":"00u-ana","aud":"wiki","iat":{{{now}}},"exp":{{{now + 120}}},"jti":"{{{(string?)claims["jti"]}}}","events":{"http://schemas.openid.net/event/backchannel-logout":{}},"sid":"{{{(string?)signIn["sid"]}}}"}
            """, claims.ToJsonString());
        Assert.Equal("invalid_grant", (await _idp.RefreshAsync(tokens.RefreshToken, _wiki)).Error);
    }

    [Fact]
    public async Task Tells_only_the_clients_of_the_sessions_that_end()
    {
        await _idp.OfflineAsync("bob", _wiki);
        await _idp.OfflineAsync();                                      // ana, at a client that does not want to hear of it
        Assert.Empty(await _idp.Provider.EndSessionAsync("ana"));
        Assert.Empty(_site.Logouts);
        await _idp.OfflineAsync("ana", _wiki);
        await _idp.OfflineAsync("ana", _wiki);

        Assert.Equal(2, (await _idp.Provider.EndSessionAsync("ana")).Count);
        Assert.Equal(2, _site.Logouts.Count);
        Assert.Empty(await _idp.Provider.EndSessionAsync("ana"));       // ended they are
        await Assert.ThrowsAsync<ArgumentException>(() => _idp.Provider.EndSessionAsync("nobody"));
    }

    [Fact]
    public async Task Does_not_tell_a_client_that_never_redeemed_its_code()
    {
        using var browser = new PersonAtBrowser();
        await browser.LogInAsync(await browser.OpenAsync(await _idp.Flow(_wiki).AddressAsync(default)));

        Assert.Empty(await _idp.Provider.EndSessionAsync("ana"));
    }

    [Fact]
    public async Task Ends_a_session_of_a_browser_and_a_code_that_is_still_on_its_way()
    {
        using var browser = new PersonAtBrowser();
        var flow = _idp.Flow();
        var answer = await browser.LogInAsync(await browser.OpenAsync(await flow.AddressAsync(default)));
        await _idp.Provider.EndSessionAsync("ana");

        Assert.NotNull((await browser.OpenAsync(await flow.AddressAsync(default))).Form);
        Assert.Equal("invalid_grant", (await flow.RedeemAsync(answer["code"]!, default)).Error);
    }

    [Fact]
    public async Task Tells_when_a_person_signs_out_herself()
    {
        using var browser = new PersonAtBrowser();
        var flow = _idp.Flow(_wiki);
        var answer = await browser.LogInAsync(await browser.OpenAsync(await flow.AddressAsync(default)));
        var idToken = (await flow.RedeemAsync(answer["code"]!, default)).IdToken;
        await browser.OpenAsync(new Uri($"{_idp.Provider.Issuer}/logout?id_token_hint={idToken}"));

        Assert.Single(_site.Logouts);
    }

    [Fact]
    public async Task Ends_the_session_whatever_the_client_says()
    {
        var tokens = await _idp.OfflineAsync(client: _wiki);
        _site.LogoutStatus = 400;
        Assert.Equal(new LogoutDelivery("wiki", HttpStatusCode.BadRequest), Assert.Single(await _idp.Provider.EndSessionAsync("ana")));
        Assert.Equal("invalid_grant", (await _idp.RefreshAsync(tokens.RefreshToken, _wiki)).Error);
        tokens = await _idp.OfflineAsync(client: _wiki);
        await _site.DisposeAsync();
        Assert.Equal(new LogoutDelivery("wiki", null), Assert.Single(await _idp.Provider.EndSessionAsync("ana")));
        Assert.Equal("invalid_grant", (await _idp.RefreshAsync(tokens.RefreshToken, _wiki)).Error);
    }

    [Fact]
    public async Task Names_the_person_as_the_shape_of_the_client_does()
    {
        var entra = new IdpClient("entra-app", "s", RunningIdp.Callback.OriginalString)
        {
            Shape = new EntraShape("6f1c2a34-0b5d-4e7f-8a9b-0c1d2e3f4a5b"), BackChannelLogoutUri = _site.LogoutUri,
        };
        var google = entra with { ClientId = "google-app", Shape = new GoogleShape() };
        await using var idp = await RunningIdp.StartAsync(clients: [entra, google]);
        var (_, signIn) = await idp.IdTokenAsync(client: entra);
        await idp.IdTokenAsync(client: google);

        Assert.Equal("entra-app", Assert.Single(await idp.Provider.EndSessionAsync("ana")).ClientId);       // Google has no such thing
        Assert.True(_site.Logouts.TryDequeue(out var told));
        var claims = Jwts.Claims(told.Form["logout_token"]!);
        Assert.Equal(((string?)signIn["iss"], (string?)signIn["sub"], (string?)signIn["sid"]), ((string?)claims["iss"], (string?)claims["sub"], (string?)claims["sid"]));
    }

    [Fact]
    public async Task Signs_whatever_a_test_wants_to_see_refused()
    {
        Assert.Throws<InvalidOperationException>(() => _idp.Provider.LogoutTokenClaims("ana", _wiki));
        var (_, signIn) = await _idp.IdTokenAsync(client: _wiki);
        var claims = _idp.Provider.LogoutTokenClaims("ana", _wiki);
        Assert.Equal((string?)signIn["sid"], (string?)claims["sid"]);
        claims.Remove("events");
        claims["nonce"] = "n";
        var untyped = await _idp.Provider.SignLogoutTokenAsync(claims, null);
        var strange = await _idp.Provider.SignLogoutTokenAsync(claims, "JWT", new JsonObject { ["alg"] = "none", ["crit"] = new JsonArray("x") });

        Assert.Equal(JwsFailure.None, await _idp.VerifyAsync(untyped));
        Assert.Equal(["alg", "kid"], Jwts.Header(untyped).Select(member => member.Key));
        Assert.Equal(claims.ToJsonString(), Jwts.Claims(untyped).ToJsonString());
        Assert.Equal(("none", "JWT"), ((string?)Jwts.Header(strange)["alg"], (string?)Jwts.Header(strange)["typ"]));
    }
}
