using System.Diagnostics;
using System.Net;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Shared;
using IdJagBroker.Upstreams;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace IdJagBroker.Tests.Upstreams;

/// <summary>Where keys come from and what a fetch puts up with (SEC-10, SEC-16), against an upstream on loopback that turns hostile.</summary>
public sealed class UpstreamMetadataTests : IAsyncLifetime
{
    private const int LimitBytes = 256 * 1024;
    private readonly InProcessSigningKey _key = InProcessSigningKey.CreateEs256();
    private readonly UpstreamMetadata _metadata = new(new HttpClient(UpstreamMetadata.Handler()), allowLoopbackHttp: true);
    private WebApplication _app = null!;
    private Issuer _issuer = null!;
    private int _canaryHits;

    private string Keys => System.Text.Encoding.UTF8.GetString(new JsonWebKeySet([_key.PublicKey]).ToUtf8());

    private RequestDelegate _discovery = null!;
    private RequestDelegate _keys = null!;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.Urls.Add($"http://127.0.0.1:{FreePort.Next()}");
        _app.MapGet("/.well-known/openid-configuration", http => _discovery(http));
        _app.MapGet("/keys", http => _keys(http));
        _app.MapGet("/canary", http => { Interlocked.Increment(ref _canaryHits); return http.Response.WriteAsync(Keys); });
        await _app.StartAsync();
        Assert.True(Issuer.TryParse(_app.Urls.Single(), true, out var issuer));
        _issuer = issuer;
        _discovery = http => http.Response.WriteAsync(Discovery());
        _keys = http => http.Response.WriteAsync(Keys);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _key.Dispose();
    }

    private string Discovery(string? issuer = null, string? jwksUri = null) => $$"""{"issuer":"{{issuer ?? _issuer.Value}}","jwks_uri":"{{jwksUri ?? _issuer.Value + "/keys"}}"}""";

    private Task<JsonWebKeySet> FetchAsync(Uri? pinned = null) => _metadata.FetchKeysAsync(_issuer, pinned, default);

    [Fact, Trait("Spec", "SEC-10")]
    public async Task Reads_a_key_set_that_is_just_small_enough_found_by_discovery_or_pinned()
    {
        _keys = http => http.Response.WriteAsync(Keys + new string(' ', LimitBytes - Keys.Length));
        Assert.Single((await FetchAsync()).Keys);

        _discovery = http => throw new InvalidOperationException("A pinned address is not looked up.");
        Assert.Single((await FetchAsync(new Uri(_issuer.Value + "/keys"))).Keys);
    }

    [Theory, Trait("Spec", "SEC-16")]
    [InlineData("redirect"), InlineData("too big"), InlineData("declared too big"), InlineData("created"), InlineData("html"), InlineData("array"), InlineData("no keys"), InlineData("no usable key"), InlineData("keys twice")]
    public async Task Takes_no_key_set_but_a_small_direct_and_well_formed_one(string how)
    {
        _keys = async http =>
        {
            if (how is "redirect") http.Response.Redirect(_issuer.Value + "/canary");
            if (how is "created") http.Response.StatusCode = 201;
            if (how is "declared too big") http.Response.ContentLength = LimitBytes + 1;
            await http.Response.WriteAsync(how switch
            {
                "too big" or "declared too big" => Keys + new string(' ', LimitBytes + 1 - Keys.Length),
                "html" => "<html></html>",
                "array" => "[]",
                "no keys" => """{"keys":[]}""",
                "no usable key" => """{"keys":[{"kty":"oct","k":"AAAA"}]}""",
                "keys twice" => $"{Keys[..^1]},{Keys[1..]}",
                "redirect" => "",
                _ => Keys,
            });
        };

        var failure = await Assert.ThrowsAnyAsync<Exception>(() => FetchAsync());
        Assert.True(failure is HttpRequestException or InvalidDataException, failure.ToString());
        Assert.Equal(0, _canaryHits);
    }

    [Theory, Trait("Spec", "SEC-10")]
    [InlineData("""{"issuer":"https://evil.example","jwks_uri":"ISSUER/canary"}""")]
    [InlineData("""{"issuer":"ISSUER/","jwks_uri":"ISSUER/canary"}""")]
    [InlineData("""{"issuer":"ISSUER.evil.example","jwks_uri":"ISSUER/canary"}""")]
    [InlineData("""{"issuer":["ISSUER"],"jwks_uri":"ISSUER/canary"}""")]
    [InlineData("""{"jwks_uri":"ISSUER/canary"}""")]
    [InlineData("""{"issuer":"https://evil.example","issuer":"ISSUER","jwks_uri":"ISSUER/canary"}""")]
    [InlineData("""{"issuer":"ISSUER","jwks_uri":"ISSUER/keys","jwks_uri":"ISSUER/canary"}""")]
    [InlineData("""{"issuer":"ISSUER"}""")]
    [InlineData("""{"issuer":"ISSUER","jwks_uri":7}""")]
    [InlineData("""{"issuer":"ISSUER","jwks_uri":null}""")]
    [InlineData("""{"issuer":"ISSUER","jwks_uri":"/canary"}""")]
    [InlineData("""{"issuer":"ISSUER","jwks_uri":"\ud800"}""")]
    [InlineData("""["ISSUER"]""")]
    [InlineData("{")]
    public async Task Takes_no_address_from_a_document_that_is_not_exactly_the_issuers(string document)
    {
        _discovery = http => http.Response.WriteAsync(document.Replace("ISSUER", _issuer.Value, StringComparison.Ordinal));

        await Assert.ThrowsAsync<InvalidDataException>(() => FetchAsync());
        Assert.Equal(0, _canaryHits);
    }

    [Fact, Trait("Spec", "SEC-16")]
    public async Task Follows_no_redirect_of_the_document()
    {
        _app.MapGet("/elsewhere", http => http.Response.WriteAsync(Discovery(jwksUri: _issuer.Value + "/canary")));
        _discovery = http => { http.Response.Redirect(_issuer.Value + "/elsewhere"); return Task.CompletedTask; };

        await Assert.ThrowsAsync<HttpRequestException>(() => FetchAsync());
        Assert.Equal(0, _canaryHits);
    }

    [Theory, Trait("Spec", "SEC-16")]
    [InlineData("http://192.0.2.1/keys")]
    [InlineData("http://127.0.0.1.nip.example/keys")]
    [InlineData("file:///etc/passwd")]
    [InlineData("ftp://127.0.0.1/keys")]
    [InlineData("data:application/json,{}")]
    public async Task Asks_nobody_over_plain_http_who_is_not_on_this_machine(string jwksUri)
    {
        _discovery = http => http.Response.WriteAsync(Discovery(jwksUri: jwksUri));

        Assert.Equal("jwks_uri is not an https URL.", (await Assert.ThrowsAsync<InvalidDataException>(() => FetchAsync())).Message);
        Assert.Equal("jwks_uri is not an https URL.", (await Assert.ThrowsAsync<InvalidDataException>(() => FetchAsync(new Uri(jwksUri)))).Message);
    }

    [Fact, Trait("Spec", "SEC-16"), Trait("Spec", "SEC-01")]
    public async Task Asks_nobody_over_plain_http_at_all_outside_development()
    {
        var production = new UpstreamMetadata(new HttpClient(UpstreamMetadata.Handler()), allowLoopbackHttp: false);

        await Assert.ThrowsAsync<InvalidDataException>(() => production.FetchKeysAsync(_issuer, new Uri(_issuer.Value + "/canary"), default));
        Assert.Equal(0, _canaryHits);
    }

    [Fact, Trait("Spec", "SEC-16"), Trait("Spec", "IDP-62")]
    public async Task Waits_five_seconds_for_the_whole_even_if_bytes_keep_coming()
    {
        _keys = async http =>
        {
            foreach (var character in Keys)
            {
                await http.Response.WriteAsync(character.ToString(), http.RequestAborted);
                await http.Response.Body.FlushAsync(http.RequestAborted);
                await Task.Delay(200, http.RequestAborted);
            }
        };
        var keys = new UpstreamKeys(new CatalogIdp { Alias = "slow", Issuer = _issuer }, _metadata, TimeProvider.System, NullLogger.Instance);
        var started = Stopwatch.GetTimestamp();

        await Assert.ThrowsAsync<UpstreamUnavailableException>(() => keys.GetAsync("any", default));
        Assert.InRange(Stopwatch.GetElapsedTime(started).TotalSeconds, 4, 15);
    }

    [Fact, Trait("Spec", "SEC-16")]
    public async Task Sends_no_cookies_and_minds_no_proxy_of_the_environment()
    {
        string? cookie = null;
        _discovery = http =>
        {
            http.Response.Headers.SetCookie = "session=1; path=/";
            return http.Response.WriteAsync(Discovery());
        };
        _keys = http =>
        {
            cookie = http.Request.Headers.Cookie;
            return http.Response.WriteAsync(Keys);
        };
        using var handler = UpstreamMetadata.Handler();
        handler.Proxy = new WebProxy("http://127.0.0.1:9");
        Assert.Single((await new UpstreamMetadata(new HttpClient(handler), true).FetchKeysAsync(_issuer, null, default)).Keys);
        Assert.Equal("", cookie ?? "");
    }

    [Fact]
    public async Task Recovers_from_whatever_a_fetch_throws()
    {
        var clock = new ManualClock();
        using var wire = new Wire(UpstreamMetadata.Handler()) { Fault = new NotSupportedException("nobody expected this") };
        var keys = new UpstreamKeys(new CatalogIdp { Alias = "odd", Issuer = _issuer }, new UpstreamMetadata(new HttpClient(wire), true), clock, NullLogger.Instance);
        await Assert.ThrowsAsync<UpstreamUnavailableException>(() => keys.GetAsync("any", default));

        wire.Fault = null;
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Single((await keys.GetAsync("any", default)).Keys);
    }

    private sealed class Wire(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        public Exception? Fault { get; set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Fault is null ? base.SendAsync(request, cancellationToken) : throw Fault;
    }
}
