using IdJagBroker.McpAuthorization.Dpop;
using IdJagBroker.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace IdJagBroker.McpAuthorization;

/// <summary>The token endpoint (RFC 6749 §3.2): reads a form POST, asks <see cref="JwtBearerGrant"/> once, writes one answer.</summary>
internal sealed class JwtBearerEndpoint(TokenProofs proofs, ILogger<JwtBearerEndpoint> logger)
{
    /// <summary>Handles one request of whatever method.</summary>
    public async Task Handle(HttpContext http)
    {
        if (!FormRequest.IsPost(http)) return;
        proofs.OfferNonce(http);
        OAuthResult<AccessTokenResponse> result;
        try
        {
            result = await ExchangeAsync(http);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            return;                                                        // nobody is left to answer
        }
        catch (IssuerKeysUnavailableException e)
        {
            Log.IssuerKeysUnavailable(logger, e.Issuer);
            result = OAuthError.ServerError(503, e.RetryAfter);            // IDP-62: never "accept", and not the client's fault
        }
        catch (Exception e)
        {
            Log.TokenRequestFailed(logger, e);
            result = OAuthError.ServerError();                             // IDP-63: without detail
        }
        await (result.IsRefused(out var response, out var refusal) ? OAuthAnswer.WriteAsync(http, refusal) : OAuthAnswer.WriteAsync(http, response));
    }

    private static async Task<OAuthResult<AccessTokenResponse>> ExchangeAsync(HttpContext http)
    {
        if ((await FormRequest.ReadAsync(http)).IsRefused(out var read, out var refusal)) return refusal;
        var request = new TokenRequest(read.Form, read.Credentials, http.Request.Headers[PossessionCheck.Header]);
        return await http.RequestServices.GetRequiredService<JwtBearerGrant>().ExchangeAsync(request, http.RequestAborted);
    }
}
