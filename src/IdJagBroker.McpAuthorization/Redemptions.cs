using IdJagBroker.McpAuthorization.Receipts;
using IdJagBroker.Protocol;

namespace IdJagBroker.McpAuthorization;

/// <summary>
/// Writes down how each redemption ended (RAS-48): which ID-JAG, which client, which token; never who, never the tokens. The issuer is told too, if
/// it wants to hear it.
/// </summary>
internal sealed class Redemptions(ReceiptOutbox receipts, ILogger<Redemptions> logger)
{
    public OAuthError Refused(ClientCredentials credentials, OAuthError refusal)
    {
        Log.ClientRefused(logger, credentials.Method, refusal.Code, refusal.Reason, refusal.Detail);       // the id it gave is anybody's text
        return refusal;
    }

    /// <param name="client">Which client came.</param>
    /// <param name="refusal">What it is told.</param>
    /// <param name="genuine">The ID-JAG, if it is really its issuer's.</param>
    public OAuthError Refused(AuthenticatedClient client, OAuthError refusal, GenuineIdJag? genuine = null)
    {
        if (genuine is not null) receipts.Refused(genuine.Claims, genuine.Issuer, client, refusal);
        Log.AssertionRefused(logger, client.ClientId, refusal.Code, refusal.Reason, refusal.Detail);
        return refusal;
    }

    public OAuthError Refused(ValidatedIdJag idJag, OAuthError refusal)
    {
        receipts.Refused(idJag.Claims, idJag.Issuer, idJag.Client, refusal);
        Log.RedemptionRefused(logger, idJag.Client.ClientId, idJag.Claims.Issuer, idJag.Claims.JwtId, refusal.Code, refusal.Reason, refusal.Detail);
        return refusal;
    }

    public void Issued(AccessTokenGrant grant, IssuedAccessToken token)
    {
        receipts.Redeemed(grant, token);
        Log.TokenIssued(logger, grant.IdJag.Client.ClientId, grant.IdJag.Claims.Issuer, grant.IdJag.Claims.JwtId, grant.Resource, grant.Scope.ToString(), token.JwtId);
    }
}
