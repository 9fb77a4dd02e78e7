using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace IdJagBroker.McpAuthorization.Tests.Support;

/// <summary>An issuer of ID-JAGs on a loopback port: real HTTP, real keys, and every fault that an issuer can have.</summary>
public sealed class LoopbackBroker : IAsyncLifetime
{
    private readonly WebApplication _app;
    private int _jwksHits, _metadataHits, _canaryHits, _receiptHits;

    public LoopbackBroker()
    {
        Metadata = http => http.Response.WriteAsync(new JsonObject { ["issuer"] = Issuer, ["jwks_uri"] = Issuer + "/keys" }.ToJsonString());
        Jwks = http => http.Response.WriteAsync(KeySet());
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.MapGet("/.well-known/oauth-authorization-server", (HttpContext http) => Count(ref _metadataHits, http, Metadata));
        _app.MapGet("/.well-known/openid-configuration", (HttpContext http) => Count(ref _metadataHits, http, Metadata));
        _app.MapGet("/keys", (HttpContext http) => Count(ref _jwksHits, http, Jwks));
        _app.MapGet("/canary", (HttpContext http) => Count(ref _canaryHits, http, Jwks));
        _app.MapPost("/receipts/v1", (HttpContext http) => Count(ref _receiptHits, http, Receipts));
        _app.MapPost("/introspect", (HttpContext http) => Introspection(http));
        PublishedKeys = [Keys.Jwk(Key, "bk-1")];
    }

    public ECDsa Key { get; } = Keys.P256();
    public List<JsonObject> PublishedKeys { get; set; }
    public RequestDelegate Metadata { get; set; }
    public RequestDelegate Jwks { get; set; }
    public RequestDelegate Receipts { get; set; } = http => http.Response.WriteAsync("{\"accepted\":0,\"rejected\":[]}");

    /// <summary>Stands for the authorization server that an MCP server asks about its tokens.</summary>
    public RequestDelegate Introspection { get; set; } = http => http.Response.WriteAsync("{\"active\":false}");

    public int ReceiptHits => _receiptHits;
    public int JwksHits => _jwksHits;
    public int MetadataHits => _metadataHits;
    public int CanaryHits => _canaryHits;
    public string Issuer { get; private set; } = "";

    public string KeySet() => new JsonObject { ["keys"] = new JsonArray([.. PublishedKeys.Select(key => key.DeepClone())]) }.ToJsonString();

    /// <summary>A perfect ID-JAG for the client and the resource of <see cref="Ras"/>, to be spoiled.</summary>
    public Draft IdJag(DateTimeOffset? now = null)
    {
        var iat = (now ?? ManualClock.T0).ToUnixTimeSeconds();
        return new Draft(Key, new JsonObject { ["alg"] = "ES256", ["typ"] = "oauth-id-jag+jwt", ["kid"] = "bk-1" }, new JsonObject
        {
            ["iss"] = Issuer, ["sub"] = "7d0c1b52-88f4", ["aud"] = Ras.Issuer, ["client_id"] = Ras.Client,
            ["jti"] = "ij-" + Convert.ToHexString(RandomNumberGenerator.GetBytes(16)), ["iat"] = iat, ["exp"] = iat + 300,
            ["resource"] = Ras.Resource, ["scope"] = "tickets:read tickets:comment",
        });
    }

    public async ValueTask InitializeAsync()
    {
        await _app.StartAsync();
        Issuer = _app.Urls.Single();
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        Key.Dispose();
    }

    private static Task Count(ref int hits, HttpContext http, RequestDelegate answer)
    {
        Interlocked.Increment(ref hits);
        return answer(http);
    }
}
