using System.Text.Json.Nodes;

namespace IdJagBroker.Demo.EnterpriseIdp.Shapes;

/// <summary>
/// Google: <c>hd</c> names the Workspace domain, <c>azp</c> may differ from <c>aud</c>, and there are neither groups nor strength nor a
/// session. <c>offline_access</c> is an <c>invalid_scope</c> there: <c>access_type=offline</c> asks for a refresh token, which stays as it is.
/// </summary>
internal sealed class GoogleShape : IdTokenShape
{
    /// <summary>The Workspace domain; null for a consumer's account.</summary>
    public string? HostedDomain { get; init; } = "acme.example";

    /// <summary>The application that asked, if it is not the one that the token is for.</summary>
    public string? AuthorizedParty { get; init; }

    /// <summary>Whether <c>iss</c> is the legacy spelling, without a scheme, which differs from the discovery document.</summary>
    public bool BareIssuer { get; init; }

    public override IReadOnlyList<string> Scopes => ["openid", "profile", "email", "groups"];

    public override bool RotatesRefreshTokens => false;

    public override bool HasSessions => false;

    public override bool IsOffline(IQueryCollection query) => query["access_type"] == "offline";

    public override string Subject(Person person, string clientId) => DerivedId.Digits(person.Id);

    public override JsonObject Claims(SignIn signIn)
    {
        var person = signIn.Person;
        var claims = Required(signIn);
        if (BareIssuer) claims["iss"] = new Uri(signIn.Issuer).Authority;
        claims["azp"] = AuthorizedParty ?? signIn.ClientId;
        if (HostedDomain is not null) claims["hd"] = HostedDomain;
        claims["email"] = person.Email;
        claims["email_verified"] = person.EmailVerified;
        claims["name"] = person.Name;
        return claims;
    }
}
