using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;

namespace IdJagBroker.Tests.SigningIn;

/// <summary>The way back from the provider: only in the browser that began, once, and only with this provider's own answer to it.</summary>
public sealed class CallbackTests(SignInFixture signIn) : IClassFixture<SignInFixture>, IDisposable
{
    private readonly TestBrowser _browser = signIn.NewBrowser();

    [Fact]
    public async Task Another_browser_does_not_finish_what_this_one_began()
    {
        var callback = await StoppedAtCallbackAsync();
        using var other = signIn.NewBrowser();
        Assert.Equal("This sign-in is over", (await other.GoAsync(callback)).Heading);
        Assert.NotNull((await _browser.GoAsync(callback))["code"]);        // and this one still does
    }

    [Fact]
    public async Task An_answer_counts_once()
    {
        var callback = await StoppedAtCallbackAsync();
        Assert.NotNull((await _browser.GoAsync(callback))["code"]);
        Assert.Equal("This sign-in is over", (await _browser.GoAsync(callback)).Heading);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAA")]
    public async Task A_state_that_is_not_the_browsers_own_is_refused(string state)
    {
        var callback = await StoppedAtCallbackAsync();
        var query = QueryHelpers.ParseQuery(new Uri(callback).Query);
        Assert.Equal("This sign-in is over", (await _browser.GoAsync(With(callback, "state", state))).Heading);
        Assert.Equal("This sign-in is over", (await _browser.GoAsync($"{callback}&state={query["state"]}")).Heading);      // twice
    }

    [Fact]
    public async Task What_a_cookie_says_cannot_be_changed_or_taken_for_another_sign_in()
    {
        var first = await StoppedAtCallbackAsync();
        var (name, value) = _browser.Cookies.Single(cookie => cookie.Key.StartsWith("__Host-idjag-signin-", StringComparison.Ordinal));
        for (var i = 8; i < value.Length; i += value.Length / 5)
        {
            _browser.Cookies[name] = value[..i] + (value[i] is 'A' ? 'B' : 'A') + value[(i + 1)..];
            Assert.Equal("This sign-in is over", (await _browser.GoAsync(first)).Heading);
        }
        _browser.Cookies.Clear();
        var second = await StoppedAtCallbackAsync();
        var other = _browser.Cookies.Single(cookie => cookie.Key.StartsWith("__Host-idjag-signin-", StringComparison.Ordinal)).Key;
        _browser.Cookies[other] = value;        // the first one's, under the second one's name
        Assert.Equal("This sign-in is over", (await _browser.GoAsync(second)).Heading);
    }

    [Fact]
    public async Task A_sign_in_that_takes_too_long_is_over()
    {
        var callback = await StoppedAtCallbackAsync();
        signIn.Clock.Advance(TimeSpan.FromMinutes(16));
        Assert.Equal("This sign-in is over", (await _browser.GoAsync(callback)).Heading);
    }

    [Fact]
    public async Task The_answer_of_one_provider_is_not_taken_for_anothers()
    {
        var ways = await _browser.GoAsync(signIn.Request(("client_id", "both"), ("redirect_uri", "https://desk.example/both")));
        var callback = await StoppedAtCallbackAsync(request: new Uri(ways.At, ways.Links["Acme"]).ToString());
        var landing = await _browser.GoAsync(callback.Replace("/callback/acme", "/callback/other", StringComparison.Ordinal));
        Assert.Equal("Your identity provider did not finish the sign-in", landing.Heading);
        Assert.Equal("UPSTREAM_MIXED_UP", (string?)(await signIn.LastAsync("signin.failed"))["reason"]);
    }

    [Theory]
    [InlineData("https://evil.example", false, false)]
    [InlineData("", true, false)]
    [InlineData(null, true, false)]
    [InlineData("right", true, true)]
    [InlineData("right", false, true)]
    [InlineData(null, false, true)]
    public async Task A_provider_that_names_itself_names_itself_rightly(string? iss, bool says, bool goesOn)
    {
        try
        {
            (signIn.Provider.NamesItself, signIn.Provider.SaysThatItNamesItself) = (iss is "right" ? signIn.Provider.Issuer : iss, says);
            signIn.Clock.Advance(TimeSpan.FromMinutes(11));     // what it says of itself is read again
            var landing = await _browser.GoAsync(signIn.Request());
            Assert.Equal(goesOn, landing["code"] is not null);
            if (!goesOn) Assert.Equal("UPSTREAM_MIXED_UP", (string?)(await signIn.LastAsync("signin.failed"))["reason"]);
        }
        finally
        {
            (signIn.Provider.NamesItself, signIn.Provider.SaysThatItNamesItself) = (null, false);
            signIn.Clock.Advance(TimeSpan.FromMinutes(11));
        }
    }

    public static TheoryData<string, Action<JsonObject, JsonObject>> BadIdTokens => new()
    {
        { "nonce of another", (_, claims) => claims["nonce"] = "another" },
        { "no nonce", (_, claims) => claims.Remove("nonce") },
        { "another's audience", (_, claims) => claims["aud"] = "somebody-else" },
        { "one audience more", (_, claims) => claims["aud"] = new JsonArray(TestProvider.ClientId, "somebody-else") },
        { "azp of another", (_, claims) => claims["azp"] = "somebody-else" },
        { "another issuer", (_, claims) => claims["iss"] = "https://evil.example" },
        { "expired", (_, claims) => claims["exp"] = 1_700_000_000 },
        { "from the future", (_, claims) => claims["iat"] = (long)claims["iat"]! + 4000 },
        { "no sub", (_, claims) => claims.Remove("sub") },
        { "an access token", (header, _) => header["typ"] = "at+jwt" },
        { "a logout token", (_, claims) => claims["events"] = new JsonObject() },
        { "no signature", (header, _) => header["alg"] = "none" },
        { "an unknown key", (header, _) => header["kid"] = "unknown" },
    };

    [Theory, MemberData(nameof(BadIdTokens), DisableDiscoveryEnumeration = true)]
    public async Task An_ID_Token_that_does_not_stand_signs_nobody_in(string what, Action<JsonObject, JsonObject> change)
    {
        await using var provider = new RestoredProvider(signIn.Provider);
        signIn.Provider.Change = change;
        var landing = await _browser.GoAsync(signIn.Request());
        Assert.True(landing["code"] is null, what);
        Assert.Contains(landing.Heading, (string[])["Your identity provider did not finish the sign-in", "This account cannot be used here"]);
        Assert.DoesNotContain("__Host-idjag-session", _browser.Cookies.Keys);
        Assert.Equal("denied", (string?)(await signIn.LastAsync("signin.failed"))["outcome"]);
    }

    [Fact]
    public async Task An_ID_Token_that_another_key_signed_signs_nobody_in()
    {
        await using var provider = new RestoredProvider(signIn.Provider);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        signIn.Provider.OtherKey = key;
        Assert.Equal("Your identity provider did not finish the sign-in", (await _browser.GoAsync(signIn.Request())).Heading);
    }

    [Fact]
    public async Task A_code_that_was_meant_for_another_sign_in_is_refused_by_PKCE()
    {
        using var victim = signIn.NewBrowser();
        var stolen = QueryHelpers.ParseQuery(new Uri(await StoppedAtCallbackAsync(victim)).Query)["code"].ToString();
        var landing = await _browser.GoAsync(With(await StoppedAtCallbackAsync(), "code", stolen));
        Assert.Equal("Your identity provider did not finish the sign-in", landing.Heading);
    }

    [Fact]
    public async Task Who_cancels_at_the_provider_is_back_in_the_application()
    {
        await using var provider = new RestoredProvider(signIn.Provider);
        signIn.Provider.Answer = [("error", "access_denied"), ("error_description", "The user <b>cancelled</b>")];
        var landing = await _browser.GoAsync(signIn.Request());
        Assert.Equal(("access_denied", "the-state", "the person did not sign in"), (landing["error"], landing["state"], landing["error_description"]));
        Assert.Equal("CANCELLED", (string?)(await signIn.LastAsync("signin.failed"))["reason"]);
    }

    [Theory]
    [InlineData("access_denied", "User is not assigned to the client application.", "You are not assigned to this sign-in", "NOT_ASSIGNED")]
    [InlineData("access_denied", "AADSTS50105: The signed in user is blocked", "You are not assigned to this sign-in", "NOT_ASSIGNED")]
    [InlineData("temporarily_unavailable", "", "Your identity provider cannot be reached", "UPSTREAM_UNREACHABLE")]
    [InlineData("server_error", "", "Your identity provider cannot be reached", "UPSTREAM_UNREACHABLE")]
    [InlineData("invalid_scope", "<script>alert(1)</script>", "Your identity provider did not finish the sign-in", "UPSTREAM_REFUSED")]
    public async Task The_person_is_told_what_the_application_could_do_nothing_about(string error, string description, string heading, string reason)
    {
        await using var provider = new RestoredProvider(signIn.Provider);
        signIn.Provider.Answer = [("error", error), ("error_description", description)];
        var landing = await _browser.GoAsync(signIn.Request());
        Assert.Equal(heading, landing.Heading);
        Assert.DoesNotContain("<script", landing.Html, StringComparison.OrdinalIgnoreCase);
        var failed = await signIn.LastAsync("signin.failed");
        Assert.Equal((reason, "acme"), ((string?)failed["reason"], (string?)failed["data"]!["upstream"]));
        Assert.Contains((string)failed["id"]!, landing.Html, StringComparison.Ordinal);

        // And can go on: back to the application, or try again.
        var back = await _browser.GoAsync(new Uri(landing.At, landing.Links["Back to Desk"]).ToString());
        Assert.Equal(("access_denied", "the-state"), (back["error"], back["state"]));
    }

    [Fact]
    public async Task Trying_again_asks_the_provider_for_an_account()
    {
        string tryAgain;
        await using (new RestoredProvider(signIn.Provider))
        {
            signIn.Provider.Answer = [("error", "server_error")];
            var landing = await _browser.GoAsync(signIn.Request());
            tryAgain = new Uri(landing.At, landing.Links["Try again"]).ToString();
        }
        var ways = await _browser.GoAsync(tryAgain);
        var done = await _browser.GoAsync(new Uri(ways.At, ways.Links["Acme"]).ToString());
        Assert.NotNull(done["code"]);
        Assert.Equal("select_account", signIn.Provider.Asked["prompt"]);
        (await signIn.RedeemAsync(done["code"]!)).IsGranted();
    }

    [Fact]
    public async Task A_provider_whose_token_endpoint_is_away_gets_a_page_of_503()
    {
        await using var provider = new RestoredProvider(signIn.Provider);
        signIn.Provider.IsDown = true;
        var landing = await _browser.GoAsync(signIn.Request());
        Assert.Equal(("Your identity provider cannot be reached", 503), (landing.Heading, (int)landing.Status));
    }

    [Fact]
    public async Task A_sign_in_that_is_older_than_was_asked_is_told_to_the_application()
    {
        await using var provider = new RestoredProvider(signIn.Provider);
        signIn.Provider.AuthTime = signIn.Clock.GetUtcNow() - TimeSpan.FromMinutes(20);
        var landing = await _browser.GoAsync(signIn.Request(("max_age", "600")));
        Assert.Equal("unmet_authentication_requirements", landing["error"]);
        signIn.Provider.Change = (_, claims) => claims.Remove("auth_time");
        Assert.Equal("unmet_authentication_requirements", (await _browser.GoAsync(signIn.Request(("max_age", "600"))))["error"]);
    }

    public void Dispose() => _browser.Dispose();

    private static string With(string url, string name, string value)
    {
        var query = QueryHelpers.ParseQuery(new Uri(url).Query).ToDictionary(one => one.Key, one => (string?)one.Value.ToString());
        query[name] = value;
        return QueryHelpers.AddQueryString(url.Split('?')[0], query);
    }

    // The address that the provider sends the browser back to, not gone to.
    private async Task<string> StoppedAtCallbackAsync(TestBrowser? browser = null, string? request = null)
    {
        browser ??= _browser;
        var known = browser.IsApplication;
        browser.IsApplication = url => url.AbsolutePath.StartsWith("/signin/callback", StringComparison.Ordinal);
        var landing = await browser.GoAsync(request ?? signIn.Request(("prompt", "login")));
        browser.IsApplication = known;
        return landing.At.ToString();
    }
}

/// <summary>Puts a provider right again, whatever a test did to it.</summary>
internal sealed class RestoredProvider(TestProvider provider) : IAsyncDisposable
{
    public TestProvider Provider => provider;

    public ValueTask DisposeAsync()
    {
        (provider.Change, provider.Answer, provider.NamesItself, provider.SaysThatItNamesItself, provider.OtherKey, provider.IsDown) = (null, null, null, false, null, false);
        (provider.PersonIsDisabled, provider.RefreshesWithoutIdToken, provider.AuthTime, provider.Person, provider.Groups) = (false, false, null, "00u-ana", ["00g-eng"]);
        return ValueTask.CompletedTask;
    }
}
