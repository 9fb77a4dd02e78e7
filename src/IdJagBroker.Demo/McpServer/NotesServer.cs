using System.Net;
using System.Net.Sockets;
using IdJagBroker.McpAuthorization;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Demo.McpServer;

/// <summary>
/// A protected MCP server and its authorization server in one application, built on the library as any vendor would: this class is
/// all that it takes. People sign in nowhere here; whom their enterprise's broker vouches for gets in.
/// </summary>
internal sealed class NotesServer : IAsyncDisposable
{
    public const string Read = "notes:read";
    public const string Write = "notes:write";
    public const string Admin = "notes:admin";

    private readonly WebApplication _app;
    private readonly InProcessSigningKey? _ownKey;

    private NotesServer(WebApplication app, string issuer, InProcessSigningKey? ownKey) => (_app, Issuer, _ownKey) = (app, issuer, ownKey);

    /// <summary>The authorization server's issuer: what an ID-JAG for it carries as <c>aud</c>.</summary>
    public string Issuer { get; }

    /// <summary>The MCP server's URL and resource identifier.</summary>
    public string Resource => ResourceOf(Issuer);

    /// <summary>Prepares a server; nothing listens yet.</summary>
    public static NotesServer Create(NotesServerOptions options)
    {
        // The identifiers are part of the configuration, so the port must be known before there is a server to listen on it.
        var port = options.Port is 0 ? FreePort() : options.Port;
        var issuer = $"http://127.0.0.1:{port}";
        var builder = WebApplication.CreateEmptyBuilder(new() { EnvironmentName = Environments.Development });   // http, on loopback only
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, port);
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = McpMessageReader.MaxBytes;
        });
        var ownKey = options.SigningKey is null ? InProcessSigningKey.CreateEs256() : null;
        builder.Services.AddHostFiltering(filter => filter.AllowedHosts.Add(new Uri(issuer).Host));      // no page can give this address another name (DNS rebinding)
        AddServices(builder.Services.AddRoutingCore(), options, issuer, options.SigningKey ?? ownKey!);
        var app = builder.Build();
        app.UseHostFiltering();
        app.UseRouting();
        app.MapIdJagAuthorizationServer();
        app.MapMcpResourceServer();
        McpEndpoint.Map(app, new Uri(ResourceOf(issuer)).AbsolutePath).RequireMcpAuthorization();
        return new NotesServer(app, issuer, ownKey);
    }

    /// <summary>Begins to listen.</summary>
    public Task StartAsync(CancellationToken ct = default) => _app.StartAsync(ct);

    /// <summary>Stops; receipts that wait are still sent.</summary>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _ownKey?.Dispose();
    }

    private static void AddServices(IServiceCollection services, NotesServerOptions options, string issuer, ISigningKey key)
    {
        services.AddSingleton(options.Clock).AddSingleton<NoteBook>().AddSingleton<NoteTools>();
        services.AddSingleton(provider => provider.GetRequiredService<NoteTools>().ToServer()).AddSingleton<McpEndpoint>();
        services.AddIdJagAuthorizationServer(server =>
        {
            server.Issuer = issuer;
            server.SigningKey = key;
            // The enterprise is told what became of its ID-JAGs; its catalogue knows this server's keys by their address.
            server.TrustedIssuers.Add(new TrustedIssuer { Issuer = options.Broker, Receipts = new ReceiptOptions() });
            server.Resources.Add(new ProtectedResource { Resource = ResourceOf(issuer), Scopes = [Read, Write, Admin] });
            foreach (var client in options.Clients) server.Clients.Add(client);
        });
        services.AddMcpResourceServer(server =>
        {
            server.Resource = ResourceOf(issuer);
            server.AuthorizationServer = issuer;
            server.ResourceName = "Notes";
            server.Scopes = [Read, Write];                              // asked for at first; admin only when it is needed
            server.MaxRequestBytes = McpMessageReader.MaxBytes;
            server.RequireScope(NoteTools.List, Read).RequireScope(NoteTools.Add, Write).RequireScope(NoteTools.Purge, Admin);
        });
    }

    private static string ResourceOf(string issuer) => issuer + "/mcp";

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
