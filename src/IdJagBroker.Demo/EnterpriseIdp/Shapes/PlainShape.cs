using System.Text.Json.Nodes;

namespace IdJagBroker.Demo.EnterpriseIdp.Shapes;

/// <summary>ID Tokens as OpenID Connect Core §2 and §5.1 describe them, with <c>groups</c>.</summary>
internal sealed class PlainShape : IdTokenShape
{
    public override JsonObject Claims(SignIn signIn)
    {
        var claims = Required(signIn);
        claims["auth_time"] = signIn.Authentication.At.ToUnixTimeSeconds();
        claims["acr"] = signIn.Context.Acr;
        claims["amr"] = Strings(signIn.Context.Amr);
        claims["name"] = signIn.Person.Name;
        claims["email"] = signIn.Person.Email;
        claims["email_verified"] = signIn.Person.EmailVerified;
        claims["groups"] = Strings(signIn.Person.Groups.Select(group => group.Id));
        return claims;
    }
}
