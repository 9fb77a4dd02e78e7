using System.Net;
using IdJagBroker.McpAuthorization;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace IdJagBroker.Tests.Probe;

/// <summary>An authorization server on our own library, as a vendor has it: it fetches the keys of the test from where the probe publishes them.</summary>
internal sealed class LibraryServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly InProcessSigningKey _key = InProcessSigningKey.CreateEs256();

    private LibraryServer(string path, string trusted, IdJagReuse reuse, JsonWebKeySet? clientKeys)
    {
        Url = $"http://127.0.0.1:{FreePort.Next()}{path}";
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = "Development" });
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, new Uri(Url).Port));
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddIdJagAuthorizationServer(options =>
        {
            (options.Issuer, options.SigningKey) = (Url, _key);
            options.TrustedIssuers.Add(new TrustedIssuer { Issuer = trusted, Reuse = reuse });
            options.Resources.Add(new ProtectedResource { Resource = CarelessServer.Resource, Scopes = ["tickets:read", "tickets:comment", "tickets:admin"] });
            options.Clients.Add(clientKeys is null
                ? new IdJagClient { ClientId = CarelessServer.Client, Secret = CarelessServer.Secret } : new IdJagClient { ClientId = CarelessServer.Client, Keys = clientKeys });
        });
        _app = builder.Build();
        _app.MapIdJagAuthorizationServer();
    }

    public string Url { get; }

    public static async Task<LibraryServer> StartAsync(string trusted, bool singleUse = false, JsonWebKeySet? clientKeys = null, string path = "")
    {
        var server = new LibraryServer(path, trusted, singleUse ? IdJagReuse.SingleUse : IdJagReuse.Reusable, clientKeys);
        await server._app.StartAsync();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _key.Dispose();
    }
}
