using System.Net;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace IdJagBroker.EndToEndTests.McpServer;

/// <summary>An issuer of ID-JAGs on the wire: metadata, keys, and whatever ID-JAG a test wants signed.</summary>
internal sealed class LoopbackBroker : IAsyncDisposable
{
    private readonly InProcessSigningKey _key = InProcessSigningKey.CreateEs256();
    private readonly WebApplication _app;

    private LoopbackBroker(WebApplication app) => _app = app;

    public string Issuer => _app.Urls.First();

    public static async Task<LoopbackBroker> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddRoutingCore();
        var app = builder.Build();
        var broker = new LoopbackBroker(app);
        app.MapGet("/.well-known/oauth-authorization-server", () => Results.Text(
            $$"""{"issuer":"{{broker.Issuer}}","jwks_uri":"{{broker.Issuer}}/jwks"}""", "application/json"));
        app.MapGet("/jwks", () => Results.Bytes(new JsonWebKeySet([broker._key.PublicKey]).ToUtf8(), "application/json"));
        await app.StartAsync();
        return broker;
    }

    public async Task<string> IdJagAsync(string subject, string audience, string resource, string clientId, string scope, ISigningKey? key = null)
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds());
        var idJag = new IdJag
        {
            Issuer = Issuer, Subject = subject, Audience = audience, ClientId = clientId, JwtId = Guid.NewGuid().ToString(),
            IssuedAt = now, ExpiresAt = now.AddMinutes(5), Resources = [resource], Scope = ScopeSet.Of(scope.Split(' ')),
        };
        return (await idJag.ToJws(key ?? _key).SignAsync(default)).Reveal();
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _key.Dispose();
    }
}
