using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.Demo.EnterpriseIdp;
using IdJagBroker.Demo.Walk;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Shared;

namespace IdJagBroker.EndToEndTests.EnterpriseIdp.Clients;

/// <summary><c>private_key_jwt</c>, and clients that are held to one way of proving themselves.</summary>
public sealed class ClientAuthenticationTests : IAsyncLifetime
{
    private readonly ManualClock _clock = new();
    private ClientSite _site = null!;
    private IdpClient _broker = null!;
    private RunningIdp _idp = null!;
    private CodeFlow? _flow;

    private long Now => _clock.GetUtcNow().ToUnixTimeSeconds();

    public async ValueTask InitializeAsync()
    {
        _site = await ClientSite.StartAsync();
        _broker = new IdpClient("broker", null, RunningIdp.Callback.OriginalString) { JwksUri = _site.JwksUri };
        _idp = await RunningIdp.StartAsync(clock: _clock, clients: _broker);
    }

    public async ValueTask DisposeAsync()
    {
        await _idp.DisposeAsync();
        await _site.DisposeAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData("/token")]
    public async Task Gives_tokens_to_a_client_that_signs_for_issuer_or_token_endpoint(string path)
    {
        var tokens = await AskAsync(Assertion((_, claims) => claims["aud"] = _idp.Provider.Issuer + path), await CodeAsync());

        var (_, claims) = await _idp.ReadAsync(tokens, _broker);
        Assert.Equal("broker", (string?)claims["aud"]);
    }

    [Theory]
    [InlineData("client-authentication+jwt")]
    [InlineData("JWT")]
    [InlineData(null)]
    public Task Takes_the_types_that_clients_write(string? type) => IsTakenAsync(Assertion((header, _) => header["typ"] = type));

    [Fact]
    public Task Takes_a_list_of_audiences_with_itself_in_it() =>
        IsTakenAsync(Assertion((_, claims) => claims["aud"] = new JsonArray("https://other.example", _idp.Provider.Issuer)));

    [Fact]
    public Task Takes_what_lives_ten_minutes() => IsTakenAsync(Assertion((_, claims) => claims["exp"] = Now + 630));

    [Theory]
    [InlineData("iss", "\"somebody-else\"")]
    [InlineData("iss", null)]
    [InlineData("sub", "\"other-app\"")]
    [InlineData("sub", "\"nobody\"")]
    [InlineData("sub", null)]
    [InlineData("aud", "\"https://other.example\"")]
    [InlineData("aud", "[\"https://other.example\"]")]
    [InlineData("aud", null)]
    [InlineData("exp", "0")]
    [InlineData("exp", "\"soon\"")]
    [InlineData("exp", null)]
    [InlineData("jti", null)]
    [InlineData("jti", "7")]
    [InlineData("nbf", "253370764799")]
    [InlineData("iat", "253370764799")]
    [InlineData("iat", "\"now\"")]
    public Task Refuses_an_assertion_that_is_wrong_in_one_claim(string claim, string? json) =>
        IsRefusedAsync(Assertion((_, claims) => Set(claims, claim, json)));

    [Theory]
    [InlineData(631)]
    [InlineData(-30)]
    public Task Refuses_what_lives_too_long_or_no_longer(int seconds) => IsRefusedAsync(Assertion((_, claims) => claims["exp"] = Now + seconds));

    [Theory]
    [InlineData("at+jwt")]
    [InlineData("logout+jwt")]
    [InlineData("oauth-id-jag+jwt")]
    public Task Refuses_another_kind_of_token(string type) => IsRefusedAsync(Assertion((header, _) => header["typ"] = type));

    [Fact]
    public async Task Refuses_a_signature_by_another_key_or_by_the_secret_of_another_kind()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (header, claims) = Parts();
        await IsRefusedAsync(Jwts.Sign(header, claims, other));
        await IsRefusedAsync(Jwts.SignHmac(new JsonObject { ["alg"] = "HS256", ["kid"] = _site.KeyId }, claims, Encoding.UTF8.GetBytes("s3cret")));
        await IsRefusedAsync("no.jwt");
    }

    [Fact]
    public async Task Takes_an_assertion_once()
    {
        var assertion = Assertion();
        await IsTakenAsync(assertion);
        await IsRefusedAsync(assertion);
        _clock.Advance(TimeSpan.FromSeconds(80));
        await IsRefusedAsync(assertion);                                // still valid, still used
        await IsTakenAsync(Assertion());
    }

    [Fact]
    public async Task Refuses_an_assertion_beside_the_client_id_of_somebody_else()
    {
        Assert.Equal("invalid_client", (await AskAsync(Assertion(), "unknown", ("client_id", "notes-desktop"))).Error);
        Assert.Equal("invalid_grant", (await AskAsync(Assertion(), "unknown", ("client_id", null))).Error);     // its sub names it
    }

    [Fact]
    public async Task Fetches_the_keys_again_when_the_client_has_a_new_one()
    {
        await IsTakenAsync(Assertion());
        await IsTakenAsync(Assertion());
        Assert.Equal(1, _site.KeyFetches);
        var before = Assertion();
        _site.Rotate("k2");
        await IsTakenAsync(Assertion());
        await IsRefusedAsync(before);
    }

    [Fact]
    public async Task Refuses_a_client_whose_keys_cannot_be_fetched()
    {
        var assertion = Assertion();
        await _site.DisposeAsync();
        await IsRefusedAsync(assertion);
    }

    [Fact]
    public async Task Knows_a_client_by_its_registered_keys()
    {
        var keys = JsonWebKeySet.TryParse(Encoding.UTF8.GetBytes(new JsonObject { ["keys"] = new JsonArray(TestIdp.Jwk(_site.Key, _site.KeyId)) }.ToJsonString()));
        await using var idp = await RunningIdp.StartAsync(clock: _clock, clients: new IdpClient("broker", null, RunningIdp.Callback.OriginalString) { Keys = keys });

        Assert.Equal("invalid_grant", (await AskAsync(idp, Assertion((_, claims) => claims["aud"] = idp.Provider.Issuer), "unknown")).Error);
        Assert.Equal(0, _site.KeyFetches);
    }

    [Fact]
    public async Task A_client_without_a_secret_has_none_to_guess_and_one_without_keys_cannot_sign()
    {
        Assert.Equal("invalid_client", (await _idp.Flow().RedeemAsync("unknown", default, ("client_id", "broker"), ("client_secret", "s"))).Error);
        Assert.Equal("invalid_client", (await _idp.Flow().RedeemAsync("unknown", default, ("client_id", "broker"), ("client_secret", null))).Error);
        await IsRefusedAsync(Assertion((_, claims) => (claims["iss"], claims["sub"]) = ("notes-desktop", "notes-desktop")));
    }

    [Theory]
    [InlineData(ClientAuthenticationMethod.ClientSecretBasic, "invalid_grant", "invalid_client")]
    [InlineData(ClientAuthenticationMethod.ClientSecretPost, "invalid_client", "invalid_grant")]
    public async Task Holds_a_client_to_the_way_that_it_is_registered_for(ClientAuthenticationMethod only, string byBasic, string byPost)
    {
        await using var idp = await RunningIdp.StartAsync(clients: new IdpClient("strict", "s3cret", RunningIdp.Callback.OriginalString) { AuthenticatesBy = only });
        using var request = new HttpRequestMessage(HttpMethod.Post, idp.Provider.Issuer + "/token")
        {
            Content = new FormUrlEncodedContent([new("grant_type", "authorization_code"), new("code", "unknown")]),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String("strict:s3cret"u8));
        using var response = await idp.Http.SendAsync(request);

        Assert.Equal(byBasic, SignInTokens.Parse(await response.Content.ReadAsStringAsync()).Error);
        Assert.Equal(byPost, (await idp.Flow().RedeemAsync("unknown", default, ("client_id", "strict"), ("client_secret", "s3cret"))).Error);
    }

    private async Task IsTakenAsync(string assertion) => Assert.Equal("invalid_grant", (await AskAsync(assertion, "unknown")).Error);      // past the client, at the code

    private async Task IsRefusedAsync(string assertion) => Assert.Equal("invalid_client", (await AskAsync(assertion, "unknown")).Error);

    private Task<SignInTokens> AskAsync(string assertion, string code, params (string, string?)[] changes) => AskAsync(_idp, assertion, code, changes);

    private Task<SignInTokens> AskAsync(RunningIdp idp, string assertion, string code, params (string, string?)[] changes) => (_flow ?? idp.Flow()).RedeemAsync(
        code, default, [("client_id", "broker"), ("client_secret", null), ("client_assertion_type", TokenType.ClientAssertion), ("client_assertion", assertion), .. changes]);

    private async Task<string> CodeAsync()
    {
        _flow = _idp.Flow();
        return (await _idp.Browser.SignInAsync(await _flow.AddressAsync(default, ("client_id", "broker")), RunningIdp.Callback, "ana", RunningIdp.Password, default)).Code!;
    }

    private string Assertion(Action<JsonObject, JsonObject>? change = null)
    {
        var (header, claims) = Parts();
        change?.Invoke(header, claims);
        if (header["typ"] is null) header.Remove("typ");
        return Jwts.Sign(header, claims, _site.Key);
    }

    private (JsonObject Header, JsonObject Claims) Parts() => (new JsonObject { ["alg"] = "ES256", ["kid"] = _site.KeyId }, new JsonObject
    {
        ["iss"] = "broker", ["sub"] = "broker", ["aud"] = _idp.Provider.Issuer, ["jti"] = RandomName.Create(), ["iat"] = Now, ["nbf"] = Now, ["exp"] = Now + 60,
    });

    private static void Set(JsonObject claims, string name, string? json)
    {
        if (json is null) claims.Remove(name);
        else claims[name] = JsonNode.Parse(json);
    }
}
