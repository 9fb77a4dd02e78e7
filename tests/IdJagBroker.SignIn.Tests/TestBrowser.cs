using System.Net;
using System.Text.RegularExpressions;

namespace IdJagBroker.Tests.SigningIn;

/// <summary>Where a browser ended up: at a page, or at an address of the application, which nobody listens at here.</summary>
internal sealed record Landing(Uri At, HttpStatusCode Status, string Html, System.Net.Http.Headers.HttpResponseHeaders? Headers = null)
{
    /// <summary>A parameter that the application is brought; null at a page.</summary>
    public string? this[string name] => Html.Length > 0 ? null : System.Web.HttpUtility.ParseQueryString(At.Query)[name];

    /// <summary>The addresses of the page's links, by their text.</summary>
    public IReadOnlyDictionary<string, string> Links => Regex.Matches(Html, """<a [^>]*href="([^"]+)">([^<]+)</a>""")
        .ToDictionary(link => WebUtility.HtmlDecode(link.Groups[2].Value), link => WebUtility.HtmlDecode(link.Groups[1].Value), StringComparer.Ordinal);

    /// <summary>The hidden fields of the page's form.</summary>
    public Dictionary<string, string> Fields => Regex.Matches(Html, """<input type="hidden" name="([^"]+)" value="([^"]*)">""")
        .ToDictionary(input => input.Groups[1].Value, input => WebUtility.HtmlDecode(input.Groups[2].Value), StringComparer.Ordinal);

    public string Heading => WebUtility.HtmlDecode(Regex.Match(Html, "<h1[^>]*>([^<]+)</h1>").Groups[1].Value);

    /// <summary>Where the page sends the browser by itself.</summary>
    public Uri GoesOnTo => new(WebUtility.HtmlDecode(Regex.Match(Html, """http-equiv="refresh" content="0;url=([^"]+)">""").Groups[1].Value));
}

/// <summary>A browser without a window: keeps cookies as browsers do, each for its host and path, and follows redirects until they leave for an application.</summary>
internal sealed class TestBrowser : IDisposable
{
    private const int MaxHops = 10;
    private static readonly UriCreationOptions AsItStands = new() { DangerousDisablePathAndQueryCanonicalization = true };
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });

    /// <summary>Cookies, those of <c>127.0.0.1</c>; ports do not tell them apart.</summary>
    public Dictionary<string, string> Cookies { get; } = new(StringComparer.Ordinal);

    /// <summary>Every <c>Set-Cookie</c> that came.</summary>
    public List<string> SetCookies { get; } = [];

    /// <summary>Whose address is the application's.</summary>
    public Func<Uri, bool> IsApplication { get; set; } = url => url.Port == SignInFixture.ApplicationPort || url.Scheme is not "http";

    /// <summary>The addresses that were gone through.</summary>
    public List<Uri> Hops { get; } = [];

    public Task<Landing> GoAsync(string url) => SendAsync(() => new HttpRequestMessage(HttpMethod.Get, new Uri(url, AsItStands)));

    public Task<Landing> PostAsync(string url, IEnumerable<KeyValuePair<string, string>> form) => SendAsync(() => new HttpRequestMessage(HttpMethod.Post, url) { Content = new FormUrlEncodedContent(form) });

    public void Dispose() => _http.Dispose();

    private async Task<Landing> SendAsync(Func<HttpRequestMessage> make)
    {
        for (var hop = 0; hop < MaxHops; hop++)
        {
            using var request = make();
            Hops.Add(request.RequestUri!);
            if (Cookies.Count > 0) request.Headers.Add("Cookie", string.Join("; ", Cookies.Select(cookie => $"{cookie.Key}={cookie.Value}")));
            using var response = await _http.SendAsync(request);
            Keep(response);
            if (response.Headers.Location is not { } location) return new Landing(request.RequestUri!, response.StatusCode, await response.Content.ReadAsStringAsync(), response.Headers);
            var next = new Uri(request.RequestUri!, location);
            if (IsApplication(next)) return new Landing(next, response.StatusCode, "", response.Headers);
            make = () => new HttpRequestMessage(HttpMethod.Get, next);
        }
        throw new InvalidOperationException("It is sent round and round.");
    }

    private void Keep(HttpResponseMessage response)
    {
        if (!response.Headers.TryGetValues("Set-Cookie", out var lines)) return;
        foreach (var line in lines)
        {
            SetCookies.Add(line);
            var pair = line.Split(';')[0];
            var (name, value) = (pair[..pair.IndexOf('=')], pair[(pair.IndexOf('=') + 1)..]);
            if (value.Length is 0 || line.Contains("expires=Thu, 01 Jan 1970", StringComparison.OrdinalIgnoreCase)) Cookies.Remove(name);
            else Cookies[name] = value;
        }
    }
}
