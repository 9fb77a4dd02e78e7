using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.Protocol;
using IdJagBroker.Shared;

namespace IdJagBroker.Tests.Receipts;

/// <summary>What came back from the endpoint of receipts.</summary>
internal sealed record ReceiptAnswer(HttpStatusCode Status, HttpResponseHeaders Headers, string Text)
{
    public JsonObject Body => JsonNode.Parse(Text)!.AsObject();

    public string? Error => (string?)Body["error"];

    public int Accepted => (int)Body["accepted"]!;

    /// <summary>Index, error and member of each that was rejected.</summary>
    public IEnumerable<string> Rejected => Body["rejected"]!.AsArray().Select(one => $"{one!["index"]} {one["error"]} {one["member"]}".TrimEnd());

    public ReceiptAnswer Is(HttpStatusCode status)
    {
        Assert.True(Status == status, $"{Status}: {Text}");
        return this;
    }

    public ReceiptAnswer IsTaken(int accepted = 1)
    {
        Is(HttpStatusCode.OK);
        Assert.Equal($$"""{"accepted":{{accepted}},"rejected":[]}""", Text);
        return this;
    }
}

/// <summary>The authorization server of Trackr as it reports, honest unless a test makes it otherwise.</summary>
internal sealed class ReceiptDesk(BrokerFixture broker, ECDsa key, string issuer = TestPolicies.TrackrIssuer, string keyId = "as-1", string? at = null)
{
    public const string ReportsByKey = "audienceAliases: [\"urn:acme:trackr\"]";

    /// <summary>A catalogue in which Trackr's server reports, and the wiki's if it has a key.</summary>
    public static string Reporting(string catalog, ECDsa trackr, ECDsa? wiki = null) => catalog
        .Replace(ReportsByKey, ReportsByKey + ", receipts: {jwks: {keys: [" + TestIdp.Jwk(trackr, "as-1").ToJsonString() + "]}}", StringComparison.Ordinal)
        .Replace("subject: upstream_sub,", wiki is null ? "subject: upstream_sub," : "subject: upstream_sub, receipts: {jwks: {keys: [" + TestIdp.Jwk(wiki, "wiki-1").ToJsonString() + "]}},", StringComparison.Ordinal);

    public string Assertion(Action<JsonObject, JsonObject>? change = null)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var header = new JsonObject { ["alg"] = "ES256", ["kid"] = keyId, ["typ"] = JwtType.ClientAuthentication };
        var claims = new JsonObject { ["iss"] = issuer, ["sub"] = issuer, ["aud"] = broker.Issuer, ["iat"] = now, ["exp"] = now + 60, ["jti"] = Guid.NewGuid().ToString("N") };
        change?.Invoke(header, claims);
        return Jwts.Sign(header, claims, key);
    }

    /// <summary>A good receipt of a redemption, with whatever <paramref name="change"/> makes of it.</summary>
    public static JsonObject Redeemed(string jti, Action<JsonObject>? change = null)
    {
        var receipt = new JsonObject
        {
            ["id"] = Guid.NewGuid().ToString(), ["jti"] = jti, ["outcome"] = "redeemed", ["at"] = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(),
            ["client_id"] = "cl_7hQ2notes", ["scope"] = "tickets:read", ["resource"] = TestPolicies.Trackr, ["expires_in"] = 600,
        };
        change?.Invoke(receipt);
        return receipt;
    }

    public static JsonObject Refused(string jti, Action<JsonObject>? change = null)
    {
        var receipt = new JsonObject
        {
            ["id"] = Guid.NewGuid().ToString(), ["jti"] = jti, ["outcome"] = "refused", ["at"] = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(),
            ["client_id"] = "cl_other", ["error"] = "invalid_grant", ["reason"] = "WRONG_CLIENT",
        };
        change?.Invoke(receipt);
        return receipt;
    }

    public Task<ReceiptAnswer> SendAsync(params JsonNode[] receipts) => SendAsync(new JsonObject { ["receipts"] = new JsonArray([.. receipts.Select(one => one.DeepClone())]) }.ToJsonString());

    public Task<ReceiptAnswer> SendAsync(string body, string? assertion = null, Action<HttpRequestMessage>? change = null) =>
        SendAsync(new StringContent(body, Encoding.UTF8, "application/json"), assertion, change);

    public async Task<ReceiptAnswer> SendAsync(HttpContent content, string? assertion = null, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, (at ?? broker.Issuer) + "/receipts/v1") { Content = content };
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + (assertion ?? Assertion()));
        change?.Invoke(request);
        using var response = await broker.Http.SendAsync(request);
        Assert.True(response.Headers.CacheControl?.NoStore, "no-store is missing");
        return new ReceiptAnswer(response.StatusCode, response.Headers, await response.Content.ReadAsStringAsync());
    }
}
