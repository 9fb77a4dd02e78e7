using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace IdJagBroker.SignIn.Pages;

/// <summary>
/// A page for people: no script, no image, nothing from elsewhere; in no frame; kept by nobody. Whatever came from outside is encoded.
/// </summary>
internal static class Page
{
    private const string Style = """
        :root { color-scheme: light dark; --ink: #1b2330; --soft: #4b566a; --paper: #f3f5f8; --card: #fff; --line: #7a8699; --accent: #0b57d0; --on: #fff; --bad: #a3161b }
        @media (prefers-color-scheme: dark) { :root { --ink: #e8ecf3; --soft: #b4bdcc; --paper: #12161d; --card: #1c222c; --line: #8491a6; --accent: #8ab4f8; --on: #10151d; --bad: #ff9c94 } }
        * { box-sizing: border-box }
        body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif }
        main { width: 100%; max-width: 26rem; padding: 2rem 1.5rem; background: var(--card); border: 1px solid var(--line); border-radius: .75rem; overflow-wrap: anywhere }
        h1 { margin: 0 0 .5rem; font-size: 1.4rem; line-height: 1.3 } p { margin: 0 0 1rem } ul { list-style: none; margin: 0; padding: 0 } dl { margin: 0 0 1.25rem } dt { color: var(--soft) } dd { margin: 0 0 .75rem; font-weight: 600 }
        .go { display: block; width: 100%; margin: 0 0 .75rem; padding: .7rem .9rem; font: inherit; font-weight: 600; text-align: center; text-decoration: none; color: var(--on); background: var(--accent); border: 1px solid var(--accent); border-radius: .4rem; cursor: pointer }
        .other { color: var(--accent); background: transparent }
        .small { color: var(--soft); font-size: .875rem } .small:last-child { margin: 0 }
        h1.bad { color: var(--bad) }
        a { color: var(--accent) } :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
        """;

    private static readonly string StyleHash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)));

    /// <summary>Encodes text for HTML.</summary>
    public static string Encode(string text) => WebUtility.HtmlEncode(text);

    /// <param name="http">The request.</param>
    /// <param name="title">What the browser's tab says.</param>
    /// <param name="body">HTML.</param>
    /// <param name="status">The status.</param>
    /// <param name="goesOnTo">Where the browser goes on by itself, at once; null to stay.</param>
    public static Task WriteAsync(HttpContext http, string title, string body, int status = StatusCodes.Status200OK, string? goesOnTo = null)
    {
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy = $"default-src 'none'; style-src 'sha256-{StyleHash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
        headers.XFrameOptions = "DENY";
        headers.XContentTypeOptions = "nosniff";
        headers.CacheControl = "no-store";
        headers["Referrer-Policy"] = "no-referrer";
        var refresh = goesOnTo is null ? "" : $"""<meta http-equiv="refresh" content="0;url={Encode(goesOnTo)}">""";
        var html = $"""
            <!doctype html>
            <html lang="en">
            <head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">{refresh}<title>{Encode(title)}</title><style>{Style}</style></head>
            <body><main>
            {body}
            </main></body>
            </html>
            """;
        var utf8 = Encoding.UTF8.GetBytes(html);
        http.Response.StatusCode = status;
        http.Response.ContentType = "text/html; charset=utf-8";
        http.Response.ContentLength = utf8.Length;
        return http.Response.Body.WriteAsync(utf8, http.RequestAborted).AsTask();
    }
}
