using System.Text.Json.Nodes;

namespace IdJagBroker.Demo.EnterpriseIdp.Shapes;

/// <summary>PingFederate: ID Tokens live five minutes, carry the session as <c>pi.sri</c>, and their <c>typ</c> is what an administrator made of it.</summary>
/// <param name="headerType">The configured <c>typ</c>; absent by default.</param>
internal sealed class PingShape(string? headerType = null) : IdTokenShape
{
    public override TimeSpan Lifetime => TimeSpan.FromMinutes(5);

    public override string? HeaderType => headerType;

    public override string Subject(Person person, string clientId) => person.UserName;

    public override JsonObject Claims(SignIn signIn)
    {
        var person = signIn.Person;
        var claims = Required(signIn);
        claims["jti"] = RandomName.Create();
        claims["auth_time"] = signIn.Authentication.At.ToUnixTimeSeconds();
        claims["acr"] = signIn.Context.Acr;
        claims["amr"] = Strings(signIn.Context.Amr);
        claims["pi.sri"] = signIn.SessionId;
        claims["email"] = person.Email;
        claims["email_verified"] = person.EmailVerified;
        claims["groups"] = Strings(person.Groups.Select(group => group.Id));
        return claims;
    }
}
