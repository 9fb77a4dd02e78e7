using System.Net;
using System.Net.Sockets;
using IdJagBroker.Egress;
using IdJagBroker.Tests.Upstreams;
using Microsoft.AspNetCore.Http;

namespace IdJagBroker.Tests.Egress;

/// <summary>The one way out (SEC-16, D16), against real sockets.</summary>
public sealed class EgressClientTests : IAsyncLifetime
{
    private static readonly EgressLimits Limits = new(1000, TimeSpan.FromSeconds(2), PrivateNetwork: true);
    private readonly EgressClient _egress = new(allowLoopbackHttp: true);
    private ProviderHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await ProviderHost.StartAsync();

    public async ValueTask DisposeAsync()
    {
        _egress.Dispose();
        await _host.DisposeAsync();
    }

    private Task<EgressResponse> GetAsync(string path) => _egress.GetAsync(new Uri(_host.Url + path), Limits, default);

    private async Task<string> FailsAsync(string path) => (await Assert.ThrowsAsync<HttpRequestException>(async () => (await GetAsync(path)).Ok())).Message;

    [Theory, Trait("Spec", "SEC-16")]
    [InlineData("127.0.0.1"), InlineData("localhost"), InlineData("[::ffff:127.0.0.1]"), InlineData("2130706433")]
    public async Task Connects_to_no_address_of_special_use_whatever_the_name_is(string host)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var production = new EgressClient(allowLoopbackHttp: false);

        var failure = await Assert.ThrowsAsync<HttpRequestException>(() =>
            production.GetAsync(new Uri($"https://{host}:{((IPEndPoint)listener.LocalEndpoint).Port}/"), Limits, default));
        Assert.Contains("no address that may be connected to", failure.ToString(), StringComparison.Ordinal);
        Assert.False(listener.Pending());
    }

    [Fact, Trait("Spec", "SEC-16")]
    public async Task Does_not_even_try_a_private_address_of_a_host_that_is_not_registered_so()
    {
        var failure = await Assert.ThrowsAsync<HttpRequestException>(() =>
            _egress.GetAsync(new Uri("https://10.255.255.1/"), Limits with { PrivateNetwork = false }, default));
        Assert.Contains("no address that may be connected to", failure.ToString(), StringComparison.Ordinal);
    }

    [Theory, Trait("Spec", "SEC-16")]
    [InlineData("http://issuer.example/"), InlineData("http://10.0.0.1/"), InlineData("ftp://127.0.0.1/"), InlineData("file:///etc/passwd"), InlineData("https://user:pw@issuer.example/")]
    public async Task Speaks_https_only_and_http_on_loopback_in_development(string url) =>
        Assert.Equal("The URL is not https.", (await Assert.ThrowsAsync<HttpRequestException>(() => _egress.GetAsync(new Uri(url), Limits, default))).Message);

    [Fact, Trait("Spec", "SEC-16")]
    public async Task Speaks_no_http_at_all_in_production()
    {
        using var production = new EgressClient(allowLoopbackHttp: false);
        Assert.False(production.IsPermitted(new Uri(_host.Url)));
        await Assert.ThrowsAsync<HttpRequestException>(() => production.GetAsync(new Uri(_host.Url), Limits, default));
        Assert.Empty(_host.Asked);
    }

    [Fact, Trait("Spec", "SEC-16")]
    public async Task Follows_no_redirect_and_keeps_no_cookie()
    {
        _host.On("/moved", "", 302, response => (response.Headers.Location, response.Headers.SetCookie) = ("/there", "a=b"));
        _host.On("/there", http => http.Response.WriteAsync(http.Request.Headers.Cookie.ToString()));

        Assert.Equal("HTTP 302", await FailsAsync("/moved"));
        Assert.Equal(0, _host.CountOf("/there"));
        Assert.Empty((await GetAsync("/there")).Ok().ToArray());
    }

    [Fact, Trait("Spec", "SEC-16")]
    public async Task Reads_no_more_than_it_was_told_to()
    {
        _host.On("/full", new string('x', 1000));
        _host.On("/said", http => { http.Response.ContentLength = 1001; return http.Response.WriteAsync(new string('x', 1001)); });
        _host.On("/unsaid", async http =>
        {
            for (var i = 0; i < 100_000 && !http.RequestAborted.IsCancellationRequested; i++) await http.Response.WriteAsync(new string('x', 100));
        });

        Assert.Equal(1000, (await GetAsync("/full")).Ok().Length);
        Assert.Equal("The document is too large.", await FailsAsync("/said"));
        Assert.Equal("The document is too large.", await FailsAsync("/unsaid"));
    }

    [Fact, Trait("Spec", "SEC-16")]
    public async Task Waits_no_longer_than_it_was_told_to_for_the_last_byte()
    {
        _host.On("/drip", async http =>
        {
            while (!http.RequestAborted.IsCancellationRequested)
            {
                await http.Response.WriteAsync("x");
                await http.Response.Body.FlushAsync();
                await Task.Delay(200);
            }
        });
        _host.On("/silent", http => Task.Delay(TimeSpan.FromSeconds(20), http.RequestAborted));

        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        Assert.Equal(["It took too long.", "It took too long."], await Task.WhenAll(FailsAsync("/drip"), FailsAsync("/silent")));
        Assert.InRange(System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalSeconds, 1.5, 5);
    }

    [Fact]
    public async Task Tells_a_caller_who_went_away_from_a_host_that_is_slow()
    {
        _host.On("/silent", http => Task.Delay(TimeSpan.FromSeconds(20), http.RequestAborted));
        using var caller = new CancellationTokenSource(200);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _egress.GetAsync(new Uri(_host.Url + "/silent"), Limits, caller.Token));
    }
}
