using Xunit;

namespace IdJagBroker.Protocol.Tests;

public sealed class JwtTypeTests
{
    [Theory, Trait("Spec", "RAS-09"), Trait("Spec", "JAG-02")]   // C-10
    [InlineData("oauth-id-jag+jwt", true)]
    [InlineData("OAuth-ID-JAG+JWT", true)]
    [InlineData("application/oauth-id-jag+jwt", true)]
    [InlineData("Application/oauth-id-jag+jwt", true)]
    [InlineData("application/application/oauth-id-jag+jwt", false)]
    [InlineData("text/oauth-id-jag+jwt", false)]
    [InlineData("oauth-id-jag", false)]
    [InlineData(" oauth-id-jag+jwt", false)]
    [InlineData("oauth-id-jag+jwt;v=1", false)]
    [InlineData("oauth-\u0131d-jag+jwt", false)]                 // a dotless i is no i
    [InlineData("JWT", false)]
    [InlineData("at+jwt", false)]
    [InlineData("client-authentication+jwt", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void An_ID_JAG_is_known_by_its_type(string? typ, bool isIdJag) => Assert.Equal(isIdJag, JwtType.Is(typ, JwtType.IdJag));

    [Theory, Trait("Spec", "IDP-27")]
    [InlineData("at+jwt")]
    [InlineData("application/at+jwt")]
    [InlineData("AT+JWT")]
    [InlineData("oauth-id-jag+jwt")]
    [InlineData("client-authentication+jwt")]
    [InlineData("dpop+jwt")]
    [InlineData("logout+jwt")]
    [InlineData("secevent+jwt")]
    [InlineData("token-introspection+jwt")]
    public void Another_kind_of_token_is_no_ID_Token(string typ) => Assert.True(JwtType.IsOfAnotherKind(typ));

    [Theory, Trait("Spec", "IDP-27"), Trait("Spec", "SEC-21")]
    [InlineData(null)]
    [InlineData("JWT")]
    [InlineData("application/client-authentication+jwt")]
    public void No_type_a_general_one_and_the_own_one_are_not_of_another_kind(string? typ) =>
        Assert.False(JwtType.IsOfAnotherKind(typ, JwtType.ClientAuthentication));

    [Fact, Trait("Spec", "SEC-21")]
    public void An_ID_JAG_is_no_client_assertion() => Assert.True(JwtType.IsOfAnotherKind(JwtType.IdJag, JwtType.ClientAuthentication));
}
