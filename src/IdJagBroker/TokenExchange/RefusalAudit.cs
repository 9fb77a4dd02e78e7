using IdJagBroker.Audit;
using IdJagBroker.Protocol;
using MediatR;

namespace IdJagBroker.TokenExchange;

/// <summary>
/// Records every refused exchange of a known client, so that a denied attempt is as visible as a granted one. A request from nobody
/// known is only counted (<see cref="RequestCount"/>): strangers do not get to write into the log. So is one over a rate limit, or a flood of requests would become a
/// flood of records (ADR 0012).
/// </summary>
internal sealed class RefusalAudit(IssuanceLog log) : IPipelineBehavior<ExchangeToken, OAuthResult<TokenExchangeResponse>>
{
    public async Task<OAuthResult<TokenExchangeResponse>> Handle(
        ExchangeToken request, CancellationToken cancellationToken, RequestHandlerDelegate<OAuthResult<TokenExchangeResponse>> next)
    {
        var result = await next();
        if (result.IsRefused(out _, out var refusal) && request.Attempt.Client is not null && refusal.Status is not StatusCodes.Status429TooManyRequests)
            await log.RecordRefusalAsync(request.Attempt, refusal);
        return result;
    }
}
