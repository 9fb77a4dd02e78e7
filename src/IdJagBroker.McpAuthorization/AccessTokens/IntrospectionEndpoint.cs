using System.Text.Json;
using IdJagBroker.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace IdJagBroker.McpAuthorization.AccessTokens;

/// <summary>
/// Tells an MCP server what an access token means (RFC 7662). Of a token that is not active, or is not for whoever asks, it says <c>{"active":false}</c> and nothing else: not even which of
/// the two it is.
/// </summary>
internal sealed class IntrospectionEndpoint(IssuedTokens tokens, IOptions<IdJagAuthorizationServerOptions> options, ILogger<IntrospectionEndpoint> logger)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    /// <summary>Handles one request of whatever method.</summary>
    public async Task Handle(HttpContext http)
    {
        if (!FormRequest.IsPost(http)) return;
        try
        {
            var read = await FormRequest.ReadAsync(http);
            if (read.IsRefused(out var request, out var refusal) || Authenticate(request.Credentials).IsRefused(out var client, out refusal))
            {
                await OAuthAnswer.WriteAsync(http, refusal);
                return;
            }
            if (request.Form.Token("token") is not { } token)
            {
                await OAuthAnswer.WriteAsync(http, OAuthError.InvalidRequest("token is required"));
                return;
            }
            var record = await tokens.FindAsync(token, http.RequestAborted);
            var isTheirs = record is not null && client.Resources.Contains(record.Resource, StringComparer.Ordinal);
            await OAuthAnswer.WriteAsync(http, 200, json => Write(json, isTheirs ? record : null));
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // nobody is left to answer
        }
        catch (Exception e)
        {
            Log.TokenStoreFailed(logger, e);
            await OAuthAnswer.WriteAsync(http, OAuthError.TemporarilyUnavailable("try again later", RetryAfter));
        }
    }

    // RFC 7662 §2.1: who may not ask could try tokens until one is good.
    private OAuthResult<IntrospectionClient> Authenticate(ClientCredentials credentials)
    {
        var known = options.Value.IntrospectionClients;
        var client = Match(known, credentials.ClientId, credentials.Secret);
        // SEC-22: some clients do not encode the halves of Basic. Both readings are tried, whatever the first one gave.
        if (credentials.Raw is { } raw) client = Match(known, raw.ClientId, raw.Secret) ?? client;
        if (client is not null) return client;
        Log.IntrospectionRefused(logger);
        return OAuthError.InvalidClient("client authentication failed", credentials.UsedBasic);
    }

    private static IntrospectionClient? Match(IList<IntrospectionClient> known, string? clientId, string? secret)
    {
        var client = known.FirstOrDefault(one => one.ClientId == clientId);
        return ClientSecrets.Match(client?.KnownSecrets, secret ?? "") ? client : null;
    }

    private void Write(Utf8JsonWriter json, AccessTokenRecord? token)
    {
        json.WriteStartObject();
        json.WriteBoolean("active"u8, token is not null);
        if (token is not null)
        {
            AccessTokenClaims.Write(json, options.Value.Issuer, token);
            json.WriteString("token_type"u8, token.KeyThumbprint is null ? "Bearer"u8 : "DPoP"u8);
        }
        json.WriteEndObject();
    }
}
