using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace IdJagBroker.McpAuthorization.ResourceServer;

/// <summary>
/// The access tokens of an MCP server as an authentication scheme of ASP.NET Core, for endpoints that are not MCP: the same checks, the same challenges. A principal comes of a
/// good token only, and is made anew on each request.
/// </summary>
internal sealed class McpAccessTokenHandler(
    IOptionsMonitor<McpAccessTokenOptions> options, ILoggerFactory logs, UrlEncoder encoder, McpResourceServers servers) : AuthenticationHandler<McpAccessTokenOptions>(options, logs, encoder)
{
    private TokenOutcome? _outcome;

    private McpResourceServer Server => servers.Find(Options.Resource);

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        _outcome = await Server.AuthenticateAsync(Context);
        if (_outcome.Token is { } token) return AuthenticateResult.Success(new AuthenticationTicket(token.ToPrincipal(Server.Resource), Scheme.Name));
        return _outcome.IsNothing ? AuthenticateResult.NoResult() : AuthenticateResult.Fail("The access token is not valid here.");
    }

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        await HandleAuthenticateOnceSafeAsync();
        await _outcome!.Refuse(Context);
    }

    // RS-13: by name what the operation needs, if a requirement of ours was what failed.
    protected override async Task HandleForbiddenAsync(AuthenticationProperties properties)
    {
        await HandleAuthenticateOnceSafeAsync();
        if (_outcome?.Token is { } token && ScopeRequirementHandler.Needed(Context) is { Count: > 0 } needed) await Server.RefuseScopeAsync(Context, token, needed);
        else Response.StatusCode = StatusCodes.Status403Forbidden;
    }
}
