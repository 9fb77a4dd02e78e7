using IdJagBroker.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace IdJagBroker.McpAuthorization.AccessTokens;

/// <summary>
/// Lets a client give an access token back (RFC 7009). A token that is unknown, has expired or is another client's is answered 200 as well, and nothing happens to it: whose tokens there
/// are is nobody's to learn.
/// </summary>
internal sealed class RevocationEndpoint(IssuedTokens tokens, IAccessTokenStore store, TimeProvider clock, ILogger<RevocationEndpoint> logger)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    /// <summary>Handles one request of whatever method.</summary>
    public async Task Handle(HttpContext http)
    {
        if (!FormRequest.IsPost(http)) return;
        try
        {
            if (await RevokeAsync(http) is { } refusal)
            {
                await OAuthAnswer.WriteAsync(http, refusal);
                return;
            }
            http.Response.StatusCode = StatusCodes.Status200OK;
            http.Response.ContentLength = 0;
            http.Response.Headers.CacheControl = "no-store";
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // nobody is left to answer
        }
        catch (Exception e)
        {
            // RFC 7009 §2.2.1: the client must assume that the token is still good, and come again.
            Log.TokenStoreFailed(logger, e);
            await OAuthAnswer.WriteAsync(http, OAuthError.TemporarilyUnavailable("try again later", RetryAfter));
        }
    }

    private async Task<OAuthError?> RevokeAsync(HttpContext http)
    {
        if ((await FormRequest.ReadAsync(http)).IsRefused(out var request, out var refusal)) return refusal;
        var clients = http.RequestServices.GetRequiredService<IClientAuthenticator>();
        if ((await clients.AuthenticateAsync(request.Credentials, http.RequestAborted)).IsRefused(out var client, out refusal)) return refusal;
        if (request.Form.Token("token") is not { } token) return OAuthError.InvalidRequest("token is required");

        // RFC 7009 §2.1: the hint may be wrong or unknown, so it is not looked at. There are no refresh tokens here (RAS-43).
        if (await tokens.FindAsync(token, http.RequestAborted) is not { } record) return null;
        if (!string.Equals(record.ClientId, client.ClientId, StringComparison.Ordinal))
        {
            Log.RevocationRefused(logger, client.ClientId, record.JwtId);
            return null;
        }
        await store.RevokeAsync(new AccessTokenSelection { JwtId = record.JwtId }, clock.GetUtcNow(), http.RequestAborted);
        Log.TokenRevoked(logger, client.ClientId, record.JwtId);
        return null;
    }
}
