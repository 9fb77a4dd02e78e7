using System.Security.Claims;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.McpAuthorization.ResourceServer;

/// <summary>An access token that was found good for this MCP server.</summary>
internal sealed record VerifiedAccessToken(string Issuer, string Subject, string ClientId, string JwtId, ScopeSet Scope)
{
    /// <summary>The key that it is bound to, if it is (RFC 9449 §6.1): found good or not, it is worthless without proof of that key.</summary>
    public KeyConfirmation Binding { get; init; }

    /// <summary>The authentication context that the sign-in met, if the token says it (RFC 9068 §2.2.1).</summary>
    public string? Acr { get; init; }

    /// <summary>When the person signed in, if the token says it.</summary>
    public DateTimeOffset? AuthTime { get; init; }

    /// <summary>The scheme that it goes with.</summary>
    public string Scheme => Binding.IsThere ? "DPoP" : "Bearer";

    /// <summary>The person for the application: <c>sub</c>, <c>client_id</c>, <c>jti</c>, <c>aud</c> and one <c>scope</c> for each. Never the token (RS-12).</summary>
    public ClaimsPrincipal ToPrincipal(string resource)
    {
        var person = new ClaimsIdentity(authenticationType: Scheme, nameType: "sub", roleType: null);
        Add("sub", Subject);
        Add("client_id", ClientId);
        Add("jti", JwtId);
        Add("aud", resource);
        foreach (var scope in Scope.Scopes) Add("scope", scope);
        return new ClaimsPrincipal(person);

        // The person's from the beginning: any other claim is copied.
        void Add(string type, string value) => person.AddClaim(new Claim(type, value, ClaimValueTypes.String, Issuer, Issuer, person));
    }
}
