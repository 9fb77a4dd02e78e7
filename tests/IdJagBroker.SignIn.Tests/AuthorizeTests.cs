using System.Net;

namespace IdJagBroker.Tests.SigningIn;

/// <summary>Bad requests at the authorization endpoint: each fault alone. Until it is known where an answer may go, it goes to the person and nowhere else.</summary>
public sealed class AuthorizeTests(SignInFixture signIn) : IClassFixture<SignInFixture>
{
    [Theory]
    [InlineData("client_id", null, "The request cannot be read")]
    [InlineData("redirect_uri", null, "The request cannot be read")]
    [InlineData("client_id", "nobody", "This application is not known here")]
    [InlineData("client_id", "notes-agent", "This application is switched off")]
    [InlineData("client_id", "retired", "This application is switched off")]
    [InlineData("redirect_uri", "https://desk.example/callback/", "The answer would go to the wrong place")]
    [InlineData("redirect_uri", "https://desk.example/callback?x=1", "The answer would go to the wrong place")]
    [InlineData("redirect_uri", "https://desk.example:443/callback", "The answer would go to the wrong place")]
    [InlineData("redirect_uri", "https://DESK.example/callback", "The answer would go to the wrong place")]
    [InlineData("redirect_uri", "https://desk.example/x/../callback", "The answer would go to the wrong place")]
    [InlineData("redirect_uri", "https://desk.example.evil.example/callback", "The answer would go to the wrong place")]
    [InlineData("redirect_uri", "https://desk.example@evil.example/callback", "The answer would go to the wrong place")]
    [InlineData("redirect_uri", "http://desk.example/callback", "The answer would go to the wrong place")]
    [InlineData("redirect_uri", "javascript:alert(1)", "The answer would go to the wrong place")]
    [InlineData("redirect_uri", "//evil.example", "The answer would go to the wrong place")]
    public async Task Nothing_is_sent_anywhere_until_application_and_address_belong_together(string name, string? value, string heading)
    {
        using var browser = signIn.NewBrowser();
        browser.IsApplication = _ => true;
        var landing = await browser.GoAsync(signIn.Request((name, value)));
        Assert.Equal(heading, landing.Heading);
        Assert.Single(browser.Hops);
        Assert.InRange((int)landing.Status, 400, 499);
    }

    [Theory]
    [InlineData("response_type", null, "invalid_request")]
    [InlineData("response_type", "token", "unsupported_response_type")]
    [InlineData("response_type", "code id_token", "unsupported_response_type")]
    [InlineData("response_mode", "fragment", "invalid_request")]
    [InlineData("response_mode", "form_post", "invalid_request")]
    [InlineData("code_challenge", null, "invalid_request")]
    [InlineData("code_challenge", "short", "invalid_request")]
    [InlineData("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM=", "invalid_request")]
    [InlineData("code_challenge_method", null, "invalid_request")]
    [InlineData("code_challenge_method", "plain", "invalid_request")]
    [InlineData("scope", null, "invalid_scope")]
    [InlineData("scope", "profile", "invalid_scope")]
    [InlineData("scope", "openid \"", "invalid_scope")]
    [InlineData("prompt", "none login", "invalid_request")]
    [InlineData("prompt", "whatever", "invalid_request")]
    [InlineData("max_age", "-1", "invalid_request")]
    [InlineData("max_age", "soon", "invalid_request")]
    [InlineData("max_age", "99999999999", "invalid_request")]
    [InlineData("request", "eyJhbGciOiJub25lIn0.e30.", "request_not_supported")]
    [InlineData("request_uri", "https://evil.example/r", "request_uri_not_supported")]
    [InlineData("dpop_jkt", "short", "invalid_request")]
    [InlineData("resource", "not a uri", "invalid_target")]
    [InlineData("authorization_details", "[]", "invalid_authorization_details")]
    [InlineData("prompt", "none", "login_required")]
    public async Task The_application_is_told_of_a_request_that_cannot_be_granted(string name, string? value, string error)
    {
        using var browser = signIn.NewBrowser();
        var landing = await browser.GoAsync(signIn.Request((name, value)));
        Assert.Equal((SignInFixture.DeskCallback, error, "the-state", signIn.Issuer, (string?)null), (landing.At.GetLeftPart(UriPartial.Path), landing["error"], landing["state"], landing["iss"], landing["code"]));
        Assert.Single(browser.Hops);
        var failed = await signIn.LastAsync("signin.failed");
        Assert.Equal((error, "desk", "denied"), ((string?)failed["data"]!["error"], (string?)failed["client"], (string?)failed["outcome"]));
    }

    [Theory]
    [InlineData("scope", "scope=openid")]
    [InlineData("state", "state=other")]
    [InlineData("code_challenge_method", "code_challenge_method=S256")]
    [InlineData("prompt", "prompt=login&prompt=login")]
    public async Task A_parameter_that_comes_twice_is_refused(string _, string more)
    {
        using var browser = signIn.NewBrowser();
        var landing = await browser.GoAsync(signIn.Request() + "&" + more);
        Assert.Equal(("invalid_request", SignInFixture.DeskCallback), (landing["error"], landing.At.GetLeftPart(UriPartial.Path)));
        Assert.Equal(more.StartsWith("state", StringComparison.Ordinal) ? null : "the-state", landing["state"]);        // of two, neither is given back
    }

    [Theory]
    [InlineData("client_id=desk")]
    [InlineData("redirect_uri=https%3A%2F%2Fdesk.example%2Fother")]
    public async Task Where_two_addresses_or_two_applications_come_nobody_is_answered(string more)
    {
        using var browser = signIn.NewBrowser();
        var landing = await browser.GoAsync(signIn.Request() + "&" + more);
        Assert.Equal(("The request cannot be read", 1), (landing.Heading, browser.Hops.Count));
    }

    [Theory]
    [InlineData("%")]
    [InlineData("x=%zz")]
    [InlineData("x=%00")]
    [InlineData("x=%ff")]
    public async Task A_query_that_is_not_well_encoded_gets_a_page(string more)
    {
        using var browser = signIn.NewBrowser();
        Assert.Equal((HttpStatusCode.BadRequest, "The request cannot be read"), (await browser.GoAsync(signIn.Request() + "&" + more)) is var landing ? (landing.Status, landing.Heading) : default);
    }

    [Fact]
    public async Task Too_many_or_too_long_parameters_get_a_page()
    {
        using var browser = signIn.NewBrowser();
        var many = string.Concat(Enumerable.Range(0, 70).Select(n => $"&p{n}=1"));
        Assert.Equal("The request cannot be read", (await browser.GoAsync(signIn.Request() + many)).Heading);
        var posted = await browser.PostAsync(signIn.Issuer + "/authorize", [new("client_id", "desk"), new("x", new string('x', 20_000))]);
        Assert.Equal("The request cannot be read", posted.Heading);
        var landing = await browser.GoAsync(signIn.Request(("state", new string('s', 2049))));
        Assert.Equal("invalid_request", landing["error"]);
    }

    [Fact]
    public async Task The_request_can_be_posted()
    {
        using var browser = signIn.NewBrowser();
        var query = System.Web.HttpUtility.ParseQueryString(new Uri(signIn.Request()).Query);
        var landing = await browser.PostAsync(signIn.Issuer + "/authorize", query.AllKeys.Select(key => KeyValuePair.Create(key!, query[key]!)));
        Assert.NotNull(landing["code"]);
    }

    [Theory]
    [InlineData("http://127.0.0.1:1234/callback", true)]
    [InlineData("http://127.0.0.1/callback", true)]
    [InlineData("com.example.tool:/cb", true)]
    [InlineData("http://127.0.0.1:1234/callback/", false)]
    [InlineData("http://127.0.0.1:1234/other", false)]
    [InlineData("http://127.0.0.1:0/callback", false)]
    [InlineData("http://127.0.0.1:99999/callback", false)]
    [InlineData("http://localhost:1234/callback", false)]
    [InlineData("https://127.0.0.1:1234/callback", false)]
    [InlineData("http://127.0.0.1:1234@evil.example/callback", false)]
    [InlineData("http://127.0.0.1:1234/callback#x", false)]
    [InlineData("http://127.1:1234/callback", false)]
    [InlineData("com.example.tool:/cb2", false)]
    public async Task On_loopback_any_port_will_do_and_nothing_else_differs(string redirectUri, bool isAllowed)
    {
        using var browser = signIn.NewBrowser();
        var landing = await browser.GoAsync(signIn.Request(("client_id", "tool"), ("redirect_uri", redirectUri)));
        Assert.Equal(isAllowed ? "Continue to Tool <b>?" : "The answer would go to the wrong place", landing.Heading);
    }

    [Fact]
    public async Task A_hostile_hint_reaches_the_provider_as_text_and_no_page_as_markup()
    {
        using var browser = signIn.NewBrowser();
        const string hint = "\"><script>alert(1)</script>&prompt=none";
        var landing = await browser.GoAsync(signIn.Request(("login_hint", hint)));
        Assert.NotNull(landing["code"]);
        Assert.Equal((hint, false), (signIn.Provider.Asked["login_hint"], signIn.Provider.Asked.ContainsKey("prompt")));
    }

    [Fact]
    public async Task What_the_application_asks_of_the_sign_in_is_asked_of_the_provider()
    {
        using var browser = signIn.NewBrowser();
        await browser.GoAsync(signIn.Request(("prompt", "login"), ("max_age", "600"), ("acr_values", "phr phrh"), ("login_hint", "ana@acme.example")));
        var asked = signIn.Provider.Asked;
        Assert.Equal(("login", "600", "phr phrh", "ana@acme.example"), (asked["prompt"], asked["max_age"], asked["acr_values"], asked["login_hint"]));
        await browser.GoAsync(signIn.Request(("max_age", "0")));
        Assert.Equal("login", signIn.Provider.Asked["prompt"]);
    }

    [Fact]
    public async Task Another_method_is_not_answered()
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, signIn.Request());
        using var response = await signIn.Broker.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
    }
}
