using System.Net;

namespace IdJagBroker.Demo.Walk;

/// <summary>
/// A person at a browser, scripted: opens a page, fills in the login form that it finds, follows every redirect with its cookies, and
/// stops where a redirect leads to the application. It never leaves this machine.
/// </summary>
internal sealed class Browser : IDisposable
{
    private const int MaxPages = 20;
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, CookieContainer = new CookieContainer() });

    /// <summary>Signs in.</summary>
    /// <param name="address">Where the application sent the browser: an authorization endpoint with its query.</param>
    /// <param name="redirectUri">The application's own address; a redirect to it is captured, not fetched.</param>
    /// <param name="userName">What is typed in.</param>
    /// <param name="password">What is typed in.</param>
    /// <param name="ct">Ends the attempt.</param>
    /// <exception cref="SignInFailedException">A page said no, or the browser was led away from this machine or in circles.</exception>
    public async Task<AuthorizationResponse> SignInAsync(Uri address, Uri redirectUri, string userName, string password, CancellationToken ct)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, address);
        var submitted = false;
        for (var page = 0; page < MaxPages; page++)
        {
            if (IsApplication(request.RequestUri!, redirectUri)) return AuthorizationResponse.Parse(request.RequestUri!);
            using var response = await SendAsync(request, ct);
            if (response.Headers.Location is { } location)
            {
                request = new HttpRequestMessage(HttpMethod.Get, new Uri(request.RequestUri!, location));
                continue;
            }
            var html = await response.Content.ReadAsStringAsync(ct);
            var form = LoginForm.Find(request.RequestUri!, html);
            if (submitted || form is null) throw new SignInFailedException(LoginForm.ProblemOf(html) ?? $"The page answered {(int)response.StatusCode}.");
            request = new HttpRequestMessage(HttpMethod.Post, form.Action) { Content = form.FilledIn(userName, password) };
            submitted = true;
        }
        throw new SignInFailedException("The browser was sent in circles.");
    }

    /// <summary>Forgets its cookies.</summary>
    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
    {
        if (!request.RequestUri!.IsLoopback) throw new SignInFailedException($"The browser was led to {request.RequestUri.Host}, away from this machine.");
        using (request) return await _http.SendAsync(request, ct);
    }

    private static bool IsApplication(Uri address, Uri redirectUri) =>
        address.GetLeftPart(UriPartial.Path) == redirectUri.GetLeftPart(UriPartial.Path);
}
