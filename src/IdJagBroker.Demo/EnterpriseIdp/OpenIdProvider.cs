using System.Net;
using Microsoft.AspNetCore.Hosting.Server;

namespace IdJagBroker.Demo.EnterpriseIdp;

/// <summary>
/// A small OpenID provider: what an enterprise's Okta, Entra, Google or Ping is to the broker, on the loopback. Authorization code with
/// PKCE, a login page, ID Tokens in the shape of a chosen provider, key rotation. Nothing of it belongs to the product.
/// </summary>
internal sealed class OpenIdProvider : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly IdpIssuers _issuers;
    private readonly IdpKeys _keys;
    private readonly IdpOptions _options;

    private OpenIdProvider(WebApplication app, IdpOptions options) =>
        (_app, _options, _issuers, _keys) = (app, options, app.Services.GetRequiredService<IdpIssuers>(), app.Services.GetRequiredService<IdpKeys>());

    /// <summary>The issuer of the provider's own shape; known once it is started.</summary>
    public string Issuer => _issuers.Of(_options.Shape);

    /// <summary>The issuer that an application with a shape of its own sees.</summary>
    public string IssuerFor(IdpClient client) => _issuers.For(client);

    /// <summary>Prepares a provider; nothing listens yet.</summary>
    public static OpenIdProvider Create(IdpOptions options)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, options.Port);
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = Protocol.OAuthForm.MaxBytes;
        });
        builder.Services.AddRoutingCore()
            .AddSingleton(options)
            .AddSingleton(new OneTimeStore<PendingSignIn>(TimeSpan.FromMinutes(10), 1000, options.Clock))
            .AddSingleton(new OneTimeStore<GrantedCode>(GrantedCode.Lifetime, 1000, options.Clock))
            .AddSingleton(_ => new IdpKeys(options.Algorithm))
            .AddSingleton(services => new IdpIssuers(options, services.GetRequiredService<IServer>()))
            .AddSingleton<DiscoveryEndpoint>().AddSingleton<AuthorizeEndpoint>().AddSingleton<LoginEndpoint>().AddSingleton<IdpTokenEndpoint>();
        var app = builder.Build();
        Map(app);
        return new OpenIdProvider(app, options);
    }

    /// <summary>Begins to listen.</summary>
    public Task StartAsync(CancellationToken ct = default) => _app.StartAsync(ct);

    /// <summary>Signs with a new key from now on; the earlier ones stay published, as a careful provider has it.</summary>
    public void RotateKeys() => _keys.Rotate();

    /// <summary>Publishes only the key that signs: tokens of the earlier ones can no longer be verified.</summary>
    public void WithdrawEarlierKeys() => _keys.WithdrawEarlier();

    /// <summary>Stops.</summary>
    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static void Map(WebApplication app)
    {
        app.UseRouting();
        app.Services.GetRequiredService<DiscoveryEndpoint>().Map(app);
        app.MapGet("/authorize", (HttpContext http, AuthorizeEndpoint endpoint) => endpoint.Handle(http));
        app.MapPost("/login", (HttpContext http, LoginEndpoint endpoint) => endpoint.HandleAsync(http));
        app.MapPost("/token", (HttpContext http, IdpTokenEndpoint endpoint) => endpoint.HandleAsync(http));
    }
}
