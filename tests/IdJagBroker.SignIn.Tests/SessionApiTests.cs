using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace IdJagBroker.Tests.SigningIn;

/// <summary><c>/admin/v1/sessions</c>: operators see who is signed in, and sign people out.</summary>
public sealed class SessionApiTests(SignInFixture signIn) : IClassFixture<SignInFixture>, IAsyncDisposable
{
    private readonly RestoredProvider _provider = new(signIn.Provider);
    private readonly TestBrowser _browser = signIn.NewBrowser();

    [Fact]
    public async Task Shows_a_person_s_sessions_and_what_clients_were_given_in_them()
    {
        signIn.Provider.Person = "00u-shown";
        var (tokens, key) = await SignedInAsync();
        var session = Assert.Single(await SessionsAsync($"?subject={key}"))!;
        var claims = Shared.Jwts.Claims((string)tokens["id_token"]!);

        Assert.Equal(((string?)claims["sid"], key, "acme", "active"), ((string?)session["sid"], (string?)session["subject_key"], (string?)session["upstream"], (string?)session["state"]));
        Assert.Equal(((long)claims["auth_time"]!), ((DateTimeOffset)session["signed_in_at"]!).ToUnixTimeSeconds());
        var grant = Assert.Single(session["grants"]!.AsArray())!;
        Assert.Equal("desk", (string?)grant["client"]);
        Assert.True((DateTimeOffset)grant["refresh_expires_at"]! > (DateTimeOffset)grant["redeemed_at"]!);
        Assert.DoesNotContain("00u-shown", session.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain("acme.example", session.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ends_one_session_and_no_other()
    {
        signIn.Provider.Person = "00u-two";
        var (first, key) = await SignedInAsync();
        using var elsewhere = signIn.NewBrowser();
        var second = (await signIn.RedeemAsync(await signIn.CodeAsync(elsewhere))).IsGranted().Body!;
        var sid = (string)Shared.Jwts.Claims((string)first["id_token"]!)["sid"]!;
        Assert.Equal(2, (await SessionsAsync($"?subject={key}")).Count);

        using (var ended = await SendAsync(HttpMethod.Delete, "/" + sid, """{"reason":"phone lost"}""")) Assert.Equal(HttpStatusCode.NoContent, ended.StatusCode);

        (await signIn.RefreshAsync((string)first["refresh_token"]!)).IsRefused("invalid_grant");
        (await signIn.ExchangeAsync((string)first["id_token"]!)).IsRefused("invalid_grant");
        Assert.Equal("login_required", (await _browser.GoAsync(signIn.Request(("prompt", "none"))))["error"]);
        (await signIn.RefreshAsync((string)second["refresh_token"]!)).IsGranted();
        Assert.NotEqual(sid, (string?)Assert.Single(await SessionsAsync($"?subject={key}"))!["sid"]);
        var over = (await SessionsAsync($"?subject={key}&state=all")).Single(one => (string?)one!["sid"] == sid)!;
        Assert.Equal(("ended", "ENDED_BY_ADMINISTRATOR"), ((string?)over["state"], (string?)over["end_reason"]));
        Assert.NotNull(over["ended_at"]);
        Assert.NotNull(Assert.Single(over["grants"]!.AsArray())!["revoked_at"]);

        var told = await signIn.LastAsync("signin.session_ended");
        Assert.Equal(("admin", "management-token", sid), ((string?)told["actor"]!["kind"], (string?)told["actor"]!["key"], (string?)told["actor"]!["session"]));
        Assert.Equal(("ENDED_BY_ADMINISTRATOR", key, "phone lost"), ((string?)told["reason"], (string?)told["subject_key"], (string?)told["data"]!["reason"]));
        using var again = await SendAsync(HttpMethod.Delete, "/" + sid, """{"reason":"twice"}""");
        Assert.Equal(HttpStatusCode.NotFound, again.StatusCode);
    }

    [Fact]
    public async Task Signs_a_person_out_everywhere_and_nobody_else()
    {
        signIn.Provider.Person = "00u-other";
        var (others, _) = await SignedInAsync();
        signIn.Provider.Person = "00u-everywhere";
        using var here = signIn.NewBrowser();
        using var there = signIn.NewBrowser();
        var (first, key) = await SignedInAsync(here);
        var (second, same) = await SignedInAsync(there);
        Assert.Equal(key, same);

        using (var ended = await SendAsync(HttpMethod.Delete, "?subject=" + key, """{"reason":"left the company"}""")) Assert.Equal(2, (int?)(await ended.Content.ReadFromJsonAsync<JsonObject>())!["ended"]);

        foreach (var tokens in new[] { first, second }) (await signIn.RefreshAsync((string)tokens["refresh_token"]!)).IsRefused("invalid_grant");
        (await signIn.RefreshAsync((string)others["refresh_token"]!)).IsGranted();
        Assert.Empty(await SessionsAsync($"?subject={key}"));
        Assert.Equal(2, (await signIn.Broker.AuditAsync($"type=signin.session_ended&subject={key}")).Count);
        using var none = await SendAsync(HttpMethod.Delete, "?subject=" + key, """{"reason":"again"}""");
        Assert.Equal(0, (int?)(await none.Content.ReadFromJsonAsync<JsonObject>())!["ended"]);
    }

    [Fact]
    public async Task Is_active_as_long_as_the_browser_or_a_refresh_token_is_and_expired_then()
    {
        signIn.Provider.Person = "00u-expires";
        var (tokens, key) = await SignedInAsync();
        using var elsewhere = signIn.NewBrowser();
        await signIn.CodeAsync(elsewhere);          // a code that nobody redeems keeps nothing
        Assert.Equal(2, (await SessionsAsync($"?subject={key}")).Count);

        signIn.Clock.Advance(TimeSpan.FromHours(7));
        tokens = (await signIn.RefreshAsync((string)tokens["refresh_token"]!)).IsGranted().Body!;
        signIn.Clock.Advance(TimeSpan.FromHours(6));
        var left = Assert.Single(await SessionsAsync($"?subject={key}"))!;
        Assert.Equal((string?)Shared.Jwts.Claims((string)tokens["id_token"]!)["sid"], (string?)left["sid"]);
        Assert.Equal(["active", "expired"], (await SessionsAsync($"?subject={key}&state=all")).Select(one => (string?)one!["state"]).Order());

        signIn.Clock.Advance(TimeSpan.FromHours(9));
        Assert.Empty(await SessionsAsync($"?subject={key}"));
    }

    [Fact]
    public async Task Pages_from_the_newest_to_the_oldest()
    {
        signIn.Provider.Person = "00u-pages";
        var key = "";
        for (var n = 0; n < 3; n++)
        {
            using var browser = signIn.NewBrowser();
            (_, key) = await SignedInAsync(browser);
            signIn.Clock.Advance(TimeSpan.FromSeconds(2));
        }
        var all = (await SessionsAsync($"?subject={key}")).Select(one => (string)one!["sid"]!).ToList();
        var times = (await SessionsAsync($"?subject={key}")).Select(one => (DateTimeOffset)one!["signed_in_at"]!).ToList();
        Assert.Equal(times.OrderDescending(), times);

        var paged = new List<string>();
        string? after = null;
        do
        {
            using var answer = await SendAsync(HttpMethod.Get, $"?subject={key}&limit=2{(after is null ? "" : "&after=" + after)}");
            var page = (await answer.Content.ReadFromJsonAsync<JsonObject>())!;
            paged.AddRange(page["sessions"]!.AsArray().Select(one => (string)one!["sid"]!));
            after = (string?)page["next"];
        }
        while (after is not null);
        Assert.Equal(all, paged);
    }

    [Theory]
    [InlineData("GET", "?state=over", null, HttpStatusCode.BadRequest)]
    [InlineData("GET", "?limit=0", null, HttpStatusCode.BadRequest)]
    [InlineData("GET", "?limit=1&limit=2", null, HttpStatusCode.BadRequest)]
    [InlineData("GET", "?subject=", null, HttpStatusCode.BadRequest)]
    [InlineData("GET", "?subject=%00", null, HttpStatusCode.BadRequest)]
    [InlineData("GET", "?after=%C3%A9", null, HttpStatusCode.BadRequest)]
    [InlineData("GET", "?person=x", null, HttpStatusCode.BadRequest)]
    [InlineData("DELETE", "", """{"reason":"all of them"}""", HttpStatusCode.BadRequest)]
    [InlineData("DELETE", "?subject=s_x&subject=s_y", """{"reason":"x"}""", HttpStatusCode.BadRequest)]
    [InlineData("DELETE", "?subject=s_x&sid=y", """{"reason":"x"}""", HttpStatusCode.BadRequest)]
    [InlineData("DELETE", "?subject=s_x", "{}", HttpStatusCode.BadRequest)]
    [InlineData("DELETE", "?subject=s_x", """{"reason":"a\nb"}""", HttpStatusCode.BadRequest)]
    [InlineData("DELETE", "/unknown", """{"reason":""}""", HttpStatusCode.BadRequest)]
    [InlineData("DELETE", "/unknown", """{"reason":"x"}""", HttpStatusCode.NotFound)]
    public async Task Refuses_what_it_is_not_clear_about(string method, string path, string? body, HttpStatusCode status)
    {
        using var answer = await SendAsync(new HttpMethod(method), path, body);
        Assert.Equal(status, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
    }

    public async ValueTask DisposeAsync()
    {
        _browser.Dispose();
        await _provider.DisposeAsync();
    }

    private async Task<(JsonObject Tokens, string Key)> SignedInAsync(TestBrowser? browser = null)
    {
        var tokens = (await signIn.RedeemAsync(await signIn.CodeAsync(browser ?? _browser, ("scope", "openid profile email offline_access")))).IsGranted().Body!;
        return (tokens, (string)(await signIn.LastAsync("signin.redeemed"))["subject_key"]!);
    }

    private async Task<JsonArray> SessionsAsync(string query)
    {
        using var answer = await SendAsync(HttpMethod.Get, query);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<JsonObject>())!["sessions"]!.AsArray();
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(signIn.Broker.Management, "/admin/v1/sessions" + path));
        request.Headers.Authorization = new("Bearer", BrokerFixture.ManagementToken);
        if (body is not null) request.Content = new StringContent(body, new System.Net.Http.Headers.MediaTypeHeaderValue("application/json"));
        return await signIn.Broker.Http.SendAsync(request);
    }
}
