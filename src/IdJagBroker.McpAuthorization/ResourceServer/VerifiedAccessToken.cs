using System.Security.Claims;
using IdJagBroker.Protocol;

namespace IdJagBroker.McpAuthorization.ResourceServer;

/// <summary>An access token that was found good for this MCP server.</summary>
internal sealed record VerifiedAccessToken(string Issuer, string Subject, string ClientId, string JwtId, ScopeSet Scope)
{
    /// <summary>The person for the application: <c>sub</c>, <c>client_id</c>, <c>jti</c> and one <c>scope</c> for each. Never the token (RS-12).</summary>
    public ClaimsPrincipal ToPrincipal()
    {
        var claims = new List<Claim> { Named("sub", Subject), Named("client_id", ClientId), Named("jti", JwtId) };
        claims.AddRange(Scope.Scopes.Select(scope => Named("scope", scope)));
        return new ClaimsPrincipal(new ClaimsIdentity(claims, authenticationType: "Bearer", nameType: "sub", roleType: null));
    }

    private Claim Named(string type, string value) => new(type, value, ClaimValueTypes.String, Issuer);
}
