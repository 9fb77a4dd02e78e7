using System.Diagnostics.Metrics;
using IdJagBroker.Audit;
using IdJagBroker.Clients.Registry;
using IdJagBroker.Keys;
using IdJagBroker.Protocol;
using IdJagBroker.Upstreams;
using MediatR;
using Npgsql;

namespace IdJagBroker.TokenExchange;

/// <summary>
/// Counts every request to the token endpoint by how it ended, those from nobody known too: they have no place in the log, and a flood of
/// them must still be seen. What is counted by is closed: outcomes, reason codes, and aliases of the catalogue; nothing that a client sent.
/// </summary>
internal sealed class RequestCount : IPipelineBehavior<ExchangeToken, OAuthResult<TokenExchangeResponse>>
{
    private static readonly Meter Meter = new("IdJagBroker");
    private static readonly Counter<long> Requests = Meter.CreateCounter<long>("broker.idjag.requests", "{request}", "Requests to the token endpoint, by outcome, reason and client.");

    public async Task<OAuthResult<TokenExchangeResponse>> Handle(
        ExchangeToken request, CancellationToken cancellationToken, RequestHandlerDelegate<OAuthResult<TokenExchangeResponse>> next)
    {
        try
        {
            var result = await next();
            if (result.IsRefused(out _, out var refusal)) Refused(refusal, request.Attempt.Client);
            else Add("ok", null, request.Attempt.Client);
            return result;
        }
        catch (Exception e)
        {
            Add("error", cancellationToken.IsCancellationRequested ? "ABANDONED" : ReasonOf(e), request.Attempt.Client);
            throw;
        }
    }

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
        NpgsqlException or TimeoutException => "DATABASE_UNAVAILABLE",
        _ => "FAULT",
    };
}
