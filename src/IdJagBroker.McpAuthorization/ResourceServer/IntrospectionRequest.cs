using System.Net;
using System.Net.Http.Headers;
using System.Text;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.McpAuthorization.ResourceServer;

/// <summary>Asks an authorization server in another process (RFC 7662 §2.1). Nothing is kept: what was revoked ends with the next request.</summary>
internal sealed class IntrospectionRequest(McpResourceServerOptions server, IssuerFetch fetch, TimeProvider clock) : IAccessTokenStatus
{
    private readonly IntrospectionOptions _options = server.Introspection!;
    private readonly Uri _endpoint = new(server.Introspection!.Endpoint ?? server.AuthorizationServer.TrimEnd('/') + "/introspect");
    private readonly AuthenticationHeaderValue _credentials = new("Basic", Convert.ToBase64String(
        Encoding.UTF8.GetBytes($"{WebUtility.UrlEncode(server.Introspection!.ClientId)}:{WebUtility.UrlEncode(server.Introspection!.Secret)}")));      // RFC 6749 §2.3.1

    /// <inheritdoc/>
    public async ValueTask<bool> IsActiveAsync(EncodedJwt token, VerifiedAccessToken verified, CancellationToken ct) =>
        await FindAsync(token, server.Resource, ct) is { } told
        && told.Subject == verified.Subject && told.ClientId == verified.ClientId;          // an answer about another token is none

    /// <inheritdoc/>
    public async ValueTask<VerifiedAccessToken?> FindAsync(EncodedJwt token, string resource, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(_options.Timeout);
        try
        {
            using var form = new FormUrlEncodedContent([new("token", token.Reveal()), new("token_type_hint", "access_token")]);
            using var answer = await fetch.PostAsync(_endpoint, server.IsOnPrivateNetwork, _credentials, form, limit.Token);
            // Anything but a 200 is about us, not about the token: a wrong secret must not look like a revoked token.
            if (answer.StatusCode is not HttpStatusCode.OK) throw new AccessTokenStatusUnavailableException($"HTTP {(int)answer.StatusCode}");
            return IntrospectionAnswer.Read(await answer.Content.ReadAsByteArrayAsync(limit.Token), server.AuthorizationServer, resource, clock.GetUtcNow());
        }
        catch (Exception e) when (e is not AccessTokenStatusUnavailableException && !ct.IsCancellationRequested)
        {
            throw new AccessTokenStatusUnavailableException(e is OperationCanceledException ? "no answer in time" : e.GetType().Name, e);
        }
    }
}
