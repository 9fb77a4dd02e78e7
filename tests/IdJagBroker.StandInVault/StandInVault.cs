using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace IdJagBroker.StandIn;

/// <summary>
/// A stand-in for Azure Key Vault's keys on 127.0.0.1, over TLS, with its own token endpoint (<c>/TENANT/oauth2/v2.0/token</c>). For
/// tests and the demo: its keys are gone when it stops. That it behaves as a vault does is shown with Microsoft's own client.
/// </summary>
public sealed class StandInVault : IAsyncDisposable
{
    /// <summary>Whose tokens it takes, as a vault of the public cloud.</summary>
    public const string Resource = "https://vault.azure.net";

    private readonly WebApplication _app;
    private readonly TestRoot _root;
    private readonly KeyStore _keys;
    private readonly ConcurrentQueue<VaultCall> _calls = [];

    private StandInVault(int port, TimeProvider time, TimeSpan settling, Func<int, RSA> makeRsa)
    {
        _root = new TestRoot(time);
        _keys = new KeyStore(time, settling, makeRsa);
        Tokens = new TokenDesk(time);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, port, listen => listen.UseHttps(_root.Certificate));
        });
        _app = builder.Build();
        var api = new VaultApi(_keys, Tokens, Faults, Throttle, _calls, time);
        // A branch, not a route: what is under /keys need not look like a path to ASP.NET Core.
        _app.MapWhen(http => http.Request.Path.Value!.EndsWith("/oauth2/v2.0/token", StringComparison.Ordinal), branch => branch.Run(TokenAsync));
        _app.Run(api.HandleAsync);
    }

    /// <summary>With a slash at the end.</summary>
    public Uri Url { get; private set; } = null!;

    /// <summary>The certificate of the authority that its certificate is from.</summary>
    public string RootCertificatePem => _root.Pem;

    public TokenDesk Tokens { get; }

    public Faults Faults { get; } = new();

    public Throttle Throttle { get; } = new();

    /// <summary>Every request to the vault, in order; not those for tokens.</summary>
    public IReadOnlyCollection<VaultCall> Calls => _calls;

    /// <param name="port">0 for any that is free.</param>
    /// <param name="settling">How long a deletion takes to show; none if not given.</param>
    /// <param name="makeRsa">Gives a key pair of so many bits that it gave nobody before; one is made if not given.</param>
    public static async Task<StandInVault> StartAsync(int port = 0, TimeProvider? time = null, TimeSpan settling = default, Func<int, RSA>? makeRsa = null)
    {
        var vault = new StandInVault(port, time ?? TimeProvider.System, settling, makeRsa ?? RSA.Create);
        await vault._app.StartAsync();
        var address = vault._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        vault.Url = new Uri(address + "/");
        return vault;
    }

    /// <summary>Forgets the requests so far.</summary>
    public void ForgetCalls() => _calls.Clear();

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _keys.Dispose();
        _root.Dispose();
    }

    internal Task WaitForShutdownAsync() => _app.WaitForShutdownAsync();

    private async Task TokenAsync(HttpContext http)
    {
        var tenant = http.Request.Path.Value!.Split('/')[1];
        var answer = HttpMethods.IsPost(http.Request.Method) && http.Request.HasFormContentType
            ? Tokens.Answer(tenant, await http.Request.ReadFormAsync()) : Results.StatusCode(405);
        await answer.ExecuteAsync(http);
    }
}
