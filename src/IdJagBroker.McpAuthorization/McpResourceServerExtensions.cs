using IdJagBroker.McpAuthorization.ResourceServer;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace IdJagBroker.McpAuthorization;

/// <summary>Guards the MCP endpoints of an ASP.NET Core application with access tokens.</summary>
public static class McpResourceServerExtensions
{
    private static readonly TimeSpan MetadataMaxAge = TimeSpan.FromMinutes(5);

    /// <summary>Registers an MCP server; several calls, several servers. The options are checked when the application starts.</summary>
    public static IServiceCollection AddMcpResourceServer(this IServiceCollection services, Action<McpResourceServerOptions> configure)
    {
        var name = $"mcp-{services.Count(service => service.ServiceType == typeof(McpResourceServerName))}";
        services.AddSingleton(new McpResourceServerName(name));
        services.AddOptions<McpResourceServerOptions>(name).Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<McpResourceServerOptions>, McpResourceServerValidation>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IssuerFetch>();
        services.TryAddSingleton<McpResourceServers>();
        return services;
    }

    /// <summary>
    /// Maps the metadata of every MCP server (RFC 9728 §3.1): at the path that belongs to its identifier, and at the root when it is the
    /// only one (RS-02). The MCP endpoint itself is yours to map, with <see cref="RequireMcpAuthorization"/>.
    /// </summary>
    /// <exception cref="OptionsValidationException">The options are bad.</exception>
    public static IEndpointConventionBuilder MapMcpResourceServer(this IEndpointRouteBuilder endpoints)
    {
        var servers = endpoints.ServiceProvider.GetRequiredService<McpResourceServers>();
        var group = endpoints.MapGroup("");
        foreach (var server in servers.All) PublicDocument.Map(group, server.Metadata.Path, MetadataMaxAge, server.Metadata.Document);
        if (servers.All is [var only] && only.Metadata.Path != ProtectedResourceMetadata.RootPath)
            PublicDocument.Map(group, ProtectedResourceMetadata.RootPath, MetadataMaxAge, only.Metadata.Document);
        return group;
    }

    /// <summary>
    /// Puts the guard around an endpoint, whatever handles it: a valid access token on every request, and for every <c>tools/call</c> the
    /// scopes of its tool, before the handler runs. It is part of the endpoint, so no missing middleware can leave it out.
    /// </summary>
    /// <param name="builder">The endpoint or group of endpoints.</param>
    /// <param name="resource">Which server, if there are several.</param>
    public static TBuilder RequireMcpAuthorization<TBuilder>(this TBuilder builder, string? resource = null)
        where TBuilder : IEndpointConventionBuilder
    {
        builder.Finally(endpoint =>
        {
            var server = endpoint.ApplicationServices.GetRequiredService<McpResourceServers>().Find(resource);
            var handler = endpoint.RequestDelegate ?? throw new InvalidOperationException("The endpoint has no handler to guard.");
            endpoint.RequestDelegate = http => server.HandleAsync(http, handler);
        });
        return builder;
    }
}
