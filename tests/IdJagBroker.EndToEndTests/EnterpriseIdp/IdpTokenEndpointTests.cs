using System.Net;
using System.Net.Http.Headers;
using System.Text;
using IdJagBroker.Demo.Walk;

namespace IdJagBroker.EndToEndTests.EnterpriseIdp;

public sealed class IdpTokenEndpointTests
{
    [Fact]
    public async Task Gives_tokens_for_a_code_and_its_verifier()
    {
        await using var idp = await RunningIdp.StartAsync();
        var flow = idp.Flow();
        var tokens = await flow.RedeemAsync(await idp.CodeAsync(flow), default);

        Assert.Null(tokens.Error);
        Assert.Equal("Bearer", tokens.TokenType);
        Assert.Equal(3600, tokens.ExpiresIn);
        Assert.Equal("openid email groups", tokens.Scope);
        Assert.Equal(43, tokens.AccessToken!.Length);
        Assert.Null(tokens.RefreshToken);
        Assert.Equal(IdJagBroker.Protocol.Jws.JwsFailure.None, await idp.VerifyAsync(tokens.IdToken!));
    }

    [Theory]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("short")]
    [InlineData(null)]
    public async Task Refuses_a_code_without_its_verifier(string? verifier)
    {
        await using var idp = await RunningIdp.StartAsync();
        var flow = idp.Flow();
        var code = await idp.CodeAsync(flow);

        Assert.Equal("invalid_grant", (await flow.RedeemAsync(code, default, ("code_verifier", verifier))).Error);
        Assert.Equal("invalid_grant", (await flow.RedeemAsync(code, default)).Error);     // and the code is spent
    }

    [Fact]
    public async Task Takes_the_challenge_itself_for_no_verifier()
    {
        await using var idp = await RunningIdp.StartAsync();
        var flow = idp.Flow();
        var address = await flow.AddressAsync(default);
        var challenge = System.Web.HttpUtility.ParseQueryString(address.Query)["code_challenge"];

        Assert.Equal("invalid_grant", (await flow.RedeemAsync(await idp.CodeAsync(flow), default, ("code_verifier", challenge))).Error);
    }

    [Fact]
    public async Task Refuses_a_code_the_second_time()
    {
        await using var idp = await RunningIdp.StartAsync();
        var flow = idp.Flow();
        var code = await idp.CodeAsync(flow);

        Assert.Null((await flow.RedeemAsync(code, default)).Error);
        Assert.Equal("invalid_grant", (await flow.RedeemAsync(code, default)).Error);
    }

    [Theory]
    [InlineData(59, null)]
    [InlineData(60, "invalid_grant")]
    public async Task Refuses_a_code_after_sixty_seconds(int seconds, string? error)
    {
        var clock = new ManualClock();
        await using var idp = await RunningIdp.StartAsync(clock: clock);
        var flow = idp.Flow();
        var code = await idp.CodeAsync(flow);
        clock.Advance(TimeSpan.FromSeconds(seconds));

        Assert.Equal(error, (await flow.RedeemAsync(code, default)).Error);
    }

    [Theory]
    [InlineData("http://127.0.0.1:9/callback/")]
    [InlineData(null)]
    public async Task Refuses_a_code_with_another_redirect_uri(string? redirectUri)
    {
        await using var idp = await RunningIdp.StartAsync();
        var flow = idp.Flow();

        Assert.Equal("invalid_grant", (await flow.RedeemAsync(await idp.CodeAsync(flow), default, ("redirect_uri", redirectUri))).Error);
    }

    [Fact]
    public async Task Refuses_a_code_of_another_client()
    {
        await using var idp = await RunningIdp.StartAsync();
        var flow = idp.Flow();
        var tokens = await flow.RedeemAsync(
            await idp.CodeAsync(flow), default, ("client_id", RunningIdp.Other.ClientId), ("client_secret", RunningIdp.Other.Secret));

        Assert.Equal("invalid_grant", tokens.Error);
    }

    [Theory]
    [InlineData("client_secret", "wrong")]
    [InlineData("client_secret", null)]
    [InlineData("client_id", "nobody")]
    [InlineData("client_secret", "another secret")]
    public async Task Refuses_a_client_that_does_not_prove_itself_and_leaves_the_code_alone(string parameter, string? value)
    {
        await using var idp = await RunningIdp.StartAsync();
        var flow = idp.Flow();
        var code = await idp.CodeAsync(flow);

        Assert.Equal("invalid_client", (await flow.RedeemAsync(code, default, (parameter, value))).Error);
        Assert.Null((await flow.RedeemAsync(code, default)).Error);
    }

    [Fact]
    public async Task Refuses_another_grant()
    {
        await using var idp = await RunningIdp.StartAsync();
        var flow = idp.Flow();
        Assert.Equal("unsupported_grant_type", (await flow.RedeemAsync("x", default, ("grant_type", "password"))).Error);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Knows_a_client_by_basic_form_encoded_or_raw(bool formEncoded)
    {
        await using var idp = await RunningIdp.StartAsync();
        var (id, secret) = (RunningIdp.Notes.ClientId, RunningIdp.Notes.Secret);
        using var response = await PostAsync(idp, formEncoded ? $"{Uri.EscapeDataString(id)}:{Uri.EscapeDataString(secret!)}" : $"{id}:{secret}");

        Assert.Equal("invalid_grant", SignInTokens.Parse(await response.Content.ReadAsStringAsync()).Error);      // past the client, at the code
    }

    [Fact]
    public async Task Challenges_a_client_that_fails_at_basic()
    {
        await using var idp = await RunningIdp.StartAsync();
        using var response = await PostAsync(idp, $"{RunningIdp.Notes.ClientId}:wrong");

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("Basic", Assert.Single(response.Headers.WwwAuthenticate).Scheme);
        Assert.True(response.Headers.CacheControl!.NoStore);
    }

    [Fact]
    public async Task Takes_forms_only()
    {
        await using var idp = await RunningIdp.StartAsync();
        using var body = new StringContent("{}", Encoding.UTF8, "application/json");
        using var response = await idp.Http.PostAsync(idp.Provider.Issuer + "/token", body);

        Assert.Equal("invalid_request", SignInTokens.Parse(await response.Content.ReadAsStringAsync()).Error);
    }

    private static async Task<HttpResponseMessage> PostAsync(RunningIdp idp, string basic)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, idp.Provider.Issuer + "/token")
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string> { ["grant_type"] = "authorization_code", ["code"] = "unknown" }),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(basic)));
        return await idp.Http.SendAsync(request);
    }
}
