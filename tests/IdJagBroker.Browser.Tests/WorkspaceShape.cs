using System.Text.Json.Nodes;
using IdJagBroker.Demo.EnterpriseIdp;
using IdJagBroker.Demo.EnterpriseIdp.Shapes;

namespace IdJagBroker.Browser.Tests;

/// <summary>Google as it is to everybody: <c>hd</c> is the domain of a company's account, and a private account has none.</summary>
internal sealed class WorkspaceShape : IdTokenShape
{
    private static readonly GoogleShape Google = new() { HostedDomain = null };

    public override IReadOnlyList<string> Scopes => Google.Scopes;

    public override bool RotatesRefreshTokens => Google.RotatesRefreshTokens;

    public override bool HasSessions => Google.HasSessions;

    public override string Subject(Person person, string clientId) => Google.Subject(person, clientId);

    public override JsonObject Claims(Demo.EnterpriseIdp.Shapes.SignIn signIn)
    {
        var claims = Google.Claims(signIn);
        if (signIn.Person.Email.Split('@')[1] is not "mail.example" and var domain) claims["hd"] = domain;
        return claims;
    }
}
