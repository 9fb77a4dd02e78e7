using System.Net;
using IdJagBroker.Demo.McpServer;
using IdJagBroker.McpAuthorization;
using IdJagBroker.Protocol.Jws;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace IdJagBroker.RealClients.Tests;

/// <summary>
/// An MCP server and its authorization server on the library as a vendor would have them, on 127.0.0.1. The tests know two, which differ in what clients stumble over: the issuer's shape,
/// the algorithm, and whether clients may come by metadata document.
/// </summary>
internal sealed class TicketServer : IAsyncDisposable
{
    /// <summary>The client's id at these authorization servers.</summary>
    public const string ClientId = "cl_7hQ2tickets";

    private readonly WebApplication _app;
    private readonly InProcessSigningKey _key;

    private TicketServer(WebApplication app, InProcessSigningKey key, string issuer, string resource) => (_app, _key, Issuer, Resource) = (app, key, issuer, resource);

    /// <summary>The authorization server's issuer.</summary>
    public string Issuer { get; }

    /// <summary>The MCP server's URL and resource identifier.</summary>
    public string Resource { get; }

    public static async Task<TicketServer> StartAsync(int port, string path, InProcessSigningKey key, string broker, string clientSecret, bool takesDocuments)
    {
        var (issuer, resource) = ($"http://127.0.0.1:{port}{path}", $"http://127.0.0.1:{port}{path}/mcp");
        var builder = WebApplication.CreateEmptyBuilder(new() { EnvironmentName = Environments.Development });   // http, on loopback only
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        builder.Services.AddHostFiltering(filter => filter.AllowedHosts.Add("127.0.0.1"));
        builder.Services.AddRoutingCore().AddSingleton(TicketTools.ToServer()).AddSingleton<McpEndpoint>();
        builder.Services.AddIdJagAuthorizationServer(server =>
        {
            server.Issuer = issuer;
            server.SigningKey = key;
            server.TrustedIssuers.Add(new TrustedIssuer { Issuer = broker });
            server.Resources.Add(new ProtectedResource { Resource = resource, Scopes = [TicketTools.Read, TicketTools.Comment] });
            server.Clients.Add(new IdJagClient { ClientId = ClientId, Secret = clientSecret });
            if (takesDocuments) server.ClientDocumentHosts.Add(new ClientDocumentHost { Origin = "https://clients.acme.example" });
        });
        builder.Services.AddMcpResourceServer(server =>
        {
            (server.Resource, server.AuthorizationServer) = (resource, issuer);
            server.Scopes = [TicketTools.Read];                             // asked for at first; the rest when it is needed
            server.ToolsOf(typeof(TicketTools));
        });
        var app = builder.Build();
        app.UseHostFiltering();
        app.UseRouting();
        app.MapIdJagAuthorizationServer();
        app.MapMcpResourceServer();
        McpEndpoint.Map(app, new Uri(resource).AbsolutePath).RequireMcpAuthorization();
        await app.StartAsync();
        return new TicketServer(app, key, issuer, resource);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _key.Dispose();
    }
}
