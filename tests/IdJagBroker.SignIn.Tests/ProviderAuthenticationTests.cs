using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.Shared;

namespace IdJagBroker.Tests.SigningIn;

/// <summary>How the broker proves itself at a provider.</summary>
public sealed class ProviderAuthenticationTests(SignInFixture signIn) : IClassFixture<SignInFixture>
{
    [Fact]
    public async Task By_an_assertion_that_its_published_key_verifies_and_that_is_for_this_provider_alone()
    {
        JsonObject? claims = null;
        signIn.Keyed.Assertions = async assertion =>
        {
            claims = Jwts.Claims(assertion);
            return await VerifiesAsync(assertion);
        };
        using var browser = signIn.NewBrowser();
        var landing = await browser.GoAsync(signIn.Request(("client_id", "keys"), ("redirect_uri", "https://desk.example/keys")));
        Assert.NotNull(landing["code"]);
        Assert.Equal((TestProvider.ClientId, TestProvider.ClientId, signIn.Keyed.Issuer), ((string?)claims!["iss"], (string?)claims["sub"], (string?)claims["aud"]));
        Assert.NotNull(claims["jti"]);
        Assert.InRange((long)claims["exp"]! - (long)claims["iat"]!, 30, 300);
        Assert.False(signIn.Keyed.AskedForTokens.ContainsKey("client_secret"));
    }

    [Fact]
    public async Task With_a_key_that_is_not_among_those_of_its_tokens()
    {
        var (own, tokens) = (await KeysAsync("/signin/jwks"), await KeysAsync("/oauth2/jwks"));
        Assert.NotEmpty(own);
        Assert.Empty(own.Intersect(tokens));
    }

    [Fact]
    public async Task By_its_secret_in_the_header_and_not_in_the_body()
    {
        await signIn.CodeAsync();
        Assert.False(signIn.Provider.AskedForTokens.ContainsKey("client_secret"));
    }

    private async Task<string[]> KeysAsync(string path) =>
        [.. JsonNode.Parse(await signIn.Broker.Http.GetStringAsync(signIn.Issuer + path))!["keys"]!.AsArray().Select(key => (string)key!["kid"]!)];

    private async Task<bool> VerifiesAsync(string assertion)
    {
        var keys = JsonNode.Parse(await signIn.Broker.Http.GetStringAsync(signIn.Issuer + "/signin/jwks"))!["keys"]!.AsArray();
        var key = keys.Single(key => (string?)key!["kid"] == (string?)Jwts.Header(assertion)["kid"])!;
        using var rsa = RSA.Create(new RSAParameters { Modulus = Base64Url.DecodeFromChars((string)key["n"]!), Exponent = Base64Url.DecodeFromChars((string)key["e"]!) });
        var dot = assertion.LastIndexOf('.');
        return rsa.VerifyData(Encoding.ASCII.GetBytes(assertion[..dot]), Base64Url.DecodeFromChars(assertion.AsSpan(dot + 1)), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    }
}
