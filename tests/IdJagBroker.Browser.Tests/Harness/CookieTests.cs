using Microsoft.AspNetCore.Http;

namespace IdJagBroker.Browser.Tests.Harness;

/// <summary>What the broker's pages build on, and which is Chromium's: that loopback counts as secure, where cookies go, and how far a form may lead.</summary>
public sealed class CookieTests(Chromium chromium) : Scenario(chromium)
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    public async Task Cookies_of_one_host_that_are_secure_work_over_http_on_loopback(string host)
    {
        await using var server = await CountingAsync();
        var (ana, address) = (await SomebodyAsync(), $"http://{host}:{server.Port}/");
        var page = await ana.OpenAsync(address);
        Assert.Equal("no cookie", await page.TextAsync());
        await page.OpenAsync(address);
        Assert.Equal("__Host-session=1", await page.TextAsync());
        Assert.Equal(["__Host-session"], await ana.CookiesAsync(host));

        // Nobody else's, and no other host's; any port's.
        Assert.Equal("no cookie", await (await (await SomebodyAsync()).OpenAsync(address)).TextAsync());
        await page.OpenAsync($"http://{(host is "localhost" ? "127.0.0.1" : "localhost")}:{server.Port}/");
        Assert.Equal("no cookie", await page.TextAsync());
        await using var other = await CountingAsync();
        await page.OpenAsync($"http://{host}:{other.Port}/");
        Assert.Equal("__Host-session=1", await page.TextAsync());
    }

    [Theory]
    [InlineData("'self'", false)]
    [InlineData("'self' NEXT", false)]                  // each hop counts, not only the first
    [InlineData("'self' NEXT LAST", true)]
    public async Task A_form_leads_as_far_as_the_policy_of_its_page_says(string formAction, bool arrives)
    {
        await using var last = await PageServer.StartAsync(http => PageServer.WriteAsync(http, "arrived"));
        await using var next = await PageServer.StartAsync(http => Redirect(http, last.Url));
        await using var first = await PageServer.StartAsync(http => http.Request.Method is "POST" ? Redirect(http, next.Url) : PageServer.WriteAsync(
            http, "<form method=post><button>Go on</button></form>", $"form-action {formAction.Replace("NEXT", next.Url, StringComparison.Ordinal).Replace("LAST", last.Url, StringComparison.Ordinal)}"));
        var somebody = await SomebodyAsync();
        var page = await somebody.OpenAsync(first.Url);
        await page.PressButtonAsync("Go on");

        if (arrives) await page.ArrivesAsync(last.Url);
        else Assert.Contains("form-action", Assert.Single(await somebody.ComplaintsAsync()), StringComparison.Ordinal);
    }

    private static Task<PageServer> CountingAsync() => PageServer.StartAsync(http =>
    {
        var sent = http.Request.Headers.Cookie.ToString();
        http.Response.Headers.SetCookie = "__Host-session=1; Path=/; Secure; HttpOnly; SameSite=Lax";
        return PageServer.WriteAsync(http, sent is "" ? "no cookie" : sent);
    });

    private static Task Redirect(HttpContext http, string to)
    {
        http.Response.StatusCode = 303;
        http.Response.Headers.Location = to;
        return Task.CompletedTask;
    }
}
