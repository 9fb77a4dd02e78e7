using System.Net;
using System.Text.Json.Nodes;
using IdJagBroker.Protocol;

namespace IdJagBroker.Probe;

/// <summary>
/// Publishes the probe's public keys while it runs, for servers that can reach it; and beside them keys of an issuer that nobody trusts, so that a server which fetches what a
/// token names is found out (SEC-06, RAS-10).
/// </summary>
internal sealed class KeyServer : IAsyncDisposable
{
    private const string TrapPath = "/idjag-probe-untrusted";
    private readonly WebApplication _app;
    private int _traps;

    private KeyServer(WebApplication app, PrivateKey impostor, Issuer issuer) => (_app, Impostor, TrapIssuer) = (app, impostor, issuer.Url.GetLeftPart(UriPartial.Authority) + TrapPath);

    /// <summary>The key that nobody trusts, under the <c>kid</c> of the one that is trusted.</summary>
    public PrivateKey Impostor { get; }

    /// <summary>An issuer that nobody trusts, with metadata and keys of its own: at the origin of the one that is trusted, where the server finds it if it looks.</summary>
    public string TrapIssuer { get; }

    public string TrapKeys => TrapIssuer + "/jwks.json";

    /// <summary>How often something was fetched that only a token named.</summary>
    public int Traps => _traps;

    /// <summary>Listens.</summary>
    /// <param name="address">Where.</param>
    /// <param name="issuer">The issuer of the test, whose paths are served.</param>
    /// <param name="key">Its key.</param>
    /// <exception cref="IOException">The address is in use.</exception>
    public static async Task<KeyServer> StartAsync(IPEndPoint address, Issuer issuer, PrivateKey key)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());       // no file and no variable makes it listen elsewhere
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(address));
        builder.Services.AddRoutingCore();
        var app = builder.Build();
        var server = new KeyServer(app, key.Impostor(), issuer);
        foreach (var path in AuthorizationServerMetadata.PathsFor(issuer)) app.MapGet(path, () => Json(ProbeIssuer.Metadata(issuer.Value)));
        app.MapGet(ProbeIssuer.KeysOf(issuer.Value).AbsolutePath, () => Json(ProbeIssuer.KeySet(key)));
        app.Map(TrapPath + "/{**rest}", (HttpContext http) => server.Trap(http));
        app.Map("/.well-known/{name}" + TrapPath, (HttpContext http) => server.Trap(http));
        await app.StartAsync();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        Impostor.Dispose();
    }

    private IResult Trap(HttpContext http)
    {
        Interlocked.Increment(ref _traps);
        return Json(http.Request.Path.Value!.EndsWith("/jwks.json", StringComparison.Ordinal) ? ProbeIssuer.KeySet(Impostor) : ProbeIssuer.Metadata(TrapIssuer));
    }

    private static IResult Json(JsonObject json) => Results.Content(json.ToJsonString(), "application/json");
}
