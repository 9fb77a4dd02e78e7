namespace IdJagBroker.RealClients.Tests;

/// <summary><c>jose</c> finds the keys from the metadata and takes the tokens, as any MCP server in JavaScript would; and it makes the proofs of a client with a key.</summary>
public sealed class JoseTests(Enterprise enterprise)
{
    private const string BadSignature = "ERR_JWS_SIGNATURE_VERIFICATION_FAILED", BadClaim = "ERR_JWT_CLAIM_VALIDATION_FAILED";

    [Theory, Trait("Spec", "AT-01"), Trait("Spec", "AT-02"), Trait("Spec", "AT-03"), Trait("Spec", "AT-04"), Trait("Spec", "AT-06"), Trait("Spec", "AT-07"), Trait("Spec", "AT-11"), Trait("Spec", "AT-13"),
     Trait("Spec", "RAS-42"), Trait("Spec", "RAS-45")]
    [InlineData("tickets", "ES256")]
    [InlineData("tenant", "RS256")]
    public async Task Verifies_an_access_token_and_no_other(string name, string algorithm)
    {
        var server = enterprise.Server(name);
        var found = await NodeProgram.ScenarioAsync("verify", enterprise, server);

        var (header, claims) = (found["header"]!, found["claims"]!);
        Assert.Equal((algorithm, "at+jwt"), ((string?)header["alg"], (string?)header["typ"]));
        Assert.Equal((server.Issuer, server.Resource, TicketServer.ClientId), ((string?)claims["iss"], (string?)claims["aud"], (string?)claims["client_id"]));
        Assert.Equal((TicketTools.Read, TicketTools.Read), ((string?)claims["scope"], (string?)found["tokens"]!["scope"]));
        Assert.Equal((long)found["tokens"]!["expires_in"]!, (long)claims["exp"]! - (long)claims["iat"]!);
        Assert.NotEqual((string?)found["idJag"]!["sub"], (string?)claims["sub"]);

        Assert.All(["tampered", "unsigned", "otherSignature"], what => Assert.Equal(BadSignature, (string?)found[what]));
        Assert.All(["otherIssuer", "otherAudience", "otherType"], what => Assert.Equal(BadClaim, (string?)found[what]));
        Assert.Equal("ERR_JWKS_NO_MATCHING_KEY", (string?)found["idJagHere"]);
        Assert.Equal((server.Issuer, server.Resource), ((string?)found["idJag"]!["aud"], (string?)found["idJag"]!["resource"]));    // verified by the broker's keys
    }

    [Theory, Trait("Spec", "AT-10"), Trait("Spec", "POP-04"), Trait("Spec", "POP-07"), Trait("Spec", "POP-08"), Trait("Spec", "POP-09"), Trait("Spec", "POP-20"),
     Trait("Spec", "RS-17")]
    [InlineData("tickets", "ES256")]
    [InlineData("tenant", "RS256")]
    public async Task Makes_proofs_of_a_key_that_bind_every_token_of_the_path(string name, string algorithm)
    {
        var found = await NodeProgram.ScenarioAsync("possession", enterprise, enterprise.Server(name), ("algorithm", algorithm));

        Assert.Equal("DPoP", (string?)found["type"]);
        Assert.Equal((string?)found["thumbprint"], (string?)found["idJag"]!["jkt"]);
        Assert.Equal((string?)found["thumbprint"], (string?)found["accessToken"]!["jkt"]);
        Assert.Equal(200, (int)found["called"]!);
        Assert.All(["redeemedWithoutProof", "redeemedByThief"], what => Assert.Equal("invalid_grant", (string?)found[what]));
        Assert.All(["calledByThief", "calledWithoutProof", "calledAsBearer", "calledForOtherToken"], what => Assert.Equal(401, (int)found[what]!));
    }
}
