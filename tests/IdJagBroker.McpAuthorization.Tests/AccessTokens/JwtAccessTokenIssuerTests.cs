using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.McpAuthorization.Tests.Support;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.McpAuthorization.Tests.AccessTokens;

/// <summary>The access token (RFC 9068 §2).</summary>
public sealed class JwtAccessTokenIssuerTests(LoopbackBroker broker) : IClassFixture<LoopbackBroker>
{
    [Fact, Trait("Spec", "AT-01"), Trait("Spec", "AT-02"), Trait("Spec", "AT-03"), Trait("Spec", "AT-04"), Trait("Spec", "AT-06"), Trait("Spec", "AT-07"), Trait("Spec", "AT-08"), Trait("Spec", "AT-11"), Trait("Spec", "AT-12"), Trait("Spec", "AT-14"), Trait("Spec", "RAS-45")]
    public async Task Carries_what_the_server_needs_and_nothing_about_the_person()
    {
        await using var ras = await Ras.StartAsync(broker);
        var idJag = broker.IdJag();
        foreach (var (name, value) in new[] { ("email", "mira.okoye@acme.example"), ("tenant", "acme-eu"), ("acr", "urn:acme:loa:2"), ("name", "Mira") }) idJag.Claims[name] = value;
        idJag.Claims["auth_time"] = 1795165075;
        idJag.Claims["amr"] = new JsonArray("pwd", "otp");
        idJag.Claims["act"] = new JsonObject { ["sub"] = "agent" };

        var token = (await ras.RedeemAsync(idJag)).AssertIssued().AccessToken;

        Assert.Equal(["alg", "kid", "typ"], Draft.HeaderOf(token).Select(member => member.Key).Order());
        Assert.Equal("at+jwt", (string?)Draft.HeaderOf(token)["typ"]);
        var claims = Draft.Payload(token);
        Assert.Equal(["acr", "amr", "aud", "auth_time", "client_id", "exp", "iat", "iss", "jti", "scope", "sub"], claims.Select(claim => claim.Key).Order());
        Assert.Equal(Ras.Issuer, (string?)claims["iss"]);
        Assert.Equal(Ras.Resource, (string?)claims["aud"]);
        Assert.Equal(Ras.Client, (string?)claims["client_id"]);
        Assert.Equal(ManualClock.T0.ToUnixTimeSeconds(), (long)claims["iat"]!);
        Assert.Equal(600, (long)claims["exp"]! - (long)claims["iat"]!);
        Assert.Equal("tickets:read tickets:comment", (string?)claims["scope"]);
        Assert.Equal((1795165075L, "urn:acme:loa:2", "[\"pwd\",\"otp\"]"), ((long)claims["auth_time"]!, (string)claims["acr"]!, claims["amr"]!.ToJsonString()));
        Assert.DoesNotContain("mira", claims.ToJsonString(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact, Trait("Spec", "AT-01")]
    public async Task Verifies_with_the_published_es256_key()
    {
        await using var ras = await Ras.StartAsync(broker);
        var token = (await ras.RedeemAsync(broker.IdJag())).AssertIssued().AccessToken;
        var jwk = await PublishedKeyAsync(ras, token);
        using var key = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new() { X = Part(jwk, "x"), Y = Part(jwk, "y") } });

        Assert.True(key.VerifyData(SigningInput(token), Signature(token), HashAlgorithmName.SHA256));
        Assert.Equal("ES256", (string?)Draft.HeaderOf(token)["alg"]);
    }

    [Fact, Trait("Spec", "AT-01"), Trait("Spec", "RS-10")]
    public async Task Verifies_with_the_published_rs256_key_and_at_the_mcp_server()
    {
        using var rsa = RSA.Create(2048);
        await using var ras = await Ras.StartAsync(broker, new RasSetup { Configure = options => options.SigningKey = new InProcessSigningKey(rsa, JwsAlgorithm.RS256) });
        var token = (await ras.RedeemAsync(broker.IdJag())).AssertIssued().AccessToken;
        var jwk = await PublishedKeyAsync(ras, token);
        using var key = RSA.Create(new RSAParameters { Modulus = Part(jwk, "n"), Exponent = Part(jwk, "e") });

        Assert.True(key.VerifyData(SigningInput(token), Signature(token), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        Assert.Equal(200, (await ras.CallAsync("Bearer " + token, Ras.Call("tickets.list"))).Status);
    }

    [Fact, Trait("Spec", "AT-11"), Trait("Spec", "RAS-41")]
    public async Task Lives_as_long_as_configured_also_beyond_the_id_jag()
    {
        await using var ras = await Ras.StartAsync(broker, new RasSetup { Configure = options => options.AccessTokenLifetime = TimeSpan.FromHours(1) });
        var answer = (await ras.RedeemAsync(broker.IdJag())).AssertIssued();
        var claims = Draft.Payload(answer.AccessToken);

        Assert.Equal(3600, (int)answer.Json["expires_in"]!);
        Assert.Equal(3600, (long)claims["exp"]! - (long)claims["iat"]!);
    }

    [Fact, Trait("Spec", "AT-15")]
    public async Task Has_a_new_long_random_jti_each_time()
    {
        await using var ras = await Ras.StartAsync(broker);
        var ids = new HashSet<string>();
        for (var i = 0; i < 20; i++) ids.Add((string)Draft.Payload((await ras.RedeemAsync(broker.IdJag())).AssertIssued().AccessToken)["jti"]!);

        Assert.Equal(20, ids.Count);
        Assert.All(ids, id => Assert.True(id.Length >= 22, id));
    }

    [Fact, Trait("Spec", "AT-13")]
    public async Task Takes_no_id_jag_that_is_signed_with_its_own_key_whoever_publishes_that()
    {
        await using var issuer = new LoopbackBroker();
        await issuer.InitializeAsync();
        await using var ras = await Ras.StartAsync(issuer);
        issuer.PublishedKeys.Add(Keys.Jwk(ras.Key, "shared"));
        var idJag = new Draft(ras.Key, issuer.IdJag().Header, issuer.IdJag().Claims);
        idJag.Header["kid"] = "shared";

        (await ras.RedeemAsync(issuer.IdJag())).AssertIssued();
        (await ras.RedeemAsync(idJag)).AssertRefused(400, "invalid_grant", "the signature could not be verified");
    }

    private static async Task<JsonObject> PublishedKeyAsync(Ras ras, string token)
    {
        var keys = JsonNode.Parse(await ras.Http.GetStringAsync("/jwks"))!["keys"]!.AsArray();
        return keys.Select(key => key!.AsObject()).Single(key => (string?)key["kid"] == (string?)Draft.HeaderOf(token)["kid"]);
    }

    private static byte[] Part(JsonObject jwk, string name) => Base64Url.DecodeFromChars((string)jwk[name]!);
    private static byte[] SigningInput(string token) => Encoding.ASCII.GetBytes(token[..token.LastIndexOf('.')]);
    private static byte[] Signature(string token) => Base64Url.DecodeFromChars(token.Split('.')[2]);
}
