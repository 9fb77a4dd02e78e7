using System.Text.Json.Nodes;
using IdJagBroker.Egress;
using IdJagBroker.Upstreams;
using Microsoft.AspNetCore.Http;

namespace IdJagBroker.Tests.Upstreams;

/// <summary>Keys come from where the registration says, or not at all (SEC-10, SEC-16).</summary>
public sealed class UpstreamMetadataTests : IAsyncLifetime
{
    private readonly EgressClient _egress = new(allowLoopbackHttp: true);
    private ProviderHost _host = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await ProviderHost.StartAsync();
        _host.Publish("/acme", Issuer, ("one", null));
    }

    public async ValueTask DisposeAsync()
    {
        _egress.Dispose();
        await _host.DisposeAsync();
    }

    private string Issuer => _host.Url + "/acme";

    private Task<FetchedKeys> FetchAsync(string? issuer = null, string? jwksUri = null) => new UpstreamMetadata(_egress).FetchKeysAsync(
        new UpstreamKeySource("acme", issuer ?? Issuer, new Uri(Issuer + UpstreamKeySource.WellKnown), jwksUri is null ? null : new Uri(jwksUri), false), default);

    private void Discovery(string issuer, string jwksUri) =>
        _host.On("/acme" + UpstreamKeySource.WellKnown, new JsonObject { ["issuer"] = issuer, ["jwks_uri"] = jwksUri }.ToJsonString());

    [Fact, Trait("Spec", "SEC-10")]
    public async Task Finds_the_keys_by_the_metadata()
    {
        var fetched = await FetchAsync();
        Assert.Equal(("one", Issuer + "/jwks"), (Assert.Single(fetched.Keys.Keys).KeyId, fetched.JwksUri.ToString()));
    }

    [Theory, Trait("Spec", "SEC-10")]
    [InlineData("HOST/other"), InlineData("HOST/acme/"), InlineData("HOST/ACME"), InlineData("HOST/{tenantid}"), InlineData("")]
    public async Task Refuses_metadata_of_another_issuer_templated_or_not(string issuer)
    {
        Discovery(issuer.Replace("HOST", _host.Url, StringComparison.Ordinal), Issuer + "/jwks");
        await Assert.ThrowsAsync<InvalidDataException>(() => FetchAsync());
        Assert.Equal(0, _host.CountOf("/jwks"));
    }

    [Fact, Trait("Spec", "SEC-10")]
    public async Task Asks_for_no_metadata_when_the_keys_are_pinned()
    {
        _host.Publish("/pinned", "https://whatever.example", ("two", null));
        Assert.Equal("two", Assert.Single((await FetchAsync(jwksUri: _host.Url + "/pinned/jwks")).Keys.Keys).KeyId);
        Assert.Equal(0, _host.CountOf(UpstreamKeySource.WellKnown));
    }

    [Theory, Trait("Spec", "SEC-16")]
    [InlineData("http://keys.example/jwks"), InlineData("https://10.255.255.1/jwks"), InlineData("file:///etc/passwd")]
    public async Task Fetches_no_keys_from_where_nothing_may_come(string jwksUri)
    {
        Discovery(Issuer, jwksUri);
        await Assert.ThrowsAsync<HttpRequestException>(() => FetchAsync());
    }

    [Theory, Trait("Spec", "SEC-10")]
    [InlineData("<html>"), InlineData("[]"), InlineData("{}"), InlineData("""{"issuer":"x","issuer":"y"}"""), InlineData(""), InlineData("""{"issuer":7,"jwks_uri":"x"}""")]
    public async Task Refuses_metadata_that_is_none(string body)
    {
        _host.On("/acme" + UpstreamKeySource.WellKnown, body);
        await Assert.ThrowsAsync<InvalidDataException>(() => FetchAsync());
    }

    [Theory, Trait("Spec", "SEC-13")]
    [InlineData("<html>"), InlineData("{}"), InlineData("""{"keys":{}}"""), InlineData("""{"keys":[]}"""), InlineData("""{"keys":[{"kty":"oct","k":"AAAA"}]}""")]
    public async Task Refuses_a_key_set_without_a_usable_key(string body)
    {
        _host.On("/acme/jwks", body);
        await Assert.ThrowsAsync<InvalidDataException>(() => FetchAsync());
    }

    [Fact, Trait("Spec", "SEC-16")]
    public async Task Refuses_a_redirect_an_error_and_what_is_too_large()
    {
        foreach (var path in new[] { "/acme/jwks", "/acme" + UpstreamKeySource.WellKnown })
        {
            _host.On(path, "", 302, response => response.Headers.Location = "/elsewhere");
            await Assert.ThrowsAsync<HttpRequestException>(() => FetchAsync());
            _host.On(path, "{}", 500);
            await Assert.ThrowsAsync<HttpRequestException>(() => FetchAsync());
            _host.On(path, new string(' ', 256 * 1024 + 1));
            await Assert.ThrowsAsync<HttpRequestException>(() => FetchAsync());
            _host.Publish("/acme", Issuer, ("one", null));
        }
        Assert.Equal(0, _host.CountOf("/elsewhere"));
    }
}
