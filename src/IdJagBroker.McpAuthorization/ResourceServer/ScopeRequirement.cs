using IdJagBroker.Protocol;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;

namespace IdJagBroker.McpAuthorization.ResourceServer;

/// <summary>All of these scopes, or broader ones (RS-14).</summary>
internal sealed record ScopeRequirement(IReadOnlyList<string> Scopes) : IAuthorizationRequirement;

/// <summary>Checks it, and keeps what was needed for the challenge.</summary>
internal sealed class ScopeRequirementHandler(McpResourceServers servers) : AuthorizationHandler<ScopeRequirement>
{
    private static readonly object Key = new();

    /// <summary>What the requirements that failed needed together.</summary>
    public static IReadOnlyList<string>? Needed(HttpContext http) => http.Items[Key] as IReadOnlyList<string>;

    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, ScopeRequirement requirement)
    {
        if (context.User.FindFirst("aud")?.Value is not { } resource || servers.All.FirstOrDefault(server => server.Resource == resource) is not { } server) return Task.CompletedTask;
        var held = ScopeSet.Of(context.User.FindAll("scope").Select(claim => claim.Value));
        if (server.Satisfies(held, requirement.Scopes)) context.Succeed(requirement);
        else if (context.Resource is HttpContext http) http.Items[Key] = (string[])[.. (Needed(http) ?? []).Union(requirement.Scopes, StringComparer.Ordinal)];
        return Task.CompletedTask;
    }
}
