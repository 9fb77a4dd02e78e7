using IdJagBroker.Protocol;
using Microsoft.Extensions.Options;

namespace IdJagBroker.McpAuthorization;

/// <summary>Writes down how each redemption ended (RAS-48): which ID-JAG, which client, which token; never who, never the tokens.</summary>
internal sealed class Redemptions(IOptions<IdJagAuthorizationServerOptions> options, ILogger<Redemptions> logger)
{
    /// <summary>The refusal of a person who is known but may not (C-27), as the operator wants it told.</summary>
    public OAuthError NotEntitled() => options.Value.HideAccessDenied
        ? BadIdJag.UnknownSubject("not entitled")
        : OAuthError.AccessDenied("the subject may not use this server").Because("NOT_ENTITLED");

    public OAuthError Refused(AuthenticatedClient client, OAuthError refusal)
    {
        Log.AssertionRefused(logger, client.ClientId, refusal.Code, refusal.Reason, refusal.Detail);
        return refusal;
    }

    public OAuthError Refused(ValidatedIdJag idJag, OAuthError refusal)
    {
        Log.RedemptionRefused(logger, idJag.Client.ClientId, idJag.Claims.Issuer, idJag.Claims.JwtId, refusal.Code, refusal.Reason);
        return refusal;
    }

    public void Issued(AccessTokenGrant grant, IssuedAccessToken token) => Log.TokenIssued(
        logger, grant.IdJag.Client.ClientId, grant.IdJag.Claims.Issuer, grant.IdJag.Claims.JwtId, grant.Resource, grant.Scope.ToString(), token.JwtId);
}
