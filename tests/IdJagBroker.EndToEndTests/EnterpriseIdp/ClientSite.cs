using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using IdJagBroker.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace IdJagBroker.EndToEndTests.EnterpriseIdp;

/// <summary>An application on this machine: it publishes its keys, signs assertions, and hears of sessions that end.</summary>
internal sealed class ClientSite : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ClientSite(WebApplication app) => _app = app;

    /// <summary>What it signs with.</summary>
    public ECDsa Key { get; private set; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public string KeyId { get; private set; } = "k1";

    /// <summary>How often its keys were fetched.</summary>
    public int KeyFetches { get; private set; }

    /// <summary>What it answers to a logout token.</summary>
    public int LogoutStatus { get; set; } = 200;

    /// <summary>The bodies that came to its logout address, with their content type.</summary>
    public ConcurrentQueue<(string? ContentType, IFormCollection Form)> Logouts { get; } = [];

    public Uri JwksUri => new(_app.Urls.First() + "/jwks");

    public Uri LogoutUri => new(_app.Urls.First() + "/backchannel");

    public static async Task<ClientSite> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddRoutingCore();
        var app = builder.Build();
        var site = new ClientSite(app);
        app.MapGet("/jwks", () =>
        {
            site.KeyFetches++;
            return Results.Text(new JsonObject { ["keys"] = new JsonArray(TestIdp.Jwk(site.Key, site.KeyId)) }.ToJsonString(), "application/json");
        });
        app.MapPost("/backchannel", async (HttpRequest request) =>
        {
            site.Logouts.Enqueue((request.ContentType, await request.ReadFormAsync()));
            return Results.StatusCode(site.LogoutStatus);
        });
        await app.StartAsync();
        return site;
    }

    /// <summary>Signs and publishes with a new key from now on.</summary>
    public void Rotate(string keyId) => (Key, KeyId) = (ECDsa.Create(ECCurve.NamedCurves.nistP256), keyId);

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
