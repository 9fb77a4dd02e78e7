using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using IdJagBroker.Shared;
using Microsoft.AspNetCore.WebUtilities;

namespace IdJagBroker.Tests.SigningIn;

/// <summary>Signing out, here and at the provider, ends what was given in the session; and nobody else can do it.</summary>
public sealed class EndingTests(SignInFixture signIn) : IClassFixture<SignInFixture>, IAsyncDisposable
{
    private readonly TestBrowser _browser = signIn.NewBrowser();
    private readonly RestoredProvider _provider = new(signIn.Provider);

    [Fact]
    public async Task An_application_that_shows_whose_session_it_is_signs_the_person_out_and_has_them_back()
    {
        var tokens = await TokensAsync();
        var landing = await _browser.GoAsync(Logout(("id_token_hint", (string)tokens["id_token"]!), ("post_logout_redirect_uri", "https://desk.example/bye"), ("state", "s p")));
        Assert.Equal("https://desk.example/bye?state=s%20p", landing.GoesOnTo.AbsoluteUri);
        await IsOverAsync(tokens, "SIGNED_OUT");
        Assert.Equal("login_required", (await _browser.GoAsync(signIn.Request(("prompt", "none"))))["error"]);
    }

    [Fact]
    public async Task An_ID_Token_that_has_expired_will_do()
    {
        var tokens = await TokensAsync();
        signIn.Clock.Advance(TimeSpan.FromHours(2));
        Assert.Equal("You are signed out here", (await _browser.GoAsync(Logout(("id_token_hint", (string)tokens["id_token"]!)))).Heading);
        await IsOverAsync(tokens, "SIGNED_OUT");
    }

    [Fact]
    public async Task A_mere_link_asks_first()
    {
        var tokens = await TokensAsync();
        var page = await _browser.GoAsync(Logout());
        Assert.Equal("Sign out?", page.Heading);
        (await signIn.RefreshAsync((string)tokens["refresh_token"]!)).IsGranted();
        Assert.Equal("You are signed out here", (await _browser.PostAsync(signIn.Issuer + "/logout", [.. page.Fields, new("confirm", "yes")])).Heading);
        Assert.Equal("login_required", (await _browser.GoAsync(signIn.Request(("prompt", "none"))))["error"]);
    }

    [Fact]
    public async Task Another_persons_or_a_forged_ID_Token_asks_first()
    {
        var mine = await TokensAsync();
        var others = await signIn.TokensAsync();
        using var key = RSA.Create(2048);
        var forged = Jwts.Sign(Jwts.Header((string)mine["id_token"]!), Jwts.Claims((string)mine["id_token"]!), key);
        foreach (var hint in new[] { (string)others["id_token"]!, forged, "x" })
            Assert.Equal("Sign out?", (await _browser.GoAsync(Logout(("id_token_hint", hint)))).Heading);
        (await signIn.RefreshAsync((string)mine["refresh_token"]!)).IsGranted();
        (await signIn.RefreshAsync((string)others["refresh_token"]!)).IsGranted();
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("https://desk.example/bye/")]
    [InlineData("https://desk.example/callback")]
    public async Task Nobody_is_sent_where_the_client_has_not_said(string uri)
    {
        var tokens = await TokensAsync();
        var landing = await _browser.GoAsync(Logout(("id_token_hint", (string)tokens["id_token"]!), ("post_logout_redirect_uri", uri)));
        Assert.Equal("You are signed out here", landing.Heading);
        Assert.DoesNotContain("evil", landing.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_id_that_is_not_the_ID_Tokens_sends_nobody_anywhere()
    {
        var tokens = await TokensAsync();
        var landing = await _browser.GoAsync(Logout(("id_token_hint", (string)tokens["id_token"]!), ("client_id", "both"), ("post_logout_redirect_uri", "https://desk.example/bye")));
        Assert.Equal("You are signed out here", landing.Heading);
    }

    [Theory]
    [InlineData(true, true), InlineData(true, false), InlineData(false, true)]
    public async Task A_provider_ends_what_it_began(bool namesPerson, bool namesSession)
    {
        signIn.Provider.Person = $"00u-out-{namesPerson}-{namesSession}";
        var (first, second) = (await TokensAsync(), await signIn.TokensAsync());
        Assert.Equal(HttpStatusCode.OK, await SendAsync(signIn.Provider.LogoutToken((_, claims) =>
        {
            if (!namesPerson) claims.Remove("sub");
            if (!namesSession) claims.Remove("sid");
        })));
        await IsOverAsync(first, "UPSTREAM_SIGNED_OUT");
        await IsOverAsync(second, "UPSTREAM_SIGNED_OUT");
        Assert.Equal("acme", (string?)(await signIn.LastAsync("signin.session_ended"))["actor"]!["key"]);
        Assert.Equal("login_required", (await _browser.GoAsync(signIn.Request(("prompt", "none"))))["error"]);
    }

    public static TheoryData<string, Action<JsonObject, JsonObject>> BadLogoutTokens => new()
    {
        { "another's audience", (_, claims) => claims["aud"] = "somebody-else" },
        { "another issuer", (_, claims) => claims["iss"] = "https://evil.example" },
        { "no iat", (_, claims) => claims.Remove("iat") },
        { "no exp", (_, claims) => claims.Remove("exp") },
        { "expired", (_, claims) => claims["exp"] = (long)claims["iat"]! - 100 },
        { "too old", (_, claims) => claims["iat"] = (long)claims["iat"]! - 600 },
        { "no jti", (_, claims) => claims.Remove("jti") },
        { "no events", (_, claims) => claims.Remove("events") },
        { "another event", (_, claims) => claims["events"] = new JsonObject { ["http://schemas.openid.net/event/other"] = new JsonObject() } },
        { "an event that is no object", (_, claims) => claims["events"] = new JsonObject { ["http://schemas.openid.net/event/backchannel-logout"] = true } },
        { "a nonce", (_, claims) => claims["nonce"] = "n" },
        { "nobody", (_, claims) => { claims.Remove("sub"); claims.Remove("sid"); } },
        { "an access token", (header, _) => header["typ"] = "at+jwt" },
        { "no signature", (header, _) => header["alg"] = "none" },
    };

    [Theory, MemberData(nameof(BadLogoutTokens), DisableDiscoveryEnumeration = true)]
    public async Task A_logout_token_that_does_not_stand_ends_nothing(string what, Action<JsonObject, JsonObject> change)
    {
        signIn.Provider.Person = "00u-stays";
        var tokens = await signIn.TokensAsync();
        Assert.True(await SendAsync(signIn.Provider.LogoutToken(change)) is HttpStatusCode.BadRequest, what);
        (await signIn.RefreshAsync((string)tokens["refresh_token"]!)).IsGranted();
    }

    [Fact]
    public async Task A_logout_token_counts_once_at_its_own_place_and_by_its_own_key()
    {
        signIn.Provider.Person = "00u-twice";
        await signIn.TokensAsync();
        var token = signIn.Provider.LogoutToken();
        Assert.Equal(HttpStatusCode.OK, await SendAsync(token));
        var again = await signIn.TokensAsync();
        Assert.Equal(HttpStatusCode.BadRequest, await SendAsync(token));       // a replay does not end the next session
        Assert.Equal(HttpStatusCode.BadRequest, await SendAsync(signIn.Provider.LogoutToken(), "other"));
        Assert.Equal(HttpStatusCode.BadRequest, await SendAsync(signIn.Other.LogoutToken((_, claims) => (claims["iss"], claims["sub"], claims["sid"]) = (signIn.Provider.Issuer, "00u-twice", "session-of-00u-twice"))));
        (await signIn.RefreshAsync((string)again["refresh_token"]!)).IsGranted();
        Assert.Equal(HttpStatusCode.OK, await SendAsync(signIn.Provider.LogoutToken((_, claims) => (claims["sub"], claims["sid"]) = ("nobody", "nothing"))));       // there is nothing to end
        Assert.Equal(HttpStatusCode.BadRequest, await SendAsync("x"));
        Assert.Equal(HttpStatusCode.BadRequest, await SendAsync(""));
    }

    public async ValueTask DisposeAsync()
    {
        _browser.Dispose();
        await _provider.DisposeAsync();
    }

    private async Task<JsonObject> TokensAsync() => (await signIn.RedeemAsync(await signIn.CodeAsync(_browser))).IsGranted().Body!;

    private string Logout(params (string Name, string Value)[] parameters) =>
        QueryHelpers.AddQueryString(signIn.Issuer + "/logout", parameters.Select(one => KeyValuePair.Create(one.Name, (string?)one.Value)));

    private async Task<HttpStatusCode> SendAsync(string logoutToken, string provider = "acme")
    {
        using var content = new FormUrlEncodedContent([new("logout_token", logoutToken)]);
        using var response = await signIn.Broker.Http.PostAsync($"{signIn.Issuer}/signin/backchannel-logout/{provider}", content);
        return response.StatusCode;
    }

    private async Task IsOverAsync(JsonObject tokens, string reason)
    {
        (await signIn.RefreshAsync((string)tokens["refresh_token"]!)).IsRefused("invalid_grant");
        Assert.Equal("REFRESH_TOKEN_REVOKED", (string?)(await signIn.LastAsync("refresh.denied"))["reason"]);
        (await signIn.ExchangeAsync((string)tokens["id_token"]!)).IsRefused("invalid_grant");
        Assert.Equal(reason, (string?)(await signIn.LastAsync("signin.session_ended"))["reason"]);
    }
}
