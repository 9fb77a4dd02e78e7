using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using IdJagBroker.Protocol;
using IdJagBroker.Shared;

namespace IdJagBroker.Tests;

/// <summary>What came back from a token endpoint.</summary>
internal sealed record TokenAnswer(HttpStatusCode Status, HttpResponseHeaders Headers, string Text)
{
    public JsonObject? Body => Text.StartsWith('{') ? JsonNode.Parse(Text)!.AsObject() : null;

    public string? Error => (string?)Body?["error"];

    public JsonObject IdJag => Jwts.Claims((string)Body!["access_token"]!);

    public void IsRefused(string error, HttpStatusCode status = HttpStatusCode.BadRequest)
    {
        Assert.Equal((error, status), (Error, Status));
        Assert.Null(Body!["access_token"]);
    }

    public TokenAnswer IsGranted()
    {
        Assert.True(Status is HttpStatusCode.OK, Text);
        return this;
    }
}

/// <summary>A client of the broker's token endpoint, honest unless a test makes it otherwise.</summary>
/// <param name="at">Where it sends; the issuer's own address if that is null.</param>
internal sealed class TokenClient(BrokerFixture broker, string? at = null)
{
    /// <summary>A good request by the agent, with a secret in the body.</summary>
    public List<KeyValuePair<string, string>> Form(string? idToken = null) =>
    [
        new("grant_type", GrantType.TokenExchange), new("requested_token_type", TokenType.IdJag),
        new("audience", TestPolicies.TrackrIssuer), new("resource", TestPolicies.Trackr), new("scope", "tickets:read"),
        new("subject_token", idToken ?? broker.IdToken()), new("subject_token_type", TokenType.IdToken),
        new("client_id", BrokerFixture.AgentId), new("client_secret", broker.Secret),
    ];

    /// <summary>Sends the good request with some parameters set to something else, or left out (null).</summary>
    public Task<TokenAnswer> ExchangeAsync(params (string Name, string? Value)[] changes) => SendAsync(With(Form(), changes));

    /// <summary>The good request by the editor, which signs an assertion; <paramref name="assertion"/> makes it.</summary>
    public Task<TokenAnswer> ExchangeByAssertionAsync(string assertion, params (string Name, string? Value)[] changes) => SendAsync(With(
        With(Form(broker.Idp.IdToken("editor-at-okta")),
            ("client_id", null), ("client_secret", null), ("client_assertion", assertion), ("client_assertion_type", TokenType.ClientAssertion)),
        changes));

    /// <summary>A good client assertion of the editor, with whatever <paramref name="change"/> makes of it.</summary>
    public string Assertion(Action<JsonObject, JsonObject>? change = null)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var header = new JsonObject { ["alg"] = "ES256", ["kid"] = "editor-1", ["typ"] = JwtType.ClientAuthentication };
        var claims = new JsonObject
        {
            ["iss"] = BrokerFixture.EditorId, ["sub"] = BrokerFixture.EditorId, ["aud"] = broker.Issuer,
            ["iat"] = now, ["exp"] = now + 60, ["jti"] = Guid.NewGuid().ToString("N"),
        };
        change?.Invoke(header, claims);
        return Jwts.Sign(header, claims, broker.ClientKey);
    }

    public static List<KeyValuePair<string, string>> With(List<KeyValuePair<string, string>> form, params (string Name, string? Value)[] changes)
    {
        foreach (var (name, value) in changes)
        {
            form.RemoveAll(p => p.Key == name);
            if (value is not null) form.Add(new(name, value));
        }
        return form;
    }

    public Task<TokenAnswer> SendAsync(IEnumerable<KeyValuePair<string, string>> form, Action<HttpRequestMessage>? change = null) =>
        SendAsync(new FormUrlEncodedContent(form), change);

    public async Task<TokenAnswer> SendAsync(HttpContent content, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, (at ?? broker.Issuer) + "/oauth2/token") { Content = content };
        change?.Invoke(request);
        using var response = await broker.Http.SendAsync(request);
        var answer = new TokenAnswer(response.StatusCode, response.Headers, await response.Content.ReadAsStringAsync());
        // True of every answer of this endpoint (IDP-55).
        Assert.True(response.Headers.CacheControl?.NoStore, "no-store is missing");
        return answer;
    }
}
