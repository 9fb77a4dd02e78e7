using System.Net;
using System.Text.Json.Nodes;
using IdJagBroker.McpAuthorization.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace IdJagBroker.McpAuthorization.Tests;

/// <summary>Runs alone: the default proxy is one for the whole process, so any other test's requests would go to it.</summary>
[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class Alone;

/// <summary>What a fetch of an issuer's keys takes from the process around it: nothing (SEC-16).</summary>
[Collection("alone")]
public sealed class IssuerFetchSurroundingsTests : IAsyncLifetime
{
    private readonly LoopbackBroker _broker = new();

    public ValueTask InitializeAsync() => _broker.InitializeAsync();

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    [Fact, Trait("Spec", "SEC-16")]
    public async Task Sends_no_cookies_and_minds_no_proxy_of_the_environment()
    {
        var good = _broker.Jwks;
        string? cookie = null;
        _broker.Metadata = http =>
        {
            http.Response.Headers.SetCookie = "session=1; path=/";
            return http.Response.WriteAsync(new JsonObject { ["issuer"] = _broker.Issuer, ["jwks_uri"] = _broker.Issuer + "/keys" }.ToJsonString());
        };
        _broker.Jwks = http =>
        {
            cookie = http.Request.Headers.Cookie;
            return good(http);
        };
        var proxy = HttpClient.DefaultProxy;
        HttpClient.DefaultProxy = new WebProxy("http://127.0.0.1:9");
        try
        {
            await using var ras = await Ras.StartAsync(_broker);
            (await ras.RedeemAsync(_broker.IdJag())).AssertIssued();
        }
        finally
        {
            HttpClient.DefaultProxy = proxy;
        }
        Assert.Equal("", cookie ?? "");
    }
}
