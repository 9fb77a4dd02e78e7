using System.Net;
using IdJagBroker.Shared;

namespace IdJagBroker.Tests.SigningIn;

/// <summary>Signed in once, a browser is answered without the provider, for as long and as far as it is the sign-in that is asked for.</summary>
public sealed class SessionTests(SignInFixture signIn) : IClassFixture<SignInFixture>, IDisposable
{
    private readonly TestBrowser _browser = signIn.NewBrowser();

    [Theory]
    [InlineData(null, null, false)]
    [InlineData("prompt", "none", false)]
    [InlineData("prompt", "consent", false)]
    [InlineData("prompt", "login", true)]
    [InlineData("prompt", "select_account", true)]
    [InlineData("max_age", "3600", false)]
    [InlineData("max_age", "0", true)]
    [InlineData("acr_values", "phr", false)]
    [InlineData("acr_values", "phr other", false)]
    [InlineData("acr_values", "stronger", true)]
    public async Task A_second_sign_in_asks_the_provider_only_where_it_must(string? name, string? value, bool asks)
    {
        await signIn.CodeAsync(_browser);
        signIn.Clock.Advance(TimeSpan.FromSeconds(2));
        _browser.Hops.Clear();
        await signIn.CodeAsync(_browser, name is null ? [] : [(name, value)]);
        Assert.Equal(asks, _browser.Hops.Any(IsProviders));
    }

    [Fact]
    public async Task Without_a_session_nothing_is_given_in_silence() =>
        Assert.Equal("login_required", (await _browser.GoAsync(signIn.Request(("prompt", "none"))))["error"]);

    [Fact]
    public async Task A_session_lasts_eight_hours_and_max_age_says_how_much_of_it_counts()
    {
        await signIn.CodeAsync(_browser);
        signIn.Clock.Advance(TimeSpan.FromMinutes(20));
        Assert.Equal("login_required", (await _browser.GoAsync(signIn.Request(("prompt", "none"), ("max_age", "600"))))["error"]);
        Assert.NotNull((await _browser.GoAsync(signIn.Request(("prompt", "none"))))["code"]);
        signIn.Clock.Advance(TimeSpan.FromHours(7.7));
        Assert.Equal("login_required", (await _browser.GoAsync(signIn.Request(("prompt", "none"))))["error"]);
    }

    [Fact]
    public async Task Each_sign_in_at_the_provider_is_a_session_of_its_own()
    {
        await signIn.CodeAsync(_browser);
        var first = _browser.Cookies["__Host-idjag-session"];
        await signIn.CodeAsync(_browser, ("prompt", "login"));
        Assert.NotEqual(first, _browser.Cookies["__Host-idjag-session"]);
    }

    [Fact]
    public async Task A_cookie_that_was_not_made_here_signs_nobody_in()
    {
        await signIn.CodeAsync(_browser);
        var cookie = _browser.Cookies["__Host-idjag-session"];
        foreach (var bad in new[] { "x", "", cookie[..^2], cookie[..10] + (cookie[10] is 'A' ? 'B' : 'A') + cookie[11..], new string('A', 5000) })
        {
            _browser.Cookies["__Host-idjag-session"] = bad;
            Assert.Equal("login_required", (await _browser.GoAsync(signIn.Request(("prompt", "none"))))["error"]);
        }
    }

    [Fact]
    public async Task A_session_is_of_no_use_to_a_client_whose_people_sign_in_elsewhere()
    {
        var ways = await _browser.GoAsync(Both());
        await _browser.GoAsync(Link(ways, "Other & Sons"));
        Assert.Equal("login_required", (await _browser.GoAsync(signIn.Request(("prompt", "none"))))["error"]);      // the desk's are of Acme
    }

    [Fact]
    public async Task People_choose_where_they_sign_in_and_the_browser_remembers_where_they_did()
    {
        var ways = await _browser.GoAsync(Both());
        Assert.Equal(("Sign in", HttpStatusCode.OK), (ways.Heading, ways.Status));
        Assert.Equal(["Acme", "Other & Sons"], ways.Links.Keys.Order(StringComparer.Ordinal));
        Assert.NotNull((await _browser.GoAsync(Link(ways, "Other & Sons")))["code"]);
        _browser.Cookies.Remove("__Host-idjag-session");
        _browser.Hops.Clear();
        Assert.NotNull((await _browser.GoAsync(Both()))["code"]);
        Assert.Contains(_browser.Hops, hop => hop.Authority == new Uri(signIn.Other.Issuer).Authority);
        Assert.Equal("Sign in", (await _browser.GoAsync(Both(("prompt", "select_account")))).Heading);        // and it can be changed
    }

    [Fact]
    public async Task Who_turns_back_chooses_anew()
    {
        await using (new RestoredProvider(signIn.Other))
        {
            signIn.Other.Answer = [("error", "access_denied")];
            await _browser.GoAsync(Link(await _browser.GoAsync(Both()), "Other & Sons"));
        }
        Assert.Equal("Sign in", (await _browser.GoAsync(Both())).Heading);
    }

    [Fact]
    public async Task An_address_that_somebody_is_expected_by_leads_to_their_provider()
    {
        _browser.Hops.Clear();
        Assert.NotNull((await _browser.GoAsync(Both(("login_hint", "ana@ACME.example"))))["code"]);
        Assert.Equal("Sign in", (await signIn.NewBrowser().GoAsync(Both(("login_hint", "ana@nowhere.example")))).Heading);
    }

    [Fact]
    public async Task Tabs_do_not_disturb_each_other()
    {
        var (first, second) = (await _browser.GoAsync(Both(("state", "one"))), await _browser.GoAsync(Both(("state", "two"))));
        var ended = (await _browser.GoAsync(Link(second, "Acme")), await _browser.GoAsync(Link(first, "Other & Sons")));
        Assert.Equal(("two", "one"), (ended.Item1["state"], ended.Item2["state"]));
        Assert.NotNull(ended.Item2["code"]);
    }

    [Fact]
    public async Task Of_very_many_tabs_the_browser_keeps_the_last()
    {
        for (var i = 0; i < 20; i++) await _browser.GoAsync(Both());
        Assert.InRange(_browser.Cookies.Keys.Count(name => name.StartsWith("__Host-idjag-signin-", StringComparison.Ordinal)), 1, 5);
        Assert.NotNull((await _browser.GoAsync(Link(await _browser.GoAsync(Both()), "Acme")))["code"]);
    }

    [Fact]
    public async Task Cookies_are_this_hosts_alone_and_no_scripts()
    {
        await signIn.CodeAsync(_browser);
        await _browser.GoAsync(Both(("prompt", "select_account")));
        Assert.NotEmpty(_browser.SetCookies);
        Assert.All(_browser.SetCookies, line =>
        {
            Assert.StartsWith("__Host-", line, StringComparison.Ordinal);
            foreach (var attribute in new[] { "; path=/", "; secure", "; samesite=lax", "; httponly" }) Assert.Contains(attribute, line, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("domain=", line, StringComparison.OrdinalIgnoreCase);
        });
    }

    [Fact]
    public async Task A_page_is_in_no_frame_runs_nothing_and_is_kept_by_nobody()
    {
        foreach (var page in new[] { await _browser.GoAsync(Both()), await _browser.GoAsync(signIn.Request(("client_id", "nobody"))), await _browser.GoAsync(signIn.Issuer + "/logout") })
        {
            var policy = page.Headers!.GetValues("Content-Security-Policy").Single();
            Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
            Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.Equal(("DENY", "nosniff", "no-referrer"), (One(page, "X-Frame-Options"), One(page, "X-Content-Type-Options"), One(page, "Referrer-Policy")));
            Assert.True(page.Headers.CacheControl!.NoStore);
            Assert.DoesNotContain("<script", page.Html, StringComparison.OrdinalIgnoreCase);
        }
        static string One(Landing page, string header) => page.Headers!.GetValues(header).Single();
    }

    [Fact]
    public async Task The_code_is_sent_where_no_referrer_tells_of_it()
    {
        await signIn.CodeAsync(_browser);
        var landing = await _browser.GoAsync(signIn.Request());
        Assert.Equal((HttpStatusCode.SeeOther, "no-referrer"), (landing.Status, landing.Headers!.GetValues("Referrer-Policy").Single()));
    }

    public void Dispose() => _browser.Dispose();

    private string Both(params (string Name, string? Value)[] changes) => signIn.Request([("client_id", "both"), ("redirect_uri", "https://desk.example/both"), .. changes]);

    private bool IsProviders(Uri hop) => hop.Authority == new Uri(signIn.Provider.Issuer).Authority;

    private static string Link(Landing page, string text) => new Uri(page.At, page.Links[text]).ToString();
}
