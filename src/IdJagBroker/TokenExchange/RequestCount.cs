using System.Diagnostics.Metrics;
using IdJagBroker.Audit;
using IdJagBroker.Clients.Registry;
using IdJagBroker.Keys;
using IdJagBroker.Locks;
using IdJagBroker.Protocol;
using IdJagBroker.Upstreams;
using MediatR;
using Npgsql;

namespace IdJagBroker.TokenExchange;

/// <summary>
/// Counts every request to the token endpoint by how it ended, those from nobody known too: they have no place in the log, and a flood of
/// them must still be seen. What is counted by is closed: outcomes, reason codes, and aliases of the catalogue; nothing that a client sent.
/// </summary>
internal sealed class RequestCount<TRequest, TAnswer> : IPipelineBehavior<TRequest, OAuthResult<TAnswer>>
    where TRequest : ITokenRequest, IRequest<OAuthResult<TAnswer>> where TAnswer : notnull
{
    public async Task<OAuthResult<TAnswer>> Handle(TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<OAuthResult<TAnswer>> next)
    {
        try
        {
            var result = await next();
            if (result.IsRefused(out _, out var refusal)) RequestCount.Refused(refusal, AliasOf(request.Attempt));
            else RequestCount.Granted(AliasOf(request.Attempt));
            return result;
        }
        catch (Exception e)
        {
            RequestCount.Failed(e, cancellationToken.IsCancellationRequested, AliasOf(request.Attempt));
            throw;
        }
    }

    private static string? AliasOf(IssuanceAttempt attempt) => attempt.Client ?? attempt.Administrator?.Key;
}

/// <summary>The counter.</summary>
internal static class RequestCount
{
    private static readonly Meter Meter = new("IdJagBroker");
    private static readonly Counter<long> Requests = Meter.CreateCounter<long>("broker.idjag.requests", "{request}", "Requests to the token endpoint, by outcome, reason and client.");

    public static void Granted(string? client) => Add("ok", null, client);

    public static void Failed(Exception e, bool isAbandoned, string? client) => Add("error", isAbandoned ? "ABANDONED" : ReasonOf(e), client);

    /// <summary>Counts a refusal; of a request that never became a command, without a client.</summary>
    public static void Refused(OAuthError refusal, string? client = null) =>
        Add(refusal.Status >= StatusCodes.Status500InternalServerError ? "error" : "denied", IssuanceLog.ReasonOf(refusal), client);

    private static void Add(string outcome, string? reason, string? client)
    {
        if (!Requests.Enabled) return;
        var tags = new System.Diagnostics.TagList { { "outcome", outcome } };
        if (reason is not null) tags.Add("reason", reason);
        if (client is not null) tags.Add("client", client);
        Requests.Add(1, tags);
    }

    private static string ReasonOf(Exception e) => e switch
    {
        AuditUnavailableException => "AUDIT_UNAVAILABLE",
        SigningUnavailableException => "SIGNING_UNAVAILABLE",
        UpstreamUnavailableException => "UPSTREAM_UNAVAILABLE",
        ClientRegistryUnavailableException => "REGISTRY_UNAVAILABLE",
        LocksUnavailableException => "LOCKS_UNAVAILABLE",
        NpgsqlException or TimeoutException => "DATABASE_UNAVAILABLE",
        _ => "FAULT",
    };
}
