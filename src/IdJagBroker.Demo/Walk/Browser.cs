using System.Net;

namespace IdJagBroker.Demo.Walk;

/// <summary>One address that the browser opened, and the status of the answer.</summary>
internal sealed record Hop(HttpMethod Method, Uri Url, HttpStatusCode Status);

/// <summary>
/// A person at a browser, scripted: opens a page, fills in the login form that it finds, goes on where a page asks whether to, follows every redirect with its cookies,
/// and stops where it is led to the application. It never leaves this machine.
/// </summary>
internal sealed class Browser : IDisposable
{
    private const int MaxPages = 20;
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, UseCookies = false });
    private readonly CookieJar _cookies = new(TimeProvider.System);
    private readonly List<Hop> _hops = [];

    /// <summary>What was opened, the last sign-in's.</summary>
    public IReadOnlyList<Hop> Hops => _hops;

    /// <summary>Signs in.</summary>
    /// <param name="address">Where the application sent the browser: an authorization endpoint with its query.</param>
    /// <param name="redirectUri">The application's own address; what leads to it is captured, not fetched.</param>
    /// <param name="userName">What is typed in.</param>
    /// <param name="password">What is typed in.</param>
    /// <param name="ct">Ends the attempt.</param>
    /// <exception cref="SignInFailedException">A page said no, or the browser was led away from this machine or in circles.</exception>
    public async Task<AuthorizationResponse> SignInAsync(Uri address, Uri redirectUri, string userName, string password, CancellationToken ct)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, address);
        var submitted = false;
        _hops.Clear();
        for (var page = 0; page < MaxPages; page++)
        {
            var at = request.RequestUri!;
            if (IsApplication(at, redirectUri)) return AuthorizationResponse.Parse(at);
            using var response = await SendAsync(request, ct);
            if (response.Headers.Location is { } location)
            {
                request = new HttpRequestMessage(HttpMethod.Get, new Uri(at, location));
                continue;
            }
            var html = await response.Content.ReadAsStringAsync(ct);
            if (LoginForm.Find(at, html) is { } form && !submitted)
            {
                submitted = true;
                request = new HttpRequestMessage(HttpMethod.Post, form.Action) { Content = form.FilledIn(userName, password) };
                continue;
            }
            request = GoingOn.From(at, html) ?? throw new SignInFailedException(LoginForm.ProblemOf(html) ?? $"The page answered {(int)response.StatusCode}.");
        }
        throw new SignInFailedException("The browser was sent in circles.");
    }

    /// <summary>Forgets its cookies.</summary>
    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
    {
        var url = request.RequestUri!;
        if (!url.IsLoopback) throw new SignInFailedException($"The browser was led to {url.Host}, away from this machine.");
        if (_cookies.HeaderFor(url) is { } cookies) request.Headers.Add("Cookie", cookies);
        using (request)
        {
            var response = await _http.SendAsync(request, ct);
            _cookies.Keep(url, response.Headers.TryGetValues("Set-Cookie", out var set) ? set : []);
            _hops.Add(new Hop(request.Method, url, response.StatusCode));
            return response;
        }
    }

    private static bool IsApplication(Uri address, Uri redirectUri) =>
        address.GetLeftPart(UriPartial.Path) == redirectUri.GetLeftPart(UriPartial.Path);
}
