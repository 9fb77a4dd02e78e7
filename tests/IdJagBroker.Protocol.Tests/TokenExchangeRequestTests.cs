using Xunit;

namespace IdJagBroker.Protocol.Tests;

public sealed class TokenExchangeRequestTests
{
    private static readonly (string Name, string Value)[] Good =
    [
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("requested_token_type", "urn:ietf:params:oauth:token-type:id-jag"),
        ("subject_token", "h.p.s"),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:id_token"),
        ("audience", "https://as.example"),
        ("resource", "https://mcp.example/mcp"),
        ("scope", "read write"),
    ];

    [Fact]
    public void Reads_a_well_formed_request()
    {
        var request = Expect.Granted(Parse());

        Assert.Equal(("h.p.s", "https://as.example", "read write"), (request.SubjectToken.Reveal(), request.Audience, request.Scope.ToString()));
        Assert.Equal("https://mcp.example/mcp", Assert.Single(request.Resources).Value);
        Assert.DoesNotContain("h.p.s", request.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Resource_and_scope_may_be_absent()
    {
        var request = Expect.Granted(Parse(remove: ["resource", "scope"]));

        Assert.Empty(request.Resources);
        Assert.True(request.Scope.IsEmpty);
    }

    [Theory]
    [Trait("Spec", "IDP-05"), Trait("Spec", "IDP-06"), Trait("Spec", "IDP-07"), Trait("Spec", "IDP-18")]
    [InlineData("grant_type")]
    [InlineData("requested_token_type")]
    [InlineData("subject_token")]
    [InlineData("subject_token_type")]
    [InlineData("audience")]
    public void Refuses_a_request_without(string parameter) => Expect.Refused(Parse(remove: [parameter]), "invalid_request");

    [Theory, Trait("Spec", "IDP-05")]
    [InlineData("urn:ietf:params:oauth:token-type:id_token")]           // the sample of C-23
    [InlineData("urn:ietf:params:oauth:grant-type:jwt-bearer")]
    [InlineData("URN:ietf:params:oauth:grant-type:token-exchange")]
    [InlineData("urn:ietf:params:oauth:grant-type:token-exchange ")]
    [InlineData("authorization_code")]
    public void Refuses_another_grant(string grantType) => Expect.Refused(Parse(("grant_type", grantType)), "unsupported_grant_type");

    [Theory, Trait("Spec", "IDP-06")]
    [InlineData("urn:ietf:params:oauth:token-type:access_token")]
    [InlineData("urn:ietf:params:oauth:token-type:refresh_token")]
    [InlineData("urn:ietf:params:oauth:token-type:ID-JAG")]
    public void Refuses_to_make_another_token(string type) => Expect.Refused(Parse(("requested_token_type", type)), "invalid_request");

    [Theory, Trait("Spec", "IDP-19")]
    [InlineData("urn:ietf:params:oauth:token-type:access_token")]
    [InlineData("urn:ietf:params:oauth:token-type:jwt")]
    [InlineData("urn:ietf:params:oauth:token-type:saml2")]
    [InlineData("urn:ietf:params:oauth:token-type:id-jag")]
    public void Refuses_another_subject_token(string type) => Expect.Refused(Parse(("subject_token_type", type)), "invalid_request");

    [Theory, Trait("Spec", "IDP-19")]
    [InlineData("urn:ietf:params:oauth:token-type:id_token", false)]
    [InlineData("urn:ietf:params:oauth:token-type:refresh_token", true)]
    public void Knows_which_kind_of_subject_token_it_is(string type, bool isRefreshToken) =>
        Assert.Equal(isRefreshToken, Expect.Granted(Parse(("subject_token_type", type))).SubjectIsRefreshToken);

    [Theory, Trait("Spec", "IDP-20"), Trait("Spec", "IDP-21")]
    [InlineData("actor_token")]
    [InlineData("actor_token_type")]
    public void Refuses_an_actor_and_half_of_one(string parameter) => Expect.Refused(Parse((parameter, "x")), "invalid_request");

    [Fact, Trait("Spec", "IDP-10")]
    public void Refuses_a_second_audience()
    {
        Expect.Refused(Parse(add: [("audience", "https://other.example")]), "invalid_target");
        Expect.Refused(Parse(add: [("audience", "https://as.example")]), "invalid_target");
    }

    [Theory, Trait("Spec", "IDP-11")]
    [InlineData("https://mcp.example/mcp#f")]
    [InlineData("mcp")]
    [InlineData("urn:mcp")]
    public void Refuses_a_resource_that_is_no_absolute_URI(string resource)
    {
        Expect.Refused(Parse(("resource", resource)), "invalid_target");
        Expect.Refused(Parse(add: [("resource", resource)]), "invalid_target");
    }

    [Fact, Trait("Spec", "IDP-11")]
    public void Reads_at_most_eight_resources()
    {
        static (string, string)[] More(int count) => [.. Enumerable.Range(0, count).Select(i => ("resource", $"https://m{i}.example/"))];

        Assert.Equal(8, Expect.Granted(Parse(add: More(7))).Resources.Count);
        Expect.Refused(Parse(add: More(8)), "invalid_target");
    }

    [Fact, Trait("Spec", "IDP-11")]
    public void One_resource_in_two_spellings_is_one() =>
        Assert.Single(Expect.Granted(Parse(add: [("resource", "https://MCP.example:443/mcp")])).Resources);

    [Theory, Trait("Spec", "IDP-15")]
    [InlineData("a\"b")]
    [InlineData("a\\b")]
    [InlineData(" ")]
    [InlineData("\u00e4")]
    public void Refuses_a_malformed_scope(string scope) => Expect.Refused(Parse(("scope", scope)), "invalid_scope");

    [Fact, Trait("Spec", "IDP-15")]
    public void A_plus_in_a_scope_is_a_plus() =>                         // C-23: "a%2Bb" is one scope
        Assert.Equal(["a+b"], Expect.Granted(Parse(("scope", "a+b"))).Scope.Scopes);

    [Fact, Trait("Spec", "IDP-17")]
    public void Refuses_authorization_details() =>
        Expect.Refused(Parse(("authorization_details", """[{"type":"x"}]""")), "invalid_authorization_details");

    private static OAuthResult<TokenExchangeRequest> Parse(params (string Name, string Value)[] set) => Parse([], [], set);

    private static OAuthResult<TokenExchangeRequest> Parse(
        string[]? remove = null, (string Name, string Value)[]? add = null, (string Name, string Value)[]? set = null) =>
        TokenExchangeRequest.Parse(Expect.Form(
        [
            .. Good.Where(p => remove?.Contains(p.Name) is not true && set?.Any(s => s.Name == p.Name) is not true),
            .. set ?? [], .. add ?? [],
        ]));
}
