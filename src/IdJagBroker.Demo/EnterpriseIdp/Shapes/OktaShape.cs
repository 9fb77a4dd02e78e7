using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace IdJagBroker.Demo.EnterpriseIdp.Shapes;

/// <summary>Okta's org server: no <c>typ</c>, a numeric <c>ver</c>, a <c>jti</c> of its own form, and groups cut silently at a hundred.</summary>
internal sealed class OktaShape : IdTokenShape
{
    /// <summary>The most groups that a token lists; nothing tells that there are more.</summary>
    public const int MaxGroups = 100;

    public override string? HeaderType => null;

    public override JsonObject Claims(SignIn signIn)
    {
        var person = signIn.Person;
        var claims = Required(signIn);
        claims["ver"] = 1;
        claims["jti"] = "ID." + RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", 43);
        claims["idp"] = "00o-acme";
        claims["amr"] = Strings(signIn.Context.Amr);
        claims["acr"] = signIn.Context.Acr;
        claims["auth_time"] = signIn.Authentication.At.ToUnixTimeSeconds();
        claims["name"] = person.Name;
        claims["preferred_username"] = person.Email;
        claims["email"] = person.Email;
        claims["email_verified"] = person.EmailVerified;
        claims["groups"] = Strings(person.Groups.Take(MaxGroups).Select(group => group.Id));
        return claims;
    }
}
