using System.Net;
using System.Text;
using IdJagBroker.Protocol;

namespace IdJagBroker.Tests.TokenExchange;

/// <summary>The request itself (requirements §2.1): each fault alone turns a 200 into its error.</summary>
public sealed class TokenEndpointTests(BrokerFixture broker) : IClassFixture<BrokerFixture>
{
    private TokenClient Token => broker.Token;

    [Fact, Trait("Spec", "IDP-54"), Trait("Spec", "IDP-55"), Trait("Spec", "IDP-56"), Trait("Spec", "IDP-57"), Trait("Spec", "IDP-59"), Trait("Spec", "IDP-60")]
    public async Task Answers_a_good_request_with_an_id_jag()
    {
        var answer = (await Token.ExchangeAsync()).IsGranted();

        Assert.Equal(TokenType.IdJag, (string?)answer.Body!["issued_token_type"]);
        Assert.Equal("N_A", (string?)answer.Body["token_type"]);
        Assert.InRange((long)answer.Body["expires_in"]!, 298, 300);
        Assert.True((long)answer.Body["expires_in"]! <= (long)answer.IdJag["exp"]! - DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 1);
        Assert.Equal("tickets:read", (string?)answer.Body["scope"]);
        Assert.Equal(TestPolicies.Trackr, (string?)answer.Body["resource"]);
        Assert.False(answer.Body.ContainsKey("refresh_token"));
        Assert.Contains("no-cache", answer.Headers.Pragma.Select(p => p.Name));
        Assert.DoesNotContain("null", answer.Text, StringComparison.Ordinal);
    }

    [Theory, Trait("Spec", "IDP-01")]
    [InlineData("GET")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    public async Task Takes_nothing_but_post(string method)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), broker.Issuer + "/oauth2/token?grant_type=x");
        using var response = await broker.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Contains("POST", response.Content.Headers.Allow);
        Assert.True(response.Headers.CacheControl?.NoStore);
    }

    [Theory, Trait("Spec", "IDP-02")]
    [InlineData("application/json")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded; charset=utf-16")]
    public async Task Takes_nothing_but_a_form(string contentType)
    {
        var content = new ByteArrayContent(await new FormUrlEncodedContent(Token.Form()).ReadAsByteArrayAsync());
        content.Headers.TryAddWithoutValidation("Content-Type", contentType);

        (await Token.SendAsync(content)).IsRefused("invalid_request");
    }

    [Fact, Trait("Spec", "IDP-02")]
    public async Task Takes_a_charset_of_utf_8_whatever_its_case()
    {
        var content = new ByteArrayContent(await new FormUrlEncodedContent(Token.Form()).ReadAsByteArrayAsync());
        content.Headers.TryAddWithoutValidation("Content-Type", "application/x-www-form-urlencoded;charset=UTF-8");

        (await Token.SendAsync(content)).IsGranted();
    }

    [Fact, Trait("Spec", "IDP-02")]
    public async Task Does_not_read_parameters_in_the_query_string()
    {
        var form = TokenClient.With(Token.Form(), ("scope", null));
        var answer = await Token.SendAsync(form, request => request.RequestUri = new Uri(request.RequestUri + "?scope=tickets:read"));

        answer.IsRefused("invalid_scope");
    }

    [Theory, Trait("Spec", "IDP-03")]
    [InlineData("scope", "tickets:read")]
    [InlineData("grant_type", GrantType.TokenExchange)]
    [InlineData("subject_token_type", TokenType.IdToken)]
    [InlineData("client_id", BrokerFixture.AgentId)]
    [InlineData("unknown", "1")]
    public async Task Refuses_a_parameter_that_is_given_twice(string name, string value)
    {
        var form = TokenClient.With(Token.Form(), (name, value));
        form.Add(new(name, value));

        (await Token.SendAsync(form)).IsRefused("invalid_request");
    }

    [Fact, Trait("Spec", "IDP-04")]
    public async Task Treats_an_empty_parameter_as_absent_and_ignores_an_unknown_one()
    {
        (await Token.ExchangeAsync(("code", ""), ("foo", "1"), ("actor_token", ""))).IsGranted();
        (await Token.ExchangeAsync(("audience", ""))).IsRefused("invalid_request");
    }

    [Theory]
    [InlineData("grant_type", null, "invalid_request"), Trait("Spec", "IDP-05")]
    [InlineData("grant_type", "authorization_code", "unsupported_grant_type")]
    [InlineData("grant_type", "urn:ietf:params:oauth:token-type:id_token", "unsupported_grant_type")]   // C-23: the sample of EMA §4
    [InlineData("grant_type", "URN:IETF:PARAMS:OAUTH:GRANT-TYPE:TOKEN-EXCHANGE", "unsupported_grant_type")]
    public async Task Speaks_one_grant(string name, string? value, string error) => (await Token.ExchangeAsync((name, value))).IsRefused(error);

    [Theory, Trait("Spec", "IDP-06")]
    [InlineData(null)]
    [InlineData("urn:ietf:params:oauth:token-type:access_token")]
    [InlineData("urn:ietf:params:oauth:token-type:refresh_token")]
    public async Task Issues_id_jags_and_nothing_else(string? requestedTokenType) =>
        (await Token.ExchangeAsync(("requested_token_type", requestedTokenType))).IsRefused("invalid_request");

    [Fact, Trait("Spec", "IDP-07")]
    public async Task Refuses_a_request_without_audience() => (await Token.ExchangeAsync(("audience", null))).IsRefused("invalid_request");

    [Theory, Trait("Spec", "IDP-08")]
    [InlineData("https://unknown.example")]
    [InlineData("https://as.trackr.example/other")]
    [InlineData("https://AS.trackr.example.evil.example")]
    [InlineData("trackr")]
    public async Task Refuses_an_unknown_audience(string audience) => (await Token.ExchangeAsync(("audience", audience))).IsRefused("invalid_target");

    [Theory, Trait("Spec", "IDP-08"), Trait("Spec", "IDP-09"), Trait("Spec", "JAG-07")]
    [InlineData("https://as.trackr.example/")]           // what the C# SDK makes of a host-only URL
    [InlineData("https://AS.trackr.example:443")]
    [InlineData("urn:acme:trackr")]
    public async Task Resolves_an_audience_to_the_registered_issuer(string audience)
    {
        var answer = (await Token.ExchangeAsync(("audience", audience))).IsGranted();

        Assert.Equal(TestPolicies.TrackrIssuer, (string?)answer.IdJag["aud"]);
    }

    [Fact, Trait("Spec", "IDP-10")]
    public async Task Refuses_two_audiences()
    {
        var form = Token.Form();
        form.Add(new("audience", TestPolicies.WikiIssuer));

        (await Token.SendAsync(form)).IsRefused("invalid_target");
    }

    [Theory]
    [InlineData("https://mcp.trackr.example/v1/mcp#x"), Trait("Spec", "IDP-11")]
    [InlineData("/v1/mcp")]
    [InlineData("https://mcp.trackr.example/v1/mcp/"), Trait("Spec", "IDP-12")]
    [InlineData("https://mcp.trackr.example/v1/mcp?x=1")]
    [InlineData(TestPolicies.Wiki), Trait("Spec", "IDP-13")]
    public async Task Refuses_a_resource_that_the_audience_does_not_govern(string resource) =>
        (await Token.ExchangeAsync(("resource", resource))).IsRefused("invalid_target");

    [Fact, Trait("Spec", "IDP-13")]
    public async Task Refuses_the_whole_request_for_one_resource_of_another_audience()
    {
        var form = Token.Form();
        form.Add(new("resource", TestPolicies.Wiki));

        (await Token.SendAsync(form)).IsRefused("invalid_target");
    }

    [Fact, Trait("Spec", "IDP-14")]
    public async Task Takes_the_only_resource_as_default_and_none_of_several()
    {
        (await Token.ExchangeAsync(("resource", null))).IsRefused("invalid_target");
        var answer = (await Token.ExchangeAsync(("audience", TestPolicies.WikiIssuer), ("resource", null), ("scope", "pages:read"))).IsGranted();

        Assert.Equal(TestPolicies.Wiki, (string?)answer.IdJag["resource"]);
    }

    [Theory, Trait("Spec", "IDP-15")]
    [InlineData("a\"b")]
    [InlineData("a\\b")]
    [InlineData("ticketsé")]
    public async Task Refuses_a_malformed_scope(string scope) => (await Token.ExchangeAsync(("scope", scope))).IsRefused("invalid_scope");

    [Theory]
    [InlineData("[{\"type\":\"x\"}]"), Trait("Spec", "IDP-17")]
    [InlineData("{\"type\":\"x\"}"), Trait("Spec", "IDP-16")]
    [InlineData("not json")]
    public async Task Refuses_authorization_details_by_name(string details) =>
        (await Token.ExchangeAsync(("authorization_details", details))).IsRefused("invalid_authorization_details");

    [Fact, Trait("Spec", "SEC-29"), Trait("Spec", "JAG-27")]
    public async Task Gives_no_access_token_for_an_id_jag_of_its_own()
    {
        var idJag = (string)(await Token.ExchangeAsync()).IsGranted().Body!["access_token"]!;
        var form = new List<KeyValuePair<string, string>>
        {
            new("grant_type", GrantType.JwtBearer), new("assertion", idJag), new("client_id", BrokerFixture.AgentId), new("client_secret", broker.Secret),
        };

        (await Token.SendAsync(form)).IsRefused("unsupported_grant_type");
    }

    [Theory]
    [InlineData("subject_token", null), Trait("Spec", "IDP-18")]
    [InlineData("subject_token_type", null)]
    [InlineData("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"), Trait("Spec", "IDP-19")]
    [InlineData("subject_token_type", "urn:ietf:params:oauth:token-type:saml2")]
    [InlineData("subject_token_type", "urn:ietf:params:oauth:token-type:refresh_token"), Trait("Spec", "IDP-43")]
    [InlineData("subject_token_type", "urn:ietf:params:oauth:token-type:jwt")]
    [InlineData("actor_token_type", "urn:ietf:params:oauth:token-type:jwt"), Trait("Spec", "IDP-20")]
    [InlineData("actor_token", "x"), Trait("Spec", "IDP-21")]
    public async Task Refuses_token_parameters_that_it_does_not_take(string name, string? value) =>
        (await Token.ExchangeAsync((name, value))).IsRefused("invalid_request");

    [Fact, Trait("Spec", "IDP-21")]
    public async Task Refuses_an_actor_token_with_its_type() =>
        (await Token.ExchangeAsync(("actor_token", "x"), ("actor_token_type", TokenType.IdToken))).IsRefused("invalid_request");

    [Fact, Trait("Spec", "SEC-09")]
    public async Task Refuses_a_body_beyond_any_honest_one_before_reading_it()
    {
        (await Token.ExchangeAsync(("padding", new string('x', OAuthForm.MaxBytes)))).IsRefused("invalid_request", HttpStatusCode.RequestEntityTooLarge);
        var many = Token.Form();
        for (var i = 0; i < OAuthForm.MaxParameters; i++) many.Add(new($"p{i}", "1"));
        (await Token.SendAsync(many)).IsRefused("invalid_request", HttpStatusCode.RequestEntityTooLarge);
    }

    [Theory]
    [InlineData("scope=%zz")]
    [InlineData("scope=%ff%fe")]
    [InlineData("scope=%00")]
    [InlineData("scope=%")]
    public async Task Refuses_a_form_that_is_not_well_encoded(string body) =>
        (await Token.SendAsync(new StringContent(body, Encoding.ASCII, "application/x-www-form-urlencoded"))).IsRefused("invalid_request");

    [Fact, Trait("Spec", "IDP-61"), Trait("Spec", "SEC-27")]
    public async Task Says_nothing_in_a_refusal_but_code_description_and_decision()
    {
        var answer = await Token.ExchangeAsync(("scope", "tickets:admin"));

        Assert.Equal(["decision_id", "error", "error_description"], answer.Body!.Select(m => m.Key).Order(StringComparer.Ordinal));
        Assert.Matches("^[ !#-\\[\\]-~]+$", (string)answer.Body!["error_description"]!);
    }
}
