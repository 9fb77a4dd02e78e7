using Xunit;

namespace IdJagBroker.Protocol.Tests;

public sealed class JwtBearerRequestTests
{
    private const string Good = "grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion=h.p.s";

    [Fact]
    public void Reads_a_well_formed_request()
    {
        var request = Expect.Granted(Parse(Good + "&resource=https://mcp.example/mcp&scope=a+b"));

        Assert.Equal(("h.p.s", "https://mcp.example/mcp", "a b"), (request.Assertion.Reveal(), request.Resource?.Value, request.Scope.ToString()));
        Assert.DoesNotContain("h.p.s", request.ToString(), StringComparison.Ordinal);
    }

    [Fact, Trait("Spec", "RAS-02"), Trait("Spec", "POP-13")]
    public void The_jwt_dpop_grant_demands_a_key_and_the_other_does_not()
    {
        Assert.True(Expect.Granted(Parse("grant_type=urn:ietf:params:oauth:grant-type:jwt-dpop&assertion=h.p.s")).DemandsKeyBinding);
        Assert.False(Expect.Granted(Parse(Good)).DemandsKeyBinding);
    }

    [Fact]
    public void Resource_and_scope_may_be_absent()
    {
        var request = Expect.Granted(Parse(Good));

        Assert.Null(request.Resource);
        Assert.True(request.Scope.IsEmpty);
    }

    [Theory, Trait("Spec", "RAS-02"), Trait("Spec", "RAS-03")]
    [InlineData("assertion=h.p.s", "invalid_request")]
    [InlineData("grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer", "invalid_request")]
    [InlineData("grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion=", "invalid_request")]
    [InlineData("grant_type=urn:ietf:params:oauth:grant-type:token-exchange&assertion=h.p.s", "unsupported_grant_type")]
    [InlineData("grant_type=urn:ietf:params:oauth:grant-type:jwt-dpop", "invalid_request")]
    [InlineData("grant_type=urn:ietf:params:oauth:grant-type:jwt-dpo&assertion=h.p.s", "unsupported_grant_type")]
    public void Refuses_no_assertion_and_another_grant(string body, string code) => Expect.Refused(Parse(body), code);

    [Theory]
    [InlineData("&scope=a%22b", "invalid_scope")]
    [InlineData("&authorization_details=[]", "invalid_authorization_details")]
    [InlineData("&resource=https://mcp.example%23f", "invalid_target")]
    [InlineData("&resource=mcp", "invalid_target")]
    [InlineData("&resource=https://a.example/&resource=https://b.example/", "invalid_target")]   // C-04
    [Trait("Spec", "IDP-15"), Trait("Spec", "IDP-17"), Trait("Spec", "RAS-35")]
    public void Refuses_a_malformed_narrowing(string more, string code) => Expect.Refused(Parse(Good + more), code);

    private static OAuthResult<JwtBearerRequest> Parse(string body) => JwtBearerRequest.Parse(Expect.Form(body));
}
