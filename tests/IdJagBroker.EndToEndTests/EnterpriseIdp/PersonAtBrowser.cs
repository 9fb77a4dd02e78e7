using System.Net;
using System.Web;
using IdJagBroker.Demo.Walk;

namespace IdJagBroker.EndToEndTests.EnterpriseIdp;

/// <summary>A person at a browser of her own, a page at a time: cookies are kept, redirects are looked at and not followed.</summary>
internal sealed class PersonAtBrowser : IDisposable
{
    private readonly HttpClient _http;

    public PersonAtBrowser() =>
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, CookieContainer = Cookies });

    public CookieContainer Cookies { get; } = new();

    public async Task<Page> OpenAsync(Uri address)
    {
        using var response = await _http.GetAsync(address);
        return await Page.ReadAsync(address, response);
    }

    public async Task<Page> PostAsync(Uri address, params (string Name, string Value)[] fields)
    {
        using var content = new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));
        using var response = await _http.PostAsync(address, content);
        return await Page.ReadAsync(address, response);
    }

    /// <summary>Submits the form of a page; a null value leaves a field out, as an unticked box is.</summary>
    public async Task<Page> SubmitAsync(Page page, params (string Name, string? Value)[] changes)
    {
        var fields = page.Form!.Fields.Where(field => field.Key is not "key").ToDictionary(field => field.Key, field => (string?)field.Value);
        foreach (var (name, value) in changes) fields[name] = value;
        return await PostAsync(page.Form.Action, [.. fields.Where(field => field.Value is not null).Select(field => (field.Key, field.Value!))]);
    }

    /// <summary>Fills in the login form.</summary>
    public Task<Page> LogInAsync(Page page, string userName = "ana", string password = RunningIdp.Password, bool securityKey = false) =>
        SubmitAsync(page, ("username", userName), ("password", password), ("key", securityKey ? "yes" : null));

    public void Dispose() => _http.Dispose();

    /// <summary>What came back.</summary>
    internal sealed record Page(HttpStatusCode Status, Uri? Location, string Html, LoginForm? Form, IReadOnlyList<string> SetCookies, string Policy)
    {
        /// <summary>A parameter of the answer to the application.</summary>
        public string? this[string name] => Location is null ? null : HttpUtility.ParseQueryString(Location.Query)[name];

        /// <summary>What the page says is wrong.</summary>
        public string? Problem => LoginForm.ProblemOf(Html);

        public static async Task<Page> ReadAsync(Uri address, HttpResponseMessage response)
        {
            var html = await response.Content.ReadAsStringAsync();
            var location = response.Headers.Location is { } uri ? new Uri(address, uri) : null;
            return new Page(response.StatusCode, location, html, LoginForm.Find(address, html), Header("Set-Cookie"), string.Join(", ", Header("Content-Security-Policy")));

            IReadOnlyList<string> Header(string name) => response.Headers.TryGetValues(name, out var values) ? [.. values] : [];
        }
    }
}
