using IdJagBroker.Audit;
using IdJagBroker.Protocol;
using MediatR;

namespace IdJagBroker.TokenExchange;

/// <summary>
/// Records every refused request of a known client or administrator, so that a denied attempt is as visible as a granted one. A request from nobody
/// known is only counted (<see cref="RequestCount"/>): strangers do not get to write into the log. So is one over a rate limit, or a flood of requests would become a
/// flood of records (ADR 0012).
/// </summary>
internal sealed class RefusalAudit<TRequest, TAnswer>(IssuanceLog log) : IPipelineBehavior<TRequest, OAuthResult<TAnswer>>
    where TRequest : ITokenRequest, IRequest<OAuthResult<TAnswer>> where TAnswer : notnull
{
    public async Task<OAuthResult<TAnswer>> Handle(TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<OAuthResult<TAnswer>> next)
    {
        var result = await next();
        var isKnown = request.Attempt.Client is not null || request.Attempt.Administrator is not null;
        if (result.IsRefused(out _, out var refusal) && isKnown && refusal.Status is not StatusCodes.Status429TooManyRequests)
            await log.RecordRefusalAsync(request.Attempt, refusal);
        return result;
    }
}
