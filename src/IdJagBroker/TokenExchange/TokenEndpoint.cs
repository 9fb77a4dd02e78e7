using System.Diagnostics;
using System.Globalization;
using System.Net;
using IdJagBroker.Audit;
using IdJagBroker.Dpop;
using IdJagBroker.Hosting;
using IdJagBroker.Protocol;
using MediatR;
using Microsoft.Extensions.Options;

namespace IdJagBroker.TokenExchange;

/// <summary>
/// <c>POST /oauth2/token</c> (RFC 6749 §3.2): reads a form strictly, sends one command, writes one response that nobody stores.
/// </summary>
internal static class TokenEndpoint
{
    public const string Path = "/oauth2/token";

    /// <summary>Answers every request; what the walk throws is <see cref="FailureResponses"/>'s.</summary>
    public static async Task Handle(
        HttpContext http, IMediator mediator, RateLimits limits, DpopProofCheck proofs, IOptions<TokenExchangeOptions> options, TimeProvider clock)
    {
        // Before the body is read, so that a flood costs next to nothing.
        if (limits.ForAddress(http.Connection.RemoteIpAddress) is { } limited) { await RefuseAsync(http, limited); return; }
        proofs.OfferNonce(http);
        if (!HttpMethods.IsPost(http.Request.Method))
        {
            http.Response.Headers.Allow = HttpMethods.Post;
            await RefuseAsync(http, OAuthError.InvalidRequest("use POST"), StatusCodes.Status405MethodNotAllowed);
            return;
        }
        var reading = await FormBody.ReadAsync(http.Request, http.RequestAborted);
        if (reading.IsRefused(out var form, out var refusal)) { await RefuseAsync(http, refusal); return; }

        var credentialParsing = ClientCredentials.Parse(form, http.Request.Headers.Authorization);
        if (credentialParsing.IsRefused(out var credentials, out refusal)) { await RefuseAsync(http, refusal); return; }

        var attempt = new IssuanceAttempt(
            Guid.CreateVersion7(clock.GetUtcNow()), Activity.Current?.TraceId.ToString(), NetworkOf(http.Connection.RemoteIpAddress), http.Request.Headers.UserAgent);
        var command = new ExchangeToken(form, credentials, http.Request.Headers[DpopProofCheck.Header], attempt);
        var result = await mediator.Send(command, http.RequestAborted);
        if (!result.IsRefused(out var response, out refusal)) await OAuthResponse.WriteAsync(http, response.WriteTo);
        else await OAuthResponse.WriteAsync(http, ToSend(refusal, attempt, options.Value));
    }

    // Before there is a command: nobody is known, so it is only counted.
    private static Task RefuseAsync(HttpContext http, OAuthError refusal, int? status = null)
    {
        RequestCount.Refused(refusal);
        return OAuthResponse.WriteAsync(http, refusal, status);
    }

    // The last step before the wire; the log has the refusal as it was. Only who proved to be a client is told of its record: to a
    // stranger, a decision_id would say that the client exists.
    private static OAuthError ToSend(OAuthError refusal, IssuanceAttempt attempt, TokenExchangeOptions options)
    {
        var mayHear = attempt.ClientAuthentication is not null && refusal.Status is not StatusCodes.Status429TooManyRequests;
        var said = attempt.Replayed?.Refusal ?? ErrorProfile.Apply(options.ErrorProfile, refusal);
        return mayHear ? said.WithDecision(attempt.DecisionId.ToString()) : said;
    }

    // The log keeps the network, not the address: /24 of IPv4, /48 of IPv6.
    private static string? NetworkOf(IPAddress? address)
    {
        if (address is null) return null;
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var length);
        if (length is 4) return string.Create(CultureInfo.InvariantCulture, $"{bytes[0]}.{bytes[1]}.{bytes[2]}.0/24");
        bytes[6..].Clear();
        return $"{new IPAddress(bytes)}/48";
    }
}
