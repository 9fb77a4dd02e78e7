using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace IdJagBroker.Demo.EnterpriseIdp;

/// <summary>The two pages that people see. No script, no image, nothing from elsewhere; whatever came from outside is encoded.</summary>
internal static class LoginPage
{
    private const string Style = """
        :root { color-scheme: light dark; --ink: #1b2330; --paper: #f3f5f8; --card: #fff; --line: #7a8699; --accent: #0b57d0; --on: #fff; --bad: #a3161b }
        @media (prefers-color-scheme: dark) { :root { --ink: #e8ecf3; --paper: #12161d; --card: #1c222c; --line: #8491a6; --accent: #8ab4f8; --on: #10151d; --bad: #ff9c94 } }
        * { box-sizing: border-box }
        body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif }
        main { width: 100%; max-width: 24rem; padding: 2rem; background: var(--card); border: 1px solid var(--line); border-radius: .75rem }
        h1 { margin: 0 0 .25rem; font-size: 1.4rem } p { margin: 0 0 1.25rem }
        label { display: block; margin: 0 0 .25rem; font-weight: 600 }
        input { width: 100%; margin: 0 0 1rem; padding: .6rem .75rem; font: inherit; color: inherit; background: transparent; border: 1px solid var(--line); border-radius: .4rem }
        button { width: 100%; padding: .7rem; font: inherit; font-weight: 600; color: var(--on); background: var(--accent); border: 0; border-radius: .4rem; cursor: pointer }
        :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
        .problem { color: var(--bad); font-weight: 600 }
        """;

    private static readonly string StyleHash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)));

    /// <summary>The login form for a pending sign-in.</summary>
    public static IResult Form(HttpContext http, string name, PendingSignIn signIn, string? userName = null, string? problem = null)
    {
        var alert = problem is null ? "" : $"""<p class="problem" role="alert" id="problem">{Encode(problem)}</p>""";
        var described = problem is null ? "" : " aria-describedby=\"problem\" aria-invalid=\"true\"";
        var body = $"""
            <h1>Sign in to Acme</h1>
            <p>to continue to <strong>{Encode(signIn.Request.Client.ClientId)}</strong></p>
            {alert}
            <form method="post" action="/login">
            <input type="hidden" name="request" value="{Encode(name)}">
            <input type="hidden" name="token" value="{Encode(signIn.FormToken)}">
            <label for="username">User name</label>
            <input id="username" name="username" autocomplete="username" autocapitalize="none" spellcheck="false" required value="{Encode(userName ?? "")}"{described}>
            <label for="password">Password</label>
            <input id="password" name="password" type="password" autocomplete="current-password" required{described}>
            <button type="submit">Sign in</button>
            </form>
            """;
        return Page(http, "Sign in", body, problem is null ? 200 : 400, OriginOf(signIn.Request.RedirectUri));
    }

    /// <summary>Why the sign-in ends here; the browser is sent nowhere.</summary>
    public static IResult Problem(HttpContext http, string problem) =>
        Page(http, "Sign-in stopped", $"""<h1>Sign-in stopped</h1><p role="alert">{Encode(problem)}</p>""", 400, null);

    private static IResult Page(HttpContext http, string title, string body, int status, string? answerOrigin)
    {
        var headers = http.Response.Headers;
        // form-action also governs where the answer to the form may redirect, so the application's own origin must be in it.
        headers.ContentSecurityPolicy = $"default-src 'none'; style-src 'sha256-{StyleHash}'; base-uri 'none'; frame-ancestors 'none'; "
            + (answerOrigin is null ? "form-action 'none'" : $"form-action 'self' {answerOrigin}");
        headers.CacheControl = "no-store";
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        var html = $"""
            <!doctype html>
            <html lang="en">
            <head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{title} – Acme</title><style>{Style}</style></head>
            <body><main>
            {body}
            </main></body>
            </html>
            """;
        return Results.Content(html, "text/html; charset=utf-8", Encoding.UTF8, status);
    }

    private static string OriginOf(string redirectUri)
    {
        var uri = new Uri(redirectUri);
        return uri.Scheme is "http" or "https" ? $"{uri.Scheme}://{uri.Authority}" : $"{uri.Scheme}:";
    }

    private static string Encode(string text) => WebUtility.HtmlEncode(text);
}
