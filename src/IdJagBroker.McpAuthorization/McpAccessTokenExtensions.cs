using IdJagBroker.McpAuthorization.ResourceServer;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace IdJagBroker.McpAuthorization;

/// <summary>The access tokens of an MCP server for the rest of an ASP.NET Core application: its controllers and other endpoints.</summary>
public static class McpAccessTokenExtensions
{
    /// <summary>
    /// Adds an authentication scheme that takes the access tokens of an <see cref="McpResourceServerExtensions.AddMcpResourceServer"/>, by <c>Bearer</c> and <c>DPoP</c>, and answers
    /// as it does: 401 with <c>resource_metadata</c>, 403 with the scopes of <see cref="RequireMcpScope"/>, 503 while the authorization server's keys cannot be had.
    /// </summary>
    /// <param name="builder">Of <c>AddAuthentication</c>.</param>
    /// <param name="scheme">Its name.</param>
    /// <param name="configure">Names the server, if there are several.</param>
    public static AuthenticationBuilder AddMcpAccessToken(this AuthenticationBuilder builder, string scheme = McpAccessTokenOptions.DefaultScheme, Action<McpAccessTokenOptions>? configure = null)
    {
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IAuthorizationHandler, ScopeRequirementHandler>());
        return builder.AddScheme<McpAccessTokenOptions, McpAccessTokenHandler>(scheme, configure);
    }

    /// <summary>The access token must have all of these scopes, or broader ones.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static AuthorizationPolicyBuilder RequireMcpScope(this AuthorizationPolicyBuilder policy, params string[] scopes)
    {
        if (scopes.Length is 0) throw new ArgumentException("At least one scope.", nameof(scopes));
        policy.Requirements.Add(new ScopeRequirement([.. scopes]));
        return policy;
    }
}
