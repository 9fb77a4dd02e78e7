using IdJagBroker.McpAuthorization.AccessTokens;
using IdJagBroker.Protocol;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace IdJagBroker.McpAuthorization.ResourceServer;

/// <summary>The name under which one MCP server's options are kept.</summary>
internal sealed record McpResourceServerName(string Value);

/// <summary>The MCP servers of this application.</summary>
internal sealed class McpResourceServers(
    IEnumerable<McpResourceServerName> names, IOptionsMonitor<McpResourceServerOptions> options, IServiceProvider services,
    IssuerFetch fetch, TimeProvider clock, ILogger<McpResourceServer> logger)
{
    public IReadOnlyList<McpResourceServer> All { get; } =
        [.. names.Select(name => options.Get(name.Value)).Select(server => new McpResourceServer(
            server, KeysFor(server, services, fetch, clock, logger), StatusFor(server, services, fetch, clock), clock, logger))];

    /// <exception cref="InvalidOperationException">There is none of that identifier, or none was named and there are several.</exception>
    public McpResourceServer Find(string? resource) =>
        (resource is null ? All.Count is 1 ? All[0] : null : All.FirstOrDefault(server => server.Resource == resource))
        ?? throw new InvalidOperationException("Name the Resource of one AddMcpResourceServer.");

    // The authorization server in this process is asked in memory; any other by its published keys.
    private static IIssuerKeys KeysFor(
        McpResourceServerOptions server, IServiceProvider services, IssuerFetch fetch, TimeProvider clock, ILogger logger)
    {
        if (server.JwksUri is null && Here(server, services) is { } here) return new LocalIssuerKeys(here.Keys);
        Issuer.TryParse(server.AuthorizationServer, fetch.AllowsLoopbackHttp, out var issuer);
        var source = new IssuerKeySource(issuer!, server.JwksUri is null ? null : new Uri(server.JwksUri), server.IsOnPrivateNetwork, fetch);
        return new RemoteIssuerKeys(server.AuthorizationServer, source, clock, logger);
    }

    // Asked wherever it can be: what is revoked here must end here at once.
    private static IAccessTokenStatus? StatusFor(McpResourceServerOptions server, IServiceProvider services, IssuerFetch fetch, TimeProvider clock)
    {
        if (server.Introspection is not null) return new IntrospectionRequest(server, fetch, clock);
        return Here(server, services) is not null && services.GetRequiredService<IOptions<IdJagAuthorizationServerOptions>>().Value.KeepsRecords
            ? services.GetRequiredService<IssuedTokens>()
            : null;
    }

    private static AuthorizationServerDocuments? Here(McpResourceServerOptions server, IServiceProvider services) =>
        services.GetService<AuthorizationServerDocuments>() is { } here && here.Issuer.Value == server.AuthorizationServer ? here : null;
}
