using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.Shared;

namespace IdJagBroker.Tests.SigningIn;

/// <summary>The way that goes well: from an application's request to an ID-JAG, and what the log says of it.</summary>
public sealed class SignInTests(SignInFixture signIn) : IClassFixture<SignInFixture>
{
    [Fact]
    public async Task An_application_gets_an_ID_Token_of_the_broker_by_way_of_the_provider()
    {
        using var browser = signIn.NewBrowser();
        var landing = await browser.GoAsync(signIn.Request());
        Assert.Equal((SignInFixture.DeskCallback, "the-state", signIn.Issuer), (landing.At.GetLeftPart(UriPartial.Path), landing["state"], landing["iss"]));

        var asked = signIn.Provider.Asked;      // of the provider
        Assert.Equal((TestProvider.ClientId, signIn.Issuer + "/signin/callback/acme", "openid profile email offline_access"), (asked["client_id"], asked["redirect_uri"], asked["scope"]));
        Assert.NotEqual("the-nonce", asked["nonce"]);
        Assert.NotEqual("the-state", asked["state"]);

        var tokens = (await signIn.RedeemAsync(landing["code"]!)).IsGranted().Body!;
        Assert.Equal("Bearer", (string?)tokens["token_type"]);
        Assert.InRange((long)tokens["expires_in"]!, 3590, 3600);
        Assert.NotNull(tokens["refresh_token"]);
        var token = (string)tokens["id_token"]!;
        var (header, claims) = (Jwts.Header(token), Jwts.Claims(token));
        Assert.Equal("RS256", (string?)header["alg"]);
        Assert.Equal((signIn.Issuer, "desk", "the-nonce", "phr"), ((string?)claims["iss"], (string?)claims["aud"], (string?)claims["nonce"], (string?)claims["acr"]));
        Assert.Equal(["hwk", "mfa"], claims["amr"]!.AsArray().Select(method => (string?)method));
        Assert.Equal(("Ana Alves", "ana@acme.example", true), ((string?)claims["name"], (string?)claims["email"], (bool?)claims["email_verified"]));
        Assert.NotEqual("00u-ana", (string?)claims["sub"]);
        Assert.NotNull(claims["sid"]);
        Assert.NotNull(claims["auth_time"]);
        Assert.Null(claims["groups"]);
        var half = SHA256.HashData(Encoding.ASCII.GetBytes((string)tokens["access_token"]!))[..16];
        Assert.Equal(Base64Url.EncodeToString(half), (string?)claims["at_hash"]);
        Assert.True(await VerifiesAsync(token));
    }

    [Fact]
    public async Task The_ID_Token_becomes_an_ID_JAG_about_the_same_person_and_the_log_joins_them()
    {
        var token = (string)(await signIn.TokensAsync())["id_token"]!;
        var idJag = (await signIn.ExchangeAsync(token)).IsGranted().IdJag;

        Assert.Equal(((string?)Jwts.Claims(token)["sub"], "cl_desk", "phr"), ((string?)idJag["sub"], (string?)idJag["client_id"], (string?)idJag["acr"]));
        Assert.Equal((long?)Jwts.Claims(token)["auth_time"], (long?)idJag["auth_time"]);
        var issued = await signIn.LastAsync("idjag.issued");
        var (started, code, redeemed) = (await signIn.LastAsync("signin.session_started"), await signIn.LastAsync("signin.code_issued"), await signIn.LastAsync("signin.redeemed"));
        var sid = (string?)Jwts.Claims(token)["sid"];
        Assert.All([issued, started, code, redeemed], e => Assert.Equal(sid, (string?)e["actor"]!["session"]));
        Assert.All([issued, started, code, redeemed], e => Assert.Equal((string?)issued["subject_key"], (string?)e["subject_key"]));
        Assert.Equal((string?)Jwts.Claims(token)["jti"], (string?)redeemed["jti"]);
        var input = token[..token.LastIndexOf('.')];
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(input))), (string?)redeemed["data"]!["signing_input_sha256"]);
    }

    [Fact]
    public async Task A_scope_that_is_not_asked_for_gives_no_claim()
    {
        var claims = Jwts.Claims((string)(await signIn.TokensAsync(("scope", "openid")))["id_token"]!);
        Assert.Equal((null, null), ((string?)claims["name"], (string?)claims["email"]));
    }

    [Fact]
    public async Task An_address_that_the_provider_did_not_verify_is_not_passed_on()
    {
        signIn.Provider.Change = (_, claims) => (claims["email_verified"], claims["email"]) = (false, "ana@elsewhere.example");
        try
        {
            Assert.Null(Jwts.Claims((string)(await signIn.TokensAsync())["id_token"]!)["email"]);
        }
        finally
        {
            signIn.Provider.Change = null;
        }
    }

    [Fact]
    public async Task The_metadata_says_what_is_here()
    {
        var document = JsonNode.Parse(await signIn.Broker.Http.GetStringAsync(signIn.Issuer + "/.well-known/openid-configuration"))!;
        foreach (var (member, path) in new[] { ("authorization_endpoint", "/authorize"), ("userinfo_endpoint", "/userinfo"), ("revocation_endpoint", "/oauth2/revoke"), ("end_session_endpoint", "/logout") })
            Assert.Equal(signIn.Issuer + path, (string?)document[member]);
        Assert.Equal(["urn:ietf:params:oauth:grant-type:token-exchange", "authorization_code", "refresh_token"], Texts(document["grant_types_supported"]));
        Assert.Contains("none", Texts(document["token_endpoint_auth_methods_supported"]));
        Assert.Equal(["S256"], Texts(document["code_challenge_methods_supported"]));
        Assert.Contains("RS256", Texts(document["id_token_signing_alg_values_supported"]));
        Assert.Equal((true, false), ((bool?)document["authorization_response_iss_parameter_supported"], (bool?)document["request_uri_parameter_supported"]));
    }

    [Fact]
    public async Task The_userinfo_endpoint_tells_who_it_is_to_whom_has_the_access_token()
    {
        var tokens = await signIn.TokensAsync();
        var (status, body) = await UserInfoAsync("Bearer " + tokens["access_token"]);
        Assert.Equal((HttpStatusCode.OK, (string?)Jwts.Claims((string)tokens["id_token"]!)["sub"], "Ana Alves"), (status, (string?)body!["sub"], (string?)body["name"]));
    }

    [Fact]
    public async Task The_userinfo_endpoint_tells_nobody_else()
    {
        var tokens = await signIn.TokensAsync();
        var token = (string)tokens["access_token"]!;
        foreach (var authorization in new[] { null, "Bearer", "Bearer x", $"Bearer {token}x", $"Bearer {tokens["id_token"]}", $"Bearer {tokens["refresh_token"]}", $"DPoP {token}", $"Basic {token}" })
            Assert.Equal(HttpStatusCode.Unauthorized, (await UserInfoAsync(authorization)).Status);
        signIn.Clock.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal(HttpStatusCode.Unauthorized, (await UserInfoAsync("Bearer " + token)).Status);
    }

    private async Task<(HttpStatusCode Status, JsonNode? Body)> UserInfoAsync(string? authorization)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, signIn.Issuer + "/userinfo");
        if (authorization is not null) request.Headers.TryAddWithoutValidation("Authorization", authorization);
        using var response = await signIn.Broker.Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return (response.StatusCode, text.StartsWith('{') ? JsonNode.Parse(text) : null);
    }

    private async Task<bool> VerifiesAsync(string token)
    {
        var keys = JsonNode.Parse(await signIn.Broker.Http.GetStringAsync(signIn.Issuer + "/oauth2/jwks"))!["keys"]!.AsArray();
        var key = keys.Single(key => (string?)key!["kid"] == (string?)Jwts.Header(token)["kid"])!;
        using var rsa = RSA.Create(new RSAParameters { Modulus = Base64Url.DecodeFromChars((string)key["n"]!), Exponent = Base64Url.DecodeFromChars((string)key["e"]!) });
        var dot = token.LastIndexOf('.');
        return rsa.VerifyData(Encoding.ASCII.GetBytes(token[..dot]), Base64Url.DecodeFromChars(token.AsSpan(dot + 1)), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    }

    private static IEnumerable<string?> Texts(JsonNode? array) => array!.AsArray().Select(text => (string?)text);
}
