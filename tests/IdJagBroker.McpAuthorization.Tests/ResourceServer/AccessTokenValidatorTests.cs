using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.McpAuthorization.Tests.Support;

namespace IdJagBroker.McpAuthorization.Tests.ResourceServer;

/// <summary>One access token that opens the MCP server, then each of its checks broken alone (RS-07…18).</summary>
public sealed class AccessTokenValidatorTests(LoopbackBroker broker) : IClassFixture<LoopbackBroker>, IAsyncLifetime
{
    private const string Challenge = "Bearer error=\"invalid_token\", error_description=\"the access token is not valid here\", "
        + "scope=\"tickets:admin tickets:comment tickets:read\", resource_metadata=\"https://mcp.trackr.example/.well-known/oauth-protected-resource/v1/mcp\"";

    private static readonly Dictionary<string, Action<Draft>> Bad = new()
    {
        ["typ absent"] = d => d.Header.Remove("typ"),
        ["typ JWT"] = d => d.Header["typ"] = "JWT",
        ["typ of an ID-JAG"] = d => d.Header["typ"] = "oauth-id-jag+jwt",
        ["alg none"] = d => d.Header["alg"] = "none",
        ["another key"] = d => d.Sign = input => Keys.P256().SignData(input, HashAlgorithmName.SHA256),
        ["claims changed"] = d => d.Mangle = t => string.Join('.', t.Split('.')[0], Convert.ToBase64String(Encoding.UTF8.GetBytes("{}")).TrimEnd('='), t.Split('.')[2]),
        ["unknown kid"] = d => d.Header["kid"] = "x",
        ["jwk header"] = d => d.Header["jwk"] = new JsonObject(),
        ["foreign iss"] = d => d.Claims["iss"] = "https://evil.example",
        ["iss with a slash"] = d => d.Claims["iss"] = Ras.Issuer + "/",
        ["no iss"] = d => d.Claims.Remove("iss"),
        ["foreign aud"] = d => d.Claims["aud"] = "https://mcp.other.example",
        ["aud with a slash"] = d => d.Claims["aud"] = Ras.Resource + "/",
        ["aud of the authorization server"] = d => d.Claims["aud"] = Ras.Issuer,
        ["no aud"] = d => d.Claims.Remove("aud"),
        ["expired"] = d => d.Claims["exp"] = ManualClock.T0.ToUnixTimeSeconds() - 60,
        ["no exp"] = d => d.Claims.Remove("exp"),
        ["exp as text"] = d => d.Claims["exp"] = "1795165800",
        ["no iat"] = d => d.Claims.Remove("iat"),
        ["iat in the future"] = d => d.Claims["iat"] = ManualClock.T0.ToUnixTimeSeconds() + 61,
        ["nbf in the future"] = d => d.Claims["nbf"] = ManualClock.T0.ToUnixTimeSeconds() + 61,
        ["no sub"] = d => d.Claims.Remove("sub"),
        ["no client_id"] = d => d.Claims.Remove("client_id"),
        ["no jti"] = d => d.Claims.Remove("jti"),
        ["scope as array"] = d => d.Claims["scope"] = new JsonArray("tickets:read"),
        ["duplicate member"] = d => d.RawClaims = "{\"aud\":\"x\"," + d.Claims.ToJsonString()[1..],
        ["9 KiB"] = d => d.Claims["pad"] = new string('x', 9 * 1024),
    };

    private Ras _ras = null!;

    public async ValueTask InitializeAsync() => _ras = await Ras.StartAsync(broker);

    public ValueTask DisposeAsync() => _ras.DisposeAsync();

    public static TheoryData<string> BadCases => [.. Bad.Keys];

    [Fact, Trait("Spec", "RS-10"), Trait("Spec", "RS-12")]
    public async Task Lets_a_good_token_in_as_its_person_and_keeps_the_token_to_itself()
    {
        var token = (await _ras.RedeemAsync(broker.IdJag())).AssertIssued().AccessToken;
        var answer = await _ras.CallAsync("Bearer " + token, Ras.Call("tickets.list"));

        Assert.Equal(200, answer.Status);
        var claims = Draft.Payload(token);
        Assert.Equal(Ras.Call("tickets.list"), (string?)answer.Json["body"]);
        Assert.Equal(((string?)claims["sub"], (string?)claims["sub"]), ((string?)answer.Json["sub"], (string?)answer.Json["name"]));
        Assert.Equal((Ras.Client, "tickets:read tickets:comment", (string?)claims["jti"]), ((string?)answer.Json["client_id"], (string?)answer.Json["scope"], (string?)answer.Json["jti"]));
        Assert.Equal(0, (int)answer.Json["authorization"]!);
        Assert.DoesNotContain(token.Split('.')[2], answer.Body, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(BadCases)), Trait("Spec", "RS-10"), Trait("Spec", "RS-11"), Trait("Spec", "AT-01"), Trait("Spec", "AT-02"), Trait("Spec", "AT-03"), Trait("Spec", "AT-04"), Trait("Spec", "SEC-05")]
    public async Task Refuses_an_access_token_with(string fault)
    {
        var token = _ras.AccessToken();
        Assert.Equal(200, (await _ras.CallToolAsync(token, "tickets.list")).Status);
        Bad[fault](token);

        AssertInvalid(await _ras.CallToolAsync(token, "tickets.list"), handled: 1);
    }

    [Theory, InlineData(659, true), InlineData(660, false), Trait("Spec", "SEC-25"), Trait("Spec", "RS-10")]
    public async Task Checks_the_time_on_each_request_anew(int seconds, bool accepted)
    {
        var token = _ras.AccessToken();
        Assert.Equal(200, (await _ras.CallToolAsync(token, "tickets.list")).Status);
        _ras.Clock.Advance(TimeSpan.FromSeconds(seconds));

        Assert.Equal(accepted ? 200 : 401, (await _ras.CallToolAsync(token, "tickets.list")).Status);
    }

    [Fact, Trait("Spec", "AT-04")]
    public async Task Takes_an_audience_among_several()
    {
        var token = _ras.AccessToken();
        token.Claims["aud"] = new JsonArray("https://other.example", Ras.Resource);

        Assert.Equal(200, (await _ras.CallToolAsync(token, "tickets.list")).Status);
    }

    [Fact, Trait("Spec", "RS-11"), Trait("Spec", "JAG-28"), Trait("Spec", "SEC-05")]
    public async Task Refuses_id_jags_and_id_tokens_even_when_signed_with_the_right_key()
    {
        AssertInvalid(await _ras.CallToolAsync(broker.IdJag(), "tickets.list"));
        var idJag = new Draft(_ras.Key, _ras.AccessToken().Header, _ras.AccessToken().Claims);
        foreach (var typ in new[] { "oauth-id-jag+jwt", "JWT", "client-authentication+jwt", "dpop+jwt" })
        {
            idJag.Header["typ"] = typ;
            AssertInvalid(await _ras.CallToolAsync(idJag, "tickets.list"));
        }
    }

    [Fact, Trait("Spec", "SEC-05"), Trait("Spec", "RAS-09")]
    public async Task Is_no_id_jag_in_its_turn()
    {
        (await _ras.RedeemAsync(_ras.AccessToken())).AssertRefused(400, "invalid_grant", "the assertion is not an ID-JAG");
    }

    [Theory, InlineData("{\"jkt\":\"-5lGr7ion9aj8ARTT9Ae2K-uhLXLXWCVgtteyS9xxyY\"}"), InlineData("{\"x5t#S256\":\"bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2\"}"), InlineData("null"), InlineData("{}")]
    [Trait("Spec", "RS-17"), Trait("Spec", "RS-18")]
    public async Task Refuses_a_key_bound_token_that_comes_without_proof(string cnf)
    {
        var token = _ras.AccessToken();
        token.Claims["cnf"] = JsonNode.Parse(cnf);
        var answer = await _ras.CallToolAsync(token, "tickets.list");

        Assert.Equal((401, 0), (answer.Status, _ras.Handled));
        Assert.Contains("DPoP error=\"invalid_token\"", answer.Header("WWW-Authenticate"), StringComparison.Ordinal);
    }

    [Theory, InlineData(null), InlineData("Basic YTpi"), InlineData("Negotiate"), Trait("Spec", "RS-08"), Trait("Spec", "RS-20")]
    public async Task Tells_a_client_without_token_where_to_get_one(string? authorization)
    {
        var answer = await _ras.CallAsync(authorization, Ras.Call("tickets.list"));

        Assert.Equal((401, 0), (answer.Status, _ras.Handled));
        Assert.Equal("Bearer scope=\"tickets:admin tickets:comment tickets:read\", "
            + "resource_metadata=\"https://mcp.trackr.example/.well-known/oauth-protected-resource/v1/mcp\"\n"
            + "DPoP scope=\"tickets:admin tickets:comment tickets:read\", algs=\"ES256 ES384 RS256 PS256\", "
            + "resource_metadata=\"https://mcp.trackr.example/.well-known/oauth-protected-resource/v1/mcp\"", answer.Header("WWW-Authenticate"));
        Assert.Equal("WWW-Authenticate", answer.Header("Access-Control-Expose-Headers"));
    }

    [Fact, Trait("Spec", "RS-07")]
    public async Task Reads_no_token_from_the_query_or_the_body()
    {
        var token = _ras.AccessToken().Encode();

        Assert.Equal(401, (await _ras.CallAsync(null, Ras.Call("tickets.list"), path: "/v1/mcp?access_token=" + token)).Status);
        Assert.Equal(401, (await _ras.CallAsync(null, "access_token=" + token, request =>
            request.Content!.Headers.ContentType = new("application/x-www-form-urlencoded"))).Status);
        Assert.Equal(0, _ras.Handled);
    }

    [Theory, InlineData("two headers"), InlineData("no token"), InlineData("two tokens"), InlineData("a comma"), InlineData("header and query"), Trait("Spec", "RS-09")]
    public async Task Refuses_a_request_with_two_credentials_or_a_broken_one(string fault)
    {
        var token = _ras.AccessToken().Encode();
        var answer = await _ras.CallAsync(
            fault switch { "no token" => "Bearer", "two tokens" => $"Bearer {token} {token}", "a comma" => $"Bearer {token},x", _ => "Bearer " + token }, Ras.Call("tickets.list"),
            request =>
            {
                if (fault is not "two headers") return;
                request.Headers.Remove("Authorization");
                request.Headers.TryAddWithoutValidation("Authorization", ["Bearer " + token, "Bearer " + token]);
            },
            fault is "header and query" ? "/v1/mcp?access_token=x" : "/v1/mcp");

        Assert.Equal((400, 0), (answer.Status, _ras.Handled));
        Assert.StartsWith("Bearer error=\"invalid_request\"", answer.Header("WWW-Authenticate"), StringComparison.Ordinal);
    }

    [Theory, InlineData("bearer"), InlineData("BEARER")]
    public async Task Reads_the_scheme_in_any_case(string scheme)
    {
        Assert.Equal(200, (await _ras.CallAsync($"{scheme} {_ras.AccessToken().Encode()}", Ras.Call("tickets.list"))).Status);
    }

    [Theory, InlineData("GET"), InlineData("DELETE"), Trait("Spec", "RS-07"), Trait("Spec", "RS-20")]
    public async Task Guards_every_method_of_the_endpoint(string method)
    {
        using var without = new HttpRequestMessage(new HttpMethod(method), "/v1/mcp");
        using var with = new HttpRequestMessage(new HttpMethod(method), "/v1/mcp");
        with.Headers.TryAddWithoutValidation("Authorization", "Bearer " + _ras.AccessToken().Encode());

        Assert.Equal(401, (int)(await _ras.Http.SendAsync(without)).StatusCode);
        Assert.Equal(200, (int)(await _ras.Http.SendAsync(with)).StatusCode);
    }

    private void AssertInvalid(Answer answer, int handled = 0)
    {
        Assert.Equal((401, handled), (answer.Status, _ras.Handled));
        Assert.Equal(Challenge, answer.Header("WWW-Authenticate"));
    }
}
