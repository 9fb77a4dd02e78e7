using IdJagBroker.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace IdJagBroker.Tests.Policies.Linting;

/// <summary>An authorization server of somebody else's, which publishes what a test says.</summary>
internal sealed class PublishingServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private PublishingServer(string issuer, WebApplication app) => (Issuer, _app) = (issuer, app);

    public string Issuer { get; }

    public List<string> Asked { get; } = [];

    public static async Task<PublishingServer> StartAsync(string path, Func<string, string> document, string at = "/.well-known/oauth-authorization-server", int status = 200)
    {
        var port = FreePort.Next();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add($"http://127.0.0.1:{port}");
        var server = new PublishingServer($"http://127.0.0.1:{port}{path}", app);
        app.MapFallback(async (HttpContext http) =>
        {
            lock (server.Asked) server.Asked.Add(http.Request.Path);
            http.Response.StatusCode = http.Request.Path == at ? status : 404;
            if (http.Response.StatusCode is 200) await http.Response.WriteAsync(document(server.Issuer));
        });
        await app.StartAsync();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
