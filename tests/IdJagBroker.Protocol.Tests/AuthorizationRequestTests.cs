using System.Text;
using Xunit;

namespace IdJagBroker.Protocol.Tests;

public sealed class AuthorizationRequestTests
{
    private const string Challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    private static readonly (string Name, string Value)[] Good =
        [("response_type", "code"), ("client_id", "c"), ("redirect_uri", "https://a.example/cb"), ("code_challenge", Challenge), ("code_challenge_method", "S256"), ("scope", "openid")];

    [Fact]
    public void Reads_a_request_with_no_more_than_it_must_have()
    {
        var request = Expect.Granted(Parse());

        Assert.Equal(("openid", Challenge), (request.Scope.ToString(), request.CodeChallenge));
        Assert.Equal((null, null, null, null, null), (request.State, request.Nonce, request.DpopKeyThumbprint, request.MaxAge, request.LoginHint));
        Assert.Empty(request.Prompt);
        Assert.Empty(request.AcrValues);
        Assert.Empty(request.Resources);
        Assert.False(request.IsSilent);
    }

    [Fact]
    public void Reads_all_that_may_be_said()
    {
        var request = Expect.Granted(Parse(
            ("state", "s &=\u20ac"), ("nonce", "n"), ("dpop_jkt", Challenge), ("prompt", "login select_account"), ("max_age", "90"), ("acr_values", "urn:b  urn:a"),
            ("login_hint", "ana@acme.example"), ("resource", "https://mcp.example/mcp"), ("response_mode", "query"), ("scope", "profile openid email"), ("ui_locales", "de")));

        Assert.Equal(("s &=\u20ac", "n", Challenge, "ana@acme.example"), (request.State, request.Nonce, request.DpopKeyThumbprint, request.LoginHint));
        Assert.Equal(["login", "select_account"], request.Prompt);
        Assert.Equal(["urn:b", "urn:a"], request.AcrValues);
        Assert.Equal(TimeSpan.FromSeconds(90), request.MaxAge);
        Assert.Equal("https://mcp.example/mcp", Assert.Single(request.Resources).Value);
        Assert.True(ScopeSet.Of("openid", "profile", "email").IsSubsetOf(request.Scope));
    }

    [Theory]
    [InlineData("response_type")]
    [InlineData("code_challenge")]
    [InlineData("code_challenge_method")]
    public void Refuses_a_request_without(string parameter) => Expect.Refused(ParseWithout(parameter), "invalid_request");

    [Theory]
    [InlineData("token"), InlineData("id_token"), InlineData("code id_token"), InlineData("none"), InlineData("Code"), InlineData("code code")]
    public void Answers_with_a_code_and_nothing_else(string responseType) => Expect.Refused(Parse(("response_type", responseType)), "unsupported_response_type");

    [Theory]
    [InlineData("fragment"), InlineData("form_post"), InlineData("web_message"), InlineData("query.jwt"), InlineData("Query")]
    public void Answers_in_the_query_and_nowhere_else(string mode) => Expect.Refused(Parse(("response_mode", mode)), "invalid_request");

    [Theory]
    [InlineData("plain"), InlineData("s256"), InlineData("S512")]
    public void Refuses_another_way_to_make_a_challenge(string method) => Expect.Refused(Parse(("code_challenge_method", method)), "invalid_request");

    [Theory]
    [InlineData("x"), InlineData("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c"), InlineData("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cMA"), InlineData("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM")]
    public void Refuses_what_is_no_digest(string digest)
    {
        Expect.Refused(Parse(("code_challenge", digest)), "invalid_request");
        Expect.Refused(Parse(("dpop_jkt", digest)), "invalid_request");
    }

    [Theory]
    [InlineData("request", "request_not_supported")]
    [InlineData("request_uri", "request_uri_not_supported")]
    [InlineData("authorization_details", "invalid_authorization_details")]
    public void Refuses_what_is_not_supported_by_its_own_name(string parameter, string code) => Expect.Refused(Parse((parameter, "x")), code);

    [Theory]
    [InlineData("profile email"), InlineData("OpenID"), InlineData("openid \"x"), InlineData("\u00fc openid"), InlineData(" ")]
    public void Refuses_a_scope_that_is_malformed_or_no_sign_in(string scope) => Expect.Refused(Parse(("scope", scope)), "invalid_scope");

    [Fact]
    public void Refuses_a_request_without_any_scope() => Expect.Refused(ParseWithout("scope"), "invalid_scope");

    [Theory]
    [InlineData("state"), InlineData("nonce"), InlineData("scope"), InlineData("prompt"), InlineData("login_hint"), InlineData("anything")]
    public void Refuses_a_parameter_that_comes_twice(string parameter) => Expect.Refused(Parse([], (parameter, "openid"), (parameter, "openid")), "invalid_request");

    [Theory]
    [InlineData("state"), InlineData("nonce")]
    public void What_is_given_back_has_2048_characters_at_most(string parameter)
    {
        Expect.Granted(Parse((parameter, new string('x', AuthorizationRequest.MaxOpaqueChars))));
        Expect.Refused(Parse((parameter, new string('x', AuthorizationRequest.MaxOpaqueChars + 1))), "invalid_request");
    }

    [Theory]
    [InlineData("none", true), InlineData("login", false), InlineData("consent", false), InlineData("select_account", false), InlineData("login consent", false)]
    public void Knows_when_nobody_may_be_shown_anything(string prompt, bool isSilent) => Assert.Equal(isSilent, Expect.Granted(Parse(("prompt", prompt))).IsSilent);

    [Theory]
    [InlineData("none login"), InlineData("login none"), InlineData("None"), InlineData("create"), InlineData("login,consent")]
    public void Refuses_a_prompt_that_means_nothing(string prompt) => Expect.Refused(Parse(("prompt", prompt)), "invalid_request");

    [Theory]
    [InlineData("-1"), InlineData("+1"), InlineData("1.5"), InlineData(" 1"), InlineData("1e3"), InlineData("2147483648"), InlineData("x"), InlineData("\u0661")]
    public void Refuses_an_age_that_is_no_number_of_seconds(string maxAge) => Expect.Refused(Parse(("max_age", maxAge)), "invalid_request");

    [Theory]
    [InlineData("0", 0), InlineData("2147483647", int.MaxValue)]
    public void Reads_an_age_in_seconds(string maxAge, int seconds) => Assert.Equal(TimeSpan.FromSeconds(seconds), Expect.Granted(Parse(("max_age", maxAge))).MaxAge);

    [Fact]
    public void Reads_at_most_eight_contexts_of_255_characters()
    {
        Assert.Equal(8, Expect.Granted(Parse(("acr_values", string.Join(' ', Enumerable.Range(0, 8))))).AcrValues.Count);
        Expect.Refused(Parse(("acr_values", string.Join(' ', Enumerable.Range(0, 9)))), "invalid_request");
        Expect.Granted(Parse(("acr_values", new string('x', 255))));
        Expect.Refused(Parse(("acr_values", new string('x', 256))), "invalid_request");
        Expect.Refused(Parse(("acr_values", "a\u00fc")), "invalid_request");
        Expect.Refused(Parse(("acr_values", "a\nb")), "invalid_request");
    }

    [Fact]
    public void A_hint_that_can_be_none_is_passed_over()
    {
        Assert.Equal(new string('x', 320), Expect.Granted(Parse(("login_hint", new string('x', 320)))).LoginHint);
        Assert.Null(Expect.Granted(Parse(("login_hint", new string('x', 321)))).LoginHint);
        Assert.Null(Expect.Granted(Parse(("login_hint", "ana\r\nX: y"))).LoginHint);
    }

    [Theory]
    [InlineData("https://mcp.example/mcp#f"), InlineData("mcp"), InlineData("urn:mcp")]
    public void Refuses_a_resource_that_is_no_absolute_URI(string resource)
    {
        Expect.Refused(Parse(("resource", resource)), "invalid_target");
        Expect.Refused(Parse([], ("resource", "https://mcp.example/"), ("resource", resource)), "invalid_target");
    }

    [Fact]
    public void Reads_at_most_eight_resources_each_once()
    {
        static (string, string)[] Some(int count) => [.. Enumerable.Range(0, count).Select(i => ("resource", $"https://m{i}.example/"))];

        Assert.Equal(8, Expect.Granted(Parse([], Some(8))).Resources.Count);
        Expect.Refused(Parse([], Some(9)), "invalid_target");
        Assert.Single(Expect.Granted(Parse([], ("resource", "https://mcp.example/mcp"), ("resource", "https://MCP.example:443/mcp"))).Resources);
    }

    private static OAuthResult<AuthorizationRequest> ParseWithout(string parameter) => Parse([parameter]);

    private static OAuthResult<AuthorizationRequest> Parse(params (string Name, string Value)[] set) => Parse([.. set.Select(one => one.Name)], set);

    private static OAuthResult<AuthorizationRequest> Parse(string[] remove, params (string Name, string Value)[] add)
    {
        var query = string.Join('&', Good.Where(one => !remove.Contains(one.Name)).Concat(add).Select(one => $"{one.Name}={Uri.EscapeDataString(one.Value)}"));
        var parameters = AuthorizationParameters.Parse(Encoding.ASCII.GetBytes(query));
        Assert.NotNull(parameters);
        return AuthorizationRequest.Parse(parameters);
    }
}
