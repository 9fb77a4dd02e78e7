using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace IdJagBroker.Demo.EnterpriseIdp;

/// <summary>What all pages have in common. No script, no image, nothing from elsewhere; whatever came from outside is encoded.</summary>
internal static class IdpPage
{
    private const string Style = """
        :root { color-scheme: light dark; --ink: #1b2330; --paper: #f3f5f8; --card: #fff; --line: #7a8699; --accent: #0b57d0; --on: #fff; --bad: #a3161b }
        @media (prefers-color-scheme: dark) { :root { --ink: #e8ecf3; --paper: #12161d; --card: #1c222c; --line: #8491a6; --accent: #8ab4f8; --on: #10151d; --bad: #ff9c94 } }
        * { box-sizing: border-box }
        body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere }
        main { width: 100%; max-width: 24rem; padding: clamp(1rem, 6vw, 2rem); background: var(--card); border: 1px solid var(--line); border-radius: .75rem }
        h1 { margin: 0 0 .25rem; font-size: 1.4rem } p { margin: 0 0 1.25rem }
        label { display: block; margin: 0 0 .25rem; font-weight: 600 }
        input { width: 100%; margin: 0 0 1rem; padding: .6rem .75rem; font: inherit; color: inherit; background: transparent; border: 1px solid var(--line); border-radius: .4rem }
        .choice { display: flex; align-items: center; gap: .6rem; min-height: 1.5rem; margin: 0 0 1rem } .choice input { flex: none; width: 1.5rem; height: 1.5rem; margin: 0; accent-color: var(--accent) } .choice label { margin: 0 }
        button { width: 100%; padding: .7rem; font: inherit; font-weight: 600; color: var(--on); background: var(--accent); border: 1px solid var(--accent); border-radius: .4rem; cursor: pointer }
        button.other { margin-top: .75rem; color: var(--accent); background: transparent }
        :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
        .problem { color: var(--bad); font-weight: 600 }
        """;

    private static readonly string StyleHash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)));

    /// <summary>A page.</summary>
    /// <param name="title">What the page is, without the company.</param>
    /// <param name="company">Whose provider it is.</param>
    /// <param name="body">HTML.</param>
    /// <param name="status">The HTTP status.</param>
    /// <param name="answerUri">Where the answer to the page's form may lead; null if the page has no form.</param>
    public static IResult Of(HttpContext http, string title, string company, string body, int status = 200, string? answerUri = null)
    {
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy = $"default-src 'none'; style-src 'sha256-{StyleHash}'; base-uri 'none'; frame-ancestors 'none'; form-action {FormActions(answerUri)}";
        headers.CacheControl = "no-store";
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        var html = $"""
            <!doctype html>
            <html lang="en">
            <head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{Encode(title)} – {Encode(company)}</title><style>{Style}</style></head>
            <body><main>
            {body}
            </main></body>
            </html>
            """;
        return Results.Content(html, "text/html; charset=utf-8", Encoding.UTF8, status);
    }

    /// <summary>Text for HTML, also within quotes.</summary>
    public static string Encode(string text) => WebUtility.HtmlEncode(text);

    // form-action governs every redirect that follows the form. A broker sends the browser on from its own address to that of an
    // application on the person's machine, whose port nobody knows beforehand.
    private static string FormActions(string? answerUri)
    {
        if (answerUri is null) return "'none'";
        var uri = new Uri(answerUri);
        var origin = uri.Scheme is "http" or "https" ? $"{uri.Scheme}://{uri.Authority}" : $"{uri.Scheme}:";
        return $"'self' {origin}{(uri.IsLoopback ? " http://127.0.0.1:* http://localhost:*" : "")}";
    }
}
