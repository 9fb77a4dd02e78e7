using System.Collections.Frozen;
using IdJagBroker.Protocol;
using Microsoft.Extensions.Options;

namespace IdJagBroker.McpAuthorization.Receipts;

/// <summary>Takes down what became of ID-JAGs for those issuers that want to hear it. Costs a token request an entry in a queue, and no more.</summary>
internal sealed class ReceiptOutbox(IOptions<IdJagAuthorizationServerOptions> options, TimeProvider clock, ILogger<ReceiptOutbox> logger)
{
    private readonly FrozenDictionary<string, ReceiptQueue> _queues = options.Value.TrustedIssuers.Where(trust => trust.Receipts is not null)
        .ToFrozenDictionary(trust => trust.Issuer, trust => new ReceiptQueue(trust.Issuer, trust.Receipts!.MaxWaiting, clock, logger), StringComparer.Ordinal);

    /// <summary>The queue of an issuer, or null: it is told nothing.</summary>
    public ReceiptQueue? For(TrustedIssuer issuer) => _queues.GetValueOrDefault(issuer.Issuer);

    /// <summary>An access token was issued.</summary>
    public void Redeemed(AccessTokenGrant grant, IssuedAccessToken token) =>
        For(grant.IdJag.Issuer)?.Add(new Receipt(grant.IdJag.Claims.JwtId, grant.IdJag.Client.ClientId, clock.GetUtcNow())
        {
            Scope = grant.Scope, Resource = grant.Resource, ExpiresIn = token.ExpiresIn,
        });

    /// <summary>None was. What only failed is not told: the client comes again.</summary>
    public void Refused(IdJag idJag, TrustedIssuer issuer, AuthenticatedClient client, OAuthError refusal)
    {
        if (refusal.Status >= 500) return;
        For(issuer)?.Add(new Receipt(idJag.JwtId, client.ClientId, clock.GetUtcNow()) { Error = refusal.Code, Reason = refusal.Reason });
    }
}
