using System.Net;
using System.Text.Json.Nodes;
using IdJagBroker.Shared;

namespace IdJagBroker.EndToEndTests.EnterpriseIdp;

/// <summary>Browser sessions: when a second authorization request is answered without a page, and when not (OpenID Connect Core §3.1.2.1).</summary>
public sealed class SessionTests
{
    private readonly ManualClock _clock = new();

    [Fact]
    public async Task Answers_a_second_request_without_a_page()
    {
        await using var idp = await RunningIdp.StartAsync(clock: _clock);
        using var browser = new PersonAtBrowser();
        var first = await SignInAsync(idp, browser);
        _clock.Advance(TimeSpan.FromMinutes(20));
        var flow = idp.Flow(RunningIdp.Other);
        var answer = await browser.OpenAsync(await flow.AddressAsync(default));
        var (_, second) = await idp.ReadAsync(await flow.RedeemAsync(answer["code"]!, default));

        Assert.Equal(HttpStatusCode.SeeOther, answer.Status);
        Assert.Equal((flow.State, idp.Provider.Issuer), (answer["state"], answer["iss"]));
        Assert.Equal("00u-ana", (string?)second["sub"]);
        Assert.Equal(flow.Nonce, (string?)second["nonce"]);
        Assert.Equal((string?)first["sid"], (string?)second["sid"]);
        Assert.Equal((long)first["auth_time"]!, (long)second["auth_time"]!);
    }

    [Fact]
    public async Task Keeps_the_session_in_a_cookie_that_no_script_and_no_foreign_form_gets()
    {
        await using var idp = await RunningIdp.StartAsync();
        using var browser = new PersonAtBrowser();
        var answer = await browser.LogInAsync(await browser.OpenAsync(await idp.Flow().AddressAsync(default)));
        var cookie = Assert.Single(answer.SetCookies, cookie => cookie.StartsWith("idp-session", StringComparison.Ordinal));

        Assert.Matches("^idp-session-[0-9]+=[A-Za-z0-9_-]{43}; path=/; samesite=lax; httponly$", cookie);
        var (_, claims) = await idp.IdTokenAsync();
        Assert.DoesNotContain((string)claims["sid"]!, cookie, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keeps_cookies_to_https_where_it_is_reached_by_https()
    {
        var listening = $"http://127.0.0.1:{FreePort.Next()}";
        await using var idp = await RunningIdp.StartAsync(baseUrl: "https://idp.acme.example", port: new Uri(listening).Port);
        using var browser = new PersonAtBrowser();
        var page = await browser.OpenAsync(new Uri(
            $"{listening}/authorize?response_type=code&client_id=notes-desktop&redirect_uri={Uri.EscapeDataString(RunningIdp.Callback.OriginalString)}"
            + $"&scope=openid&code_challenge_method=S256&code_challenge={new string('A', 43)}"));
        var cookie = Assert.Single(page.SetCookies);
        using var request = new HttpRequestMessage(HttpMethod.Post, page.Form!.Action) { Content = page.Form.FilledIn("ana", RunningIdp.Password) };
        request.Headers.Add("Cookie", cookie.Split(';')[0]);
        using var response = await idp.Http.SendAsync(request);

        Assert.EndsWith("; path=/login; secure; samesite=strict; httponly", cookie, StringComparison.Ordinal);
        Assert.Contains(response.Headers.GetValues("Set-Cookie"), session => session.EndsWith("; path=/; secure; samesite=lax; httponly", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Begins_with_a_cookie_that_was_not_there_before_the_sign_in()
    {
        await using var idp = await RunningIdp.StartAsync();
        using var browser = new PersonAtBrowser();
        var first = await CookieAfterSignInAsync(idp, browser);
        var second = await CookieAfterSignInAsync(idp, browser);
        using var thief = new PersonAtBrowser();
        thief.Cookies.Add(new Cookie(first.Split('=')[0], first.Split('=', ';')[1], "/", "127.0.0.1"));

        Assert.NotNull((await thief.OpenAsync(await idp.Flow().AddressAsync(default))).Form);
        thief.Cookies.Add(new Cookie(second.Split('=')[0], second.Split('=', ';')[1], "/", "127.0.0.1"));
        Assert.NotNull((await thief.OpenAsync(await idp.Flow().AddressAsync(default)))["code"]);
    }

    [Fact]
    public async Task Goes_on_with_the_session_of_the_same_person_and_begins_another_for_another()
    {
        await using var idp = await RunningIdp.StartAsync();
        using var browser = new PersonAtBrowser();
        var hers = await SignInAsync(idp, browser);
        var again = await SignInAsync(idp, browser, changes: ("prompt", "login"));
        var his = await SignInAsync(idp, browser, "bob", ("prompt", "select_account"));

        Assert.Equal((string?)hers["sid"], (string?)again["sid"]);
        Assert.NotEqual((string?)hers["sid"], (string?)his["sid"]);
        Assert.Equal("00u-bob", (string?)(await SignInAsync(idp, browser))["sub"]);
    }

    [Fact]
    public async Task Two_providers_on_one_machine_keep_their_people_apart()
    {
        await using var idp = await RunningIdp.StartAsync();
        await using var other = await RunningIdp.StartAsync();
        using var browser = new PersonAtBrowser();
        await SignInAsync(idp, browser);
        await SignInAsync(other, browser, "bob");

        Assert.Equal("00u-ana", (string?)(await SignInAsync(idp, browser))["sub"]);
        Assert.Equal("00u-bob", (string?)(await SignInAsync(other, browser))["sub"]);
    }

    [Fact]
    public async Task Ends_after_eight_hours()
    {
        await using var idp = await RunningIdp.StartAsync(clock: _clock);
        using var browser = new PersonAtBrowser();
        var first = await SignInAsync(idp, browser);
        _clock.Advance(TimeSpan.FromHours(8) - TimeSpan.FromSeconds(1));
        Assert.NotNull((await browser.OpenAsync(await idp.Flow().AddressAsync(default)))["code"]);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.NotNull((await browser.OpenAsync(await idp.Flow().AddressAsync(default))).Form);
        Assert.NotEqual((string?)first["sid"], (string?)(await SignInAsync(idp, browser))["sid"]);
    }

    [Fact]
    public async Task Counts_for_nothing_while_the_person_is_disabled()
    {
        await using var idp = await RunningIdp.StartAsync();
        using var browser = new PersonAtBrowser();
        await SignInAsync(idp, browser);
        idp.Provider.Disable("ana");

        Assert.NotNull((await browser.OpenAsync(await idp.Flow().AddressAsync(default))).Form);
        Assert.Equal("login_required", (await browser.OpenAsync(await idp.Flow().AddressAsync(default, ("prompt", "none"))))["error"]);
    }

    [Theory]
    [InlineData("login")]
    [InlineData("select_account")]
    [InlineData("login consent")]
    public async Task Shows_the_form_again_on_demand_and_dates_the_sign_in_anew(string prompt)
    {
        await using var idp = await RunningIdp.StartAsync(clock: _clock);
        using var browser = new PersonAtBrowser();
        var first = await SignInAsync(idp, browser);
        _clock.Advance(TimeSpan.FromMinutes(20));
        Assert.NotNull((await browser.OpenAsync(await idp.Flow().AddressAsync(default, ("prompt", prompt)))).Form);
        var second = await SignInAsync(idp, browser, changes: ("prompt", prompt));

        Assert.Equal(1200, (long)second["auth_time"]! - (long)first["auth_time"]!);
    }

    [Fact]
    public async Task Dates_a_sign_in_in_a_session_anew_also_for_somebody_who_was_signed_in_long_before()
    {
        await using var idp = await RunningIdp.StartAsync(clock: _clock);
        using var browser = new PersonAtBrowser();
        var first = await SignInAsync(idp, browser, "fin");
        var second = await SignInAsync(idp, browser, "fin", ("max_age", "5399"));

        Assert.Equal(5400, (long)second["auth_time"]! - (long)first["auth_time"]!);
        Assert.Equal((string?)first["sid"], (string?)second["sid"]);
    }

    [Theory]
    [InlineData("600", 600, false)]
    [InlineData("600", 601, true)]
    [InlineData("0", 0, true)]
    public async Task Shows_the_form_again_if_the_sign_in_is_too_old(string maxAge, int seconds, bool asks)
    {
        await using var idp = await RunningIdp.StartAsync(clock: _clock);
        using var browser = new PersonAtBrowser();
        await SignInAsync(idp, browser);
        _clock.Advance(TimeSpan.FromSeconds(seconds));

        var page = await browser.OpenAsync(await idp.Flow().AddressAsync(default, ("max_age", maxAge)));
        Assert.Equal(asks, page.Form is not null);
        var silent = await browser.OpenAsync(await idp.Flow().AddressAsync(default, ("max_age", maxAge), ("prompt", "none")));
        Assert.Equal(asks ? "login_required" : null, silent["error"]);
    }

    [Theory]
    [InlineData(false, null, "login_required")]
    [InlineData(true, null, null)]
    [InlineData(true, "none login", "invalid_request")]
    public async Task Shows_nothing_if_it_must_not(bool signedIn, string? prompt, string? error)
    {
        await using var idp = await RunningIdp.StartAsync();
        using var browser = new PersonAtBrowser();
        if (signedIn) await SignInAsync(idp, browser);
        var answer = await browser.OpenAsync(await idp.Flow().AddressAsync(default, ("prompt", prompt ?? "none")));

        Assert.Equal(HttpStatusCode.SeeOther, answer.Status);
        Assert.Equal(error, answer["error"]);
        Assert.Equal(error is null, answer["code"] is not null);
    }

    private static async Task<string> CookieAfterSignInAsync(RunningIdp idp, PersonAtBrowser browser)
    {
        var answer = await browser.LogInAsync(await browser.OpenAsync(await idp.Flow().AddressAsync(default, ("prompt", "login"))));
        return answer.SetCookies.Single(cookie => cookie.StartsWith("idp-session", StringComparison.Ordinal));
    }

    private static async Task<JsonObject> SignInAsync(
        RunningIdp idp, PersonAtBrowser browser, string userName = "ana", params (string, string?)[] changes)
    {
        var flow = idp.Flow();
        var page = await browser.OpenAsync(await flow.AddressAsync(default, changes));
        if (page.Form is not null) page = await browser.LogInAsync(page, userName);
        return (await idp.ReadAsync(await flow.RedeemAsync(page["code"]!, default))).Claims;
    }
}
