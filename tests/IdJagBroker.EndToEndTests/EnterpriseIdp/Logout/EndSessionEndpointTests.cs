using System.Net;
using IdJagBroker.Demo.EnterpriseIdp;
using IdJagBroker.Demo.Walk;

namespace IdJagBroker.EndToEndTests.EnterpriseIdp.Logout;

/// <summary>RP-Initiated Logout at the provider.</summary>
public sealed class EndSessionEndpointTests : IAsyncLifetime
{
    private const string Goodbye = "http://127.0.0.1:9/goodbye";
    private static readonly IdpClient Wiki = new("wiki", "its secret", RunningIdp.Callback.OriginalString) { PostLogoutRedirectUris = [Goodbye] };
    private readonly PersonAtBrowser _browser = new();
    private RunningIdp _idp = null!;

    public async ValueTask InitializeAsync() => _idp = await RunningIdp.StartAsync(clients: Wiki);

    public ValueTask DisposeAsync()
    {
        _browser.Dispose();
        return _idp.DisposeAsync();
    }

    [Fact]
    public async Task Signs_out_whom_the_browsers_own_id_token_names_and_sends_her_back()
    {
        var tokens = await SignInAsync();
        var answer = await LogoutAsync(("id_token_hint", tokens.IdToken), ("post_logout_redirect_uri", Goodbye), ("state", "a b&c"));

        Assert.Equal(HttpStatusCode.SeeOther, answer.Status);
        Assert.Equal($"{Goodbye}?state=a%20b%26c", answer.Location!.OriginalString);
        Assert.Contains(answer.SetCookies, cookie => cookie.Contains("expires=Thu, 01 Jan 1970", StringComparison.Ordinal));
        Assert.False(await IsSignedInAsync());
        Assert.Equal("invalid_grant", (await _idp.RefreshAsync(tokens.RefreshToken, Wiki)).Error);
    }

    [Fact]
    public async Task Says_so_on_a_page_when_there_is_nowhere_to_go_to()
    {
        var tokens = await SignInAsync();
        var page = await LogoutAsync(("id_token_hint", tokens.IdToken));

        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Contains("<h1>You are signed out of Acme</h1>", page.Html, StringComparison.Ordinal);
        Assert.False(await IsSignedInAsync());
    }

    [Fact]
    public async Task Takes_a_posted_form_as_well()
    {
        var tokens = await SignInAsync();
        var answer = await _browser.PostAsync(new Uri(_idp.Provider.Issuer + "/logout"), ("id_token_hint", tokens.IdToken!), ("post_logout_redirect_uri", Goodbye));

        Assert.Equal(Goodbye, answer.Location!.OriginalString);
        Assert.False(await IsSignedInAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Asks_first_when_the_link_does_not_know_the_session(bool hintOfAnotherBrowser)
    {
        await SignInAsync();
        using var elsewhere = new PersonAtBrowser();
        var hint = hintOfAnotherBrowser ? (await SignInAsync(elsewhere)).IdToken : null;
        var page = await LogoutAsync(("id_token_hint", hint), ("client_id", "wiki"), ("post_logout_redirect_uri", Goodbye), ("state", "s"));

        Assert.Contains("<h1>Sign out of Acme?</h1>", page.Html, StringComparison.Ordinal);
        Assert.True(await IsSignedInAsync());
        var answer = await _browser.PostAsync(new Uri(_idp.Provider.Issuer + "/logout/confirm"), ("request", RequestIn(page.Html)));
        Assert.Equal($"{Goodbye}?state=s", answer.Location!.OriginalString);
        Assert.False(await IsSignedInAsync());
        Assert.True(await IsSignedInAsync(elsewhere) == hintOfAnotherBrowser);
    }

    [Fact]
    public async Task The_button_works_once_and_in_the_browser_that_was_asked()
    {
        await SignInAsync();
        using var attackers = new PersonAtBrowser();
        await SignInAsync(attackers);
        var theirs = RequestIn((await LogoutAsync(attackers)).Html);
        var confirm = new Uri(_idp.Provider.Issuer + "/logout/confirm");

        Assert.Equal(HttpStatusCode.BadRequest, (await _browser.PostAsync(confirm, ("request", theirs))).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await _browser.PostAsync(confirm, ("request", "guessed"))).Status);
        Assert.True(await IsSignedInAsync());
        Assert.True(await IsSignedInAsync(attackers));
    }

    [Theory]
    [InlineData("http://127.0.0.1:9/other")]
    [InlineData("http://127.0.0.1:9/goodbye/")]
    [InlineData("https://evil.example/")]
    [InlineData("http://127.0.0.1:9/callback")]
    public async Task Sends_nobody_to_an_address_that_is_not_registered_for_this(string redirectUri)
    {
        var tokens = await SignInAsync();
        foreach (var client in new[] { ("id_token_hint", tokens.IdToken), ("client_id", "wiki"), ("client_id", null) })
        {
            var page = await LogoutAsync(client, ("post_logout_redirect_uri", redirectUri));
            Assert.Equal(HttpStatusCode.BadRequest, page.Status);
            Assert.Null(page.Location);
            Assert.True(await IsSignedInAsync());
        }
    }

    [Fact]
    public async Task Sends_nobody_to_an_address_of_another_client()
    {
        var flow = _idp.Flow();
        var answer = await _browser.LogInAsync(await _browser.OpenAsync(await flow.AddressAsync(default)));
        var notes = (await flow.RedeemAsync(answer["code"]!, default)).IdToken;

        Assert.Equal(HttpStatusCode.BadRequest, (await LogoutAsync(("id_token_hint", notes), ("post_logout_redirect_uri", Goodbye))).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await LogoutAsync(("id_token_hint", notes), ("client_id", "wiki"))).Status);
        Assert.True(await IsSignedInAsync());
    }

    [Fact]
    public async Task Takes_no_hint_that_is_not_an_id_token_of_its_own()
    {
        var good = (await SignInAsync()).IdToken!;
        await using var other = await RunningIdp.StartAsync(clients: Wiki);
        var (_, claims) = await _idp.ReadAsync(new SignInTokens(good, null, null, null, null, null, null), Wiki);
        var foreignIssuer = claims.DeepClone().AsObject();
        foreignIssuer["iss"] = other.Provider.Issuer;
        var nobodys = claims.DeepClone().AsObject();
        nobodys["aud"] = "nobody";
        foreach (var hint in new[]
        {
            "x.y.z", good[..^4] + "AAAA", (await other.OfflineAsync(client: Wiki)).IdToken!,
            await _idp.Provider.SignLogoutTokenAsync(claims), await _idp.Provider.SignLogoutTokenAsync(foreignIssuer, null), await _idp.Provider.SignLogoutTokenAsync(nobodys, null),
        })
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await LogoutAsync(("id_token_hint", hint))).Status);
            Assert.True(await IsSignedInAsync());
        }
        await LogoutAsync(("id_token_hint", await _idp.Provider.SignLogoutTokenAsync(claims, "JWT")));         // what is wrong above is wrong with nothing else
        Assert.False(await IsSignedInAsync());
    }

    [Fact]
    public async Task Refuses_a_parameter_given_twice()
    {
        var tokens = await SignInAsync();
        var page = await _browser.OpenAsync(new Uri($"{_idp.Provider.Issuer}/logout?id_token_hint={tokens.IdToken}&state=a&state=b"));

        Assert.Equal(HttpStatusCode.BadRequest, page.Status);
        Assert.True(await IsSignedInAsync());
    }

    [Fact]
    public async Task Sends_somebody_back_who_is_not_signed_in()
    {
        Assert.Equal(Goodbye, (await LogoutAsync(("client_id", "wiki"), ("post_logout_redirect_uri", Goodbye))).Location!.OriginalString);
    }

    [Fact]
    public async Task Its_pages_can_be_read_aloud_and_cannot_be_scripted_or_framed()
    {
        await SignInAsync();
        var page = await LogoutAsync(("client_id", "wiki"), ("post_logout_redirect_uri", Goodbye));

        Assert.Contains("""<html lang="en">""", page.Html, StringComparison.Ordinal);
        Assert.Contains("<title>Sign out – Acme</title>", page.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page.Html, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("frame-ancestors 'none'; form-action 'self' http://127.0.0.1:9 ", page.Policy, StringComparison.Ordinal);
    }

    private Task<PersonAtBrowser.Page> LogoutAsync(params (string Name, string? Value)[] parameters) => LogoutAsync(_browser, parameters);

    private Task<PersonAtBrowser.Page> LogoutAsync(PersonAtBrowser browser, params (string Name, string? Value)[] parameters) => browser.OpenAsync(new Uri(
        $"{_idp.Provider.Issuer}/logout?{string.Join('&', parameters.Where(p => p.Value is not null).Select(p => $"{p.Name}={Uri.EscapeDataString(p.Value!)}"))}"));

    private async Task<SignInTokens> SignInAsync(PersonAtBrowser? browser = null)
    {
        browser ??= _browser;
        var flow = _idp.Flow(Wiki);
        var answer = await browser.LogInAsync(await browser.OpenAsync(await flow.AddressAsync(default, ("scope", "openid offline_access"))));
        return await flow.RedeemAsync(answer["code"]!, default);
    }

    private async Task<bool> IsSignedInAsync(PersonAtBrowser? browser = null) =>
        (await (browser ?? _browser).OpenAsync(await _idp.Flow().AddressAsync(default, ("prompt", "none"))))["code"] is not null;

    private static string RequestIn(string html) => html.Split("name=\"request\" value=\"")[1].Split('"')[0];
}
