using System.Buffers.Text;
using System.Text.Json.Nodes;
using IdJagBroker.Demo.Walk;

namespace IdJagBroker.RealClients.Tests;

/// <summary>
/// <c>openid-client</c>, a certified relying party, signs in at the broker's authorization endpoint, checks every signature and claim that it gets, renews, exchanges and signs out. It refuses by itself
/// whatever OpenID Connect wants refused, so that each step that succeeds is a check of the broker's answer.
/// </summary>
public sealed class RelyingPartyTests(Enterprise enterprise)
{
    private const string IdJag = "urn:ietf:params:oauth:token-type:id-jag";

    [Theory, Trait("Spec", "IDP-39"), Trait("Spec", "IDP-40")]
    [InlineData("portal", "client_secret_basic")]
    [InlineData("portal", "client_secret_post")]
    [InlineData("portal-key", "private_key_jwt")]
    [InlineData("portal-tool", "none")]
    public async Task Signs_in_renews_exchanges_and_signs_out(string client, string authentication)
    {
        var found = await RunAsync("walk", client, authentication);

        var (tokens, claims, renewed) = (found["signedIn"]!, found["claims"]!, found["renewedClaims"]!);
        Assert.Equal(authentication is "none" ? "dpop" : "bearer", (string?)tokens["token_type"]);       // lower case: the library's
        Assert.Equal((enterprise.Broker, client), ((string?)claims["iss"], (string?)claims["aud"]));
        Assert.Equal("ana@acme.example", (string?)found["person"]!["email"]);
        Assert.Equal((string?)claims["sub"], (string?)found["person"]!["sub"]);
        Assert.Equal(((string?)claims["sub"], (long)claims["auth_time"]!, (string?)claims["sid"]), ((string?)renewed["sub"], (long)renewed["auth_time"]!, (string?)renewed["sid"]));
        Assert.NotEqual((string?)tokens["refresh_token"], (string?)found["renewed"]!["refresh_token"]);
        Assert.Equal((string?)claims["sid"], (string?)found["silentClaims"]!["sid"]);

        Assert.All(["byIdToken", "byNewIdToken"], way => Assert.Equal((IdJag, "n_a"), ((string?)found[way]!["issued_token_type"], (string?)found[way]!["token_type"])));
        var byRefreshToken = found["byRefreshToken"]!["value"];
        Assert.True(byRefreshToken is not null, found["byRefreshToken"]!.ToJsonString());
        Assert.Equal(IdJag, (string?)byRefreshToken["issued_token_type"]);

        Assert.Equal("invalid_grant", (string?)found["revoked"]!["error"]);
        Assert.Equal("http://127.0.0.1:5499/bye?state=over", (string?)found["bye"]);
        Assert.Equal("login_required", (string?)found["afterwards"]!["error"]);
    }

    [Theory]
    [InlineData("portal", "client_secret_basic")]
    [InlineData("portal-key", "private_key_jwt")]
    [InlineData("portal-tool", "none")]
    public async Task Is_refused_in_the_words_that_it_knows(string client, string authentication)
    {
        var found = await RunAsync("refused", client, authentication);

        Assert.Equal("login_required", Error("stranger"));
        Assert.All(["otherVerifier", "twice", "whatItGave", "reused", "family"], what => Assert.Equal("invalid_grant", Error(what)));
        Assert.Equal("OAUTH_INVALID_RESPONSE", Error("otherState"));                 // these two by the library itself
        Assert.Equal("OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED", Error("wrongPerson"));
        Assert.Equal("OAUTH_WWW_AUTHENTICATE_CHALLENGE", Error("userInfo"));        // 401: the access token went with the family

        string? Error(string what) => (string?)found[what]!["error"];
    }

    private async Task<JsonObject> RunAsync(string scenario, string client, string authentication)
    {
        var server = enterprise.Tickets;
        var key = enterprise.PortalKey.ExportParameters(includePrivateParameters: true);
        using var browser = new Browser();
        return await NodeProgram.ConverseAsync(["relying-party.mjs", scenario], new()
        {
            ["broker"] = enterprise.Broker, ["clientId"] = client, ["secret"] = enterprise.Secret, ["authentication"] = authentication, ["dpop"] = authentication is "none",
            ["key"] = new JsonObject { ["kty"] = "EC", ["crv"] = "P-256", ["x"] = Text(key.Q.X), ["y"] = Text(key.Q.Y), ["d"] = Text(key.D) },
            ["audience"] = server.Issuer, ["resource"] = server.Resource, ["scope"] = TicketTools.Read,
        }, async asked => new() { ["at"] = await enterprise.VisitAsync(browser, (string)asked["open"]!, (string)asked["redirectUri"]!) });
    }

    private static string Text(byte[]? value) => Base64Url.EncodeToString(value);
}
