using System.Text;
using IdJagBroker.Protocol.Jws;
using Xunit;

namespace IdJagBroker.Protocol.Tests;

public sealed class ResponseTests
{
    private static readonly EncodedJwt Token = new(Encoding.ASCII.GetBytes("h.p.s"));

    [Fact]
    [Trait("Spec", "IDP-54"), Trait("Spec", "IDP-56"), Trait("Spec", "IDP-57"), Trait("Spec", "IDP-59"), Trait("Spec", "IDP-60")]
    public void A_token_exchange_answers_exactly_what_the_specification_names()
    {
        var response = new TokenExchangeResponse(Token, TimeSpan.FromSeconds(299.99), ScopeSet.Of("a", "b"), ["https://mcp.example/mcp"]);

        Assert.Equal(
            """{"issued_token_type":"urn:ietf:params:oauth:token-type:id-jag","access_token":"h.p.s","token_type":"N_A","expires_in":299,"scope":"a b","resource":"https://mcp.example/mcp"}""",
            Expect.Json(response.WriteTo).GetRawText());
    }

    [Fact, Trait("Spec", "IDP-57"), Trait("Spec", "IDP-59")]
    public void Several_resources_are_an_array_and_none_is_no_member()
    {
        Assert.Equal("""["r1","r2"]""",
            Expect.Json(new TokenExchangeResponse(Token, default, ScopeSet.Empty, ["r1", "r2"]).WriteTo).GetProperty("resource").GetRawText());
        Assert.Equal(["issued_token_type", "access_token", "token_type", "expires_in"],
            Expect.Json(new TokenExchangeResponse(Token, default, ScopeSet.Empty, []).WriteTo).EnumerateObject().Select(m => m.Name));
    }

    [Fact, Trait("Spec", "RAS-41"), Trait("Spec", "RAS-42"), Trait("Spec", "RAS-43"), Trait("Spec", "RAS-44")]
    public void A_redeemed_ID_JAG_answers_with_a_bearer_token_and_no_refresh_token()
    {
        var response = new AccessTokenResponse(Token, TimeSpan.FromSeconds(600.7), ScopeSet.Of("a"), "https://mcp.example/mcp");

        Assert.Equal(
            """{"access_token":"h.p.s","token_type":"Bearer","expires_in":600,"scope":"a","resource":"https://mcp.example/mcp"}""",
            Expect.Json(response.WriteTo).GetRawText());
        Assert.Equal("DPoP", Expect.Json((response with { IsKeyBound = true }).WriteTo).GetProperty("token_type").GetString());
        Assert.False(Expect.Json((response with { Scope = ScopeSet.Empty }).WriteTo).TryGetProperty("scope", out _));
    }

    [Fact, Trait("Spec", "SEC-26")]
    public void Neither_answer_shows_its_token_as_text()
    {
        Assert.DoesNotContain("h.p.s", new TokenExchangeResponse(Token, default, ScopeSet.Empty, []).ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("h.p.s", new AccessTokenResponse(Token, default, ScopeSet.Empty, "r").ToString(), StringComparison.Ordinal);
        Assert.Equal("h.p.s", Token.Reveal());
    }
}
