using System.Text.Json.Nodes;
using IdJagBroker.McpAuthorization.Tests.Support;

namespace IdJagBroker.McpAuthorization.Tests.AccessTokens;

/// <summary>Claims that a vendor asked for go along, as they were said, and no others (AT-12, AT-14).</summary>
public sealed class CarriedClaimsTests(LoopbackBroker broker) : IClassFixture<LoopbackBroker>
{
    [Fact, Trait("Spec", "AT-12"), Trait("Spec", "AT-14")]
    public async Task Go_along_as_they_were_said()
    {
        await using var ras = await Ras.StartAsync(broker, new RasSetup { Trust = trust => trust.AccessTokenClaims = ["email", "groups", "tenant", "dept", "absent", "nothing"] });
        var idJag = broker.IdJag();
        (idJag.Claims["email"], idJag.Claims["tenant"], idJag.Claims["groups"], idJag.Claims["dept"], idJag.Claims["name"], idJag.Claims["nothing"]) =
            ("ana@acme.example", "acme-eu", new JsonArray("eng", "€\""), new JsonObject { ["id"] = 7.0 }, "Ana", null);

        var claims = Draft.Payload((await ras.RedeemAsync(idJag)).AssertIssued().AccessToken);

        Assert.Equal(("ana@acme.example", "acme-eu", "[\"eng\",\"€\\u0022\"]", "{\"id\":7}"), ((string)claims["email"]!, (string)claims["tenant"]!, claims["groups"]!.ToJsonString(Relaxed), claims["dept"]!.ToJsonString().Replace("7.0", "7", StringComparison.Ordinal)));
        Assert.Equal(["aud", "client_id", "dept", "email", "exp", "groups", "iat", "iss", "jti", "scope", "sub", "tenant"], claims.Select(claim => claim.Key).Order());
    }

    [Theory, Trait("Spec", "AT-12")]
    [InlineData("sub"), InlineData("scope"), InlineData("cnf"), InlineData("act"), InlineData("client_id"), InlineData("exp"), InlineData("active"), InlineData("aud"), InlineData("resource"), InlineData("")]
    public async Task None_that_says_what_the_token_is(string name)
    {
        var stopped = await Assert.ThrowsAsync<Microsoft.Extensions.Options.OptionsValidationException>(
            () => Ras.StartAsync(broker, new RasSetup { Trust = trust => trust.AccessTokenClaims = ["email", name] }));
        Assert.Contains(".AccessTokenClaims:", Assert.Single(stopped.Failures), StringComparison.Ordinal);
    }

    private static readonly System.Text.Json.JsonSerializerOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.Create(System.Text.Unicode.UnicodeRanges.All) };
}
