using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace IdJagBroker.Browser.Tests.Harness;

/// <summary>The harness finds what it is there to find: each page here has one fault.</summary>
public sealed class HarnessTests(Chromium chromium) : Scenario(chromium)
{
    private const string Style = "main { max-width: 20rem } @media (prefers-color-scheme: dark) { main { color: #eee; background: #111 } a { color: #8ab4f8 } .night { color: #444 } }";

    private static readonly string Policy =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

    [Fact]
    public async Task A_page_without_fault_keeps_to_every_rule()
    {
        await using var server = await ServerAsync("<form><label>Name <input name=n></label> <button>Go on</button></form>");
        var somebody = await SomebodyAsync();
        Assert.Empty(await (await somebody.OpenAsync(server.Url)).BrokenRulesAsync());
        Assert.Empty(await somebody.ComplaintsAsync());
    }

    [Theory]
    [InlineData("accessibility", "<p style=\"color: #999; background: #aaa\">Hard to read</p>", "light: color-contrast (serious): ", "dark: color-contrast (serious): ")]
    [InlineData("accessibility", "<p class=night>Hard to read at night</p>", "dark: color-contrast (serious): .night")]
    [InlineData("accessibility", "<input name=n>", "light: label (critical): input", "dark: label (critical): input")]
    [InlineData("narrow", "<div style=\"width: 400px\">Wide</div>", "scrolls sideways at 320 px: ")]
    [InlineData("large", "<p><span style=\"display: inline-block; width: 25rem\">Wide</span></p>", "scrolls sideways with text of 200 %: ")]
    [InlineData("keyboard", "<p><a href=/elsewhere style=\"outline: none\">Somewhere else</a></p>", "no focus to see on <a ")]
    [InlineData("keyboard", "<p><a href=/elsewhere tabindex=-1>Never reached</a></p>", "Tab does not reach <a ")]
    [InlineData("keyboard", "<p><a href=/a>First</a> <a href=/b tabindex=1>Second, reached first</a></p>", "Tab does not reach <a ")]
    [InlineData("scripts", "<p onclick=\"x()\">Press</p>", "a script in p's onclick")]
    [InlineData("scripts", "<p><a href=\"javascript:x()\">Press</a></p>", "a script in a's href")]
    [InlineData("scripts", "<script>1</script>", "a script element")]
    public async Task A_fault_in_the_page_breaks_its_rule(string rule, string fault, params string[] findings)
    {
        await using var server = await ServerAsync(fault, ("Content-Security-Policy", null));
        var broken = await (await (await SomebodyAsync()).OpenAsync(server.Url)).BrokenRulesAsync(rule);
        Assert.Equal(findings.Length, broken.Count);
        Assert.All(findings.Zip(broken), pair => Assert.StartsWith(pair.First, pair.Second, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Content-Security-Policy", null, "default-src", "base-uri", "frame-ancestors", "form-action")]
    [InlineData("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'", "script-src", "style-src")]
    [InlineData("Cache-Control", "private", "cache-control")]
    [InlineData("Content-Type", "text/html", "content-type")]
    [InlineData("Referrer-Policy", "origin", "referrer-policy")]
    [InlineData("X-Content-Type-Options", null, "x-content-type-options")]
    [InlineData("X-Frame-Options", "SAMEORIGIN", "x-frame-options")]
    public async Task A_fault_in_a_header_breaks_its_rule(string header, string? value, params string[] rules)
    {
        await using var server = await ServerAsync("", (header, value));
        Assert.Equal(rules, (await (await (await SomebodyAsync()).OpenAsync(server.Url)).BrokenRulesAsync("headers")).Select(found => found.Split(' ')[0]));
    }

    [Theory]
    [InlineData("<img alt=\"\" src=\"http://192.0.2.1/pixel.png\">", "asked for http://192.0.2.1/pixel.png")]
    [InlineData("<img alt=\"\" src=\"http://pixels.example/pixel.png\">", "asked for http://pixels.example/pixel.png")]
    [InlineData("<img alt=\"\" src=\"/missing\">", "console: Failed to load resource: the server responded with a status of 404")]
    [InlineData("<script>throw new Error('oops')</script>", "script: oops")]
    [InlineData("<script>console.warn('hm')</script>", "console: hm")]
    [InlineData("<script>alert('Hello')</script>", "dialog: Hello")]
    public async Task What_no_page_may_do_is_noticed(string fault, string complaint)
    {
        await using var server = await ServerAsync(fault, ("Content-Security-Policy", null));
        var somebody = await SomebodyAsync();
        await somebody.OpenAsync(server.Url);
        Assert.Contains(await somebody.ComplaintsAsync(), found => found.StartsWith(complaint, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("<script>1</script>")]
    [InlineData("<p style=\"color: red\">Red</p>")]
    [InlineData("<img alt=\"\" src=\"/pixel.png\">")]
    public async Task What_the_policy_of_the_page_forbids_is_noticed(string fault)
    {
        await using var server = await ServerAsync(fault);
        var somebody = await SomebodyAsync();
        await somebody.OpenAsync(server.Url);
        Assert.Contains("Content Security Policy", Assert.Single(await somebody.ComplaintsAsync()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_document_may_come_with_any_status()
    {
        await using var server = await ServerAsync("");
        var page = await (await SomebodyAsync()).OpenAsync(server.Url + "/missing");
        Assert.Equal(404, await page.StatusAsync());
    }

    [Fact]
    public async Task What_is_not_there_is_reported_with_what_is()
    {
        await using var server = await ServerAsync("<p>Something else</p>");
        var page = await (await SomebodyAsync()).OpenAsync(server.Url);
        var failure = await Assert.ThrowsAsync<BrowserException>(() => page.SeesHeadingAsync("What is not there", milliseconds: 500));
        Assert.Contains("Something else", failure.Message, StringComparison.Ordinal);
        Assert.Contains(server.Url, failure.Message, StringComparison.Ordinal);
    }

    private static Task<PageServer> ServerAsync(string html, params (string Name, string? Value)[] headers) => PageServer.StartAsync(async http =>
    {
        if (http.Request.Path == "/missing") http.Response.StatusCode = 404;
        var given = http.Response.Headers;
        (given.ContentSecurityPolicy, given.CacheControl, given.XContentTypeOptions, given.XFrameOptions, given["Referrer-Policy"]) = (Policy, "no-store", "nosniff", "DENY", "no-referrer");
        given.ContentType = "text/html; charset=utf-8";
        foreach (var (name, value) in headers) given[name] = value;
        await http.Response.WriteAsync($"""<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>A page</title><style>{Style}</style></head><body><main><h1>A page</h1><p>Of a test.</p>{html}</main></body></html>""");
    });
}
