using IdJagBroker.Protocol;

namespace IdJagBroker.McpAuthorization;

/// <summary>Writes down how each redemption ended (RAS-48): which ID-JAG, which client, which token; never who, never the tokens.</summary>
internal sealed class Redemptions(ILogger<Redemptions> logger)
{
    public OAuthError Refused(ClientCredentials credentials, OAuthError refusal)
    {
        Log.ClientRefused(logger, credentials.Method, refusal.Code);       // the id it gave is anybody's text
        return refusal;
    }

    public OAuthError Refused(AuthenticatedClient client, OAuthError refusal)
    {
        Log.AssertionRefused(logger, client.ClientId, refusal.Code, refusal.Reason, refusal.Detail);
        return refusal;
    }

    public OAuthError Refused(ValidatedIdJag idJag, OAuthError refusal)
    {
        Log.RedemptionRefused(logger, idJag.Client.ClientId, idJag.Claims.Issuer, idJag.Claims.JwtId, refusal.Code, refusal.Reason, refusal.Detail);
        return refusal;
    }

    public void Issued(AccessTokenGrant grant, IssuedAccessToken token) => Log.TokenIssued(
        logger, grant.IdJag.Client.ClientId, grant.IdJag.Claims.Issuer, grant.IdJag.Claims.JwtId, grant.Resource, grant.Scope.ToString(), token.JwtId);
}
