using System.Globalization;
using IdJagBroker.McpAuthorization.Dpop;
using Microsoft.AspNetCore.Http;

namespace IdJagBroker.McpAuthorization.ResourceServer;

/// <summary>Who sends a request, by its access token: found out once, for the guard of an endpoint and for ASP.NET Core's authentication alike.</summary>
internal sealed class TokenAuthentication
{
    private readonly McpResourceServerOptions _options;
    private readonly AccessTokenValidator _tokens;
    private readonly PossessionCheck _possession;
    private readonly SenderConstraint _constraint;
    private readonly Challenge _challenge;
    private readonly ILogger _logger;
    private readonly Func<HttpContext, Task> _noToken;

    public TokenAuthentication(McpResourceServerOptions options, Challenge challenge, IIssuerKeys keys, IAccessTokenStatus? status, TimeProvider clock, ILogger logger)
    {
        (_options, _challenge, _logger, _noToken) = (options, challenge, logger, challenge.NoTokenAsync);
        _tokens = new AccessTokenValidator(options.Resource, options.AuthorizationServer, keys, status, clock);
        _possession = new PossessionCheck(options.EndpointUrl ?? options.Resource, options.Dpop, clock);
        _constraint = new SenderConstraint(_possession, options.RequireKeyBoundTokens);
    }

    /// <summary>What came of looking: the token, or how to answer.</summary>
    public async Task<TokenOutcome> AuthenticateAsync(HttpContext http)
    {
        if (_possession.OfferNonce(http)) http.Response.Headers.Append("Access-Control-Expose-Headers", PossessionCheck.NonceHeader);
        var presented = AccessTokenHeader.Find(http.Request, out var text);
        if (presented is Presented.Nothing) return new TokenOutcome(null, _noToken) { IsNothing = true };
        if (presented is Presented.Malformed) return new TokenOutcome(null, _challenge.MalformedAsync);
        try
        {
            var (token, refusal) = await _tokens.ValidateAsync(text, http.RequestAborted);
            refusal ??= _constraint.Check(http.Request, presented, text, token!);
            if (refusal is null) return new TokenOutcome(token, _noToken);
            Log.AccessTokenRefused(_logger, _options.Resource, refusal.Reason);
            return new TokenOutcome(null, answer => _challenge.BadTokenAsync(answer, presented, refusal));
        }
        catch (IssuerKeysUnavailableException e)
        {
            return new TokenOutcome(null, answer => UndecidedAsync(answer, e.RetryAfter));
        }
        catch (AccessTokenStatusUnavailableException e)
        {
            Log.TokenStatusUnavailable(_logger, _options.Resource, e.Message);
            return new TokenOutcome(null, answer => UndecidedAsync(answer, AccessTokenStatusUnavailableException.RetryAfter));
        }
    }

    /// <summary>The token was for us, and goes no further (RS-12).</summary>
    public static void Consume(HttpRequest request)
    {
        request.Headers.Remove("Authorization");
        request.Headers.Remove(PossessionCheck.Header);
    }

    // Undecided is not invalid: a client would drop its token.
    private static Task UndecidedAsync(HttpContext http, TimeSpan retryAfter)
    {
        http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        http.Response.Headers.RetryAfter = ((long)Math.Ceiling(retryAfter.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        return Task.CompletedTask;
    }
}

/// <summary>What came of looking for a token.</summary>
/// <param name="Token">The good one, from whom it was issued to; or null.</param>
/// <param name="Refuse">Answers the request that does not have one.</param>
internal sealed record TokenOutcome(VerifiedAccessToken? Token, Func<HttpContext, Task> Refuse)
{
    /// <summary>Whether none came at all.</summary>
    public bool IsNothing { get; init; }
}
