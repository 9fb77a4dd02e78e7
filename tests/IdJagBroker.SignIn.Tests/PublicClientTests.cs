using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.Shared;

namespace IdJagBroker.Tests.SigningIn;

/// <summary>An application for which nobody vouches: people are shown once who asks and where the answer goes, and what it gets can be bound to its key.</summary>
public sealed class PublicClientTests(SignInFixture signIn) : IClassFixture<SignInFixture>, IAsyncDisposable
{
    private readonly TestBrowser _browser = signIn.NewBrowser();
    private readonly RestoredProvider _provider = new(signIn.Provider);
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    [Fact]
    public async Task The_first_time_the_person_is_shown_who_asks_and_then_no_more()
    {
        signIn.Provider.Person = "00u-first";
        var page = await _browser.GoAsync(Tool());
        Assert.Equal("Continue to Tool <b>?", page.Heading);
        Assert.Contains("Tool &lt;b&gt;", page.Html, StringComparison.Ordinal);
        Assert.Contains("http://127.0.0.1:49152 (this computer)", page.Html, StringComparison.Ordinal);
        var going = await ContinueAsync(page, "continue");
        Assert.Contains("code=", going.GoesOnTo.Query, StringComparison.Ordinal);
        Assert.True((bool?)(await signIn.LastAsync("signin.code_issued"))["data"]!["introduced"]);

        Assert.NotNull((await _browser.GoAsync(Tool()))["code"]);
        Assert.NotNull((await _browser.GoAsync(Tool(("redirect_uri", "http://127.0.0.1:49999/callback"))))["code"]);       // another port is the same place
        Assert.Equal("Continue to Tool <b>?", (await _browser.GoAsync(Tool(("redirect_uri", "com.example.tool:/cb")))).Heading);      // another place
        using var somebodyElse = signIn.NewBrowser();
        signIn.Provider.Person = "00u-second";
        Assert.Equal("Continue to Tool <b>?", (await somebodyElse.GoAsync(Tool())).Heading);
    }

    [Fact]
    public async Task Who_cancels_is_shown_again_and_the_application_hears_of_it()
    {
        signIn.Provider.Person = "00u-cancels";
        var going = await ContinueAsync(await _browser.GoAsync(Tool()), "cancel");
        Assert.Contains("error=access_denied", going.GoesOnTo.Query, StringComparison.Ordinal);
        Assert.Equal("Continue to Tool <b>?", (await _browser.GoAsync(Tool())).Heading);
    }

    [Fact]
    public async Task In_silence_it_is_not_gone_on()
    {
        signIn.Provider.Person = "00u-silent";
        await _browser.GoAsync(Tool());
        Assert.Equal("interaction_required", (await _browser.GoAsync(Tool(("prompt", "none"))))["error"]);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Nobody_else_goes_on_for_the_person(bool dropCookies, bool otherAttempt)
    {
        signIn.Provider.Person = "00u-forged";
        var page = await _browser.GoAsync(Tool());
        if (dropCookies) _browser.Cookies.Clear();     // what another site's form does not bring
        var form = page.Fields;
        if (otherAttempt) form["attempt"] = "AAAAAAAAAAAAAAAAAAAAAA";
        var landing = await _browser.PostAsync(signIn.Issuer + "/signin/continue", [.. form, new("answer", "continue")]);
        Assert.Equal("This sign-in is over", landing.Heading);
    }

    [Fact]
    public async Task A_page_is_gone_on_from_once()
    {
        signIn.Provider.Person = "00u-once";
        var page = await _browser.GoAsync(Tool());
        await ContinueAsync(page, "continue");
        Assert.Equal("This sign-in is over", (await ContinueAsync(page, "continue")).Heading);
    }

    [Fact]
    public async Task It_redeems_its_code_with_nothing_but_the_verifier_and_exchanges_what_it_got()
    {
        var tokens = (await RedeemAsync(await CodeAsync())).IsGranted().Body!;
        Assert.Equal("none", (string?)(await signIn.LastAsync("signin.redeemed"))["data"]!["client_authentication"]);
        (await signIn.Broker.Token.ExchangeAsync(("client_id", "tool"), ("client_secret", null), ("subject_token", (string)tokens["id_token"]!))).IsGranted();
        (await RefreshAsync((string)tokens["refresh_token"]!)).IsGranted();
        (await RedeemAsync(await CodeAsync(), ("code_verifier", null))).IsRefused("invalid_request");
        (await RedeemAsync(await CodeAsync(), ("client_secret", signIn.Broker.Secret))).IsRefused("invalid_client", HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task What_it_gets_with_a_proof_is_of_use_only_with_its_key()
    {
        var tokens = (await RedeemAsync(await CodeAsync(), _key)).IsGranted().Body!;
        Assert.Equal("DPoP", (string?)tokens["token_type"]);
        var refreshToken = (string)tokens["refresh_token"]!;
        (await RefreshAsync(refreshToken)).IsRefused("invalid_grant");
        using var thief = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        (await RefreshAsync(refreshToken, thief)).IsRefused("invalid_grant");
        Assert.Equal("DPOP_KEY_MISMATCH", (string?)(await signIn.LastAsync("refresh.denied"))["reason"]);
        (await signIn.Broker.Token.ExchangeAsync(
            ("client_id", "tool"), ("client_secret", null), ("subject_token", refreshToken), ("subject_token_type", "urn:ietf:params:oauth:token-type:refresh_token"))).IsRefused("invalid_grant");
        var next = (await RefreshAsync(refreshToken, _key)).IsGranted().Body!;
        (await RefreshAsync((string)next["refresh_token"]!)).IsRefused("invalid_grant");      // still bound
    }

    [Fact]
    public async Task A_bound_access_token_tells_who_it_is_only_to_whom_has_the_key()
    {
        var token = (string)(await RedeemAsync(await CodeAsync(), _key)).IsGranted().Body!["access_token"]!;
        var endpoint = signIn.Issuer + "/userinfo";
        using var thief = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var good = Proof(_key, "GET", endpoint, token);
        foreach (var (authorization, proof) in new (string, string?)[]
        {
            ($"Bearer {token}", null), ($"Bearer {token}", Proof(_key, "GET", endpoint, token)), ($"DPoP {token}", null), ($"DPoP {token}", Proof(thief, "GET", endpoint, token)),
            ($"DPoP {token}", Proof(_key, "POST", endpoint, token)), ($"DPoP {token}", Proof(_key, "GET", signIn.Issuer + "/oauth2/token", token)), ($"DPoP {token}", Proof(_key, "GET", endpoint, "another")),
        }) Assert.Equal(HttpStatusCode.Unauthorized, await UserInfoAsync(authorization, proof));
        Assert.Equal(HttpStatusCode.OK, await UserInfoAsync($"DPoP {token}", good));
        Assert.Equal(HttpStatusCode.Unauthorized, await UserInfoAsync($"DPoP {token}", good));     // once
    }

    [Fact]
    public async Task A_code_that_names_a_key_is_redeemed_with_it_alone()
    {
        var thumbprint = Thumbprint(_key);
        using var thief = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        (await RedeemAsync(await CodeAsync(("dpop_jkt", thumbprint)), thief)).IsRefused("invalid_grant");
        (await RedeemAsync(await CodeAsync(("dpop_jkt", thumbprint)))).IsRefused("invalid_grant");
        (await RedeemAsync(await CodeAsync(("dpop_jkt", thumbprint)), _key)).IsGranted();
    }

    public async ValueTask DisposeAsync()
    {
        _browser.Dispose();
        _key.Dispose();
        await _provider.DisposeAsync();
    }

    private string Tool(params (string Name, string? Value)[] changes) => signIn.Request([("client_id", "tool"), ("redirect_uri", SignInFixture.ToolCallback), .. changes]);

    private async Task<string> CodeAsync(params (string Name, string? Value)[] changes)
    {
        var landing = await _browser.GoAsync(Tool(changes));
        return landing["code"] ?? System.Web.HttpUtility.ParseQueryString((await ContinueAsync(landing, "continue")).GoesOnTo.Query)["code"]!;
    }

    private Task<Landing> ContinueAsync(Landing page, string answer) => _browser.PostAsync(signIn.Issuer + "/signin/continue", [.. page.Fields, new("answer", answer)]);

    private Task<TokenAnswer> RedeemAsync(string code, params (string Name, string? Value)[] changes) => RedeemAsync(code, null, changes);

    private Task<TokenAnswer> RedeemAsync(string code, ECDsa? key, params (string Name, string? Value)[] changes) => signIn.Broker.Token.SendAsync(TokenClient.With(
        [new("grant_type", "authorization_code"), new("code", code), new("redirect_uri", SignInFixture.ToolCallback), new("code_verifier", SignInFixture.Verifier), new("client_id", "tool")], changes), With(key));

    private Task<TokenAnswer> RefreshAsync(string refreshToken, ECDsa? key = null) =>
        signIn.Broker.Token.SendAsync([new("grant_type", "refresh_token"), new("refresh_token", refreshToken), new("client_id", "tool")], With(key));

    private Action<HttpRequestMessage>? With(ECDsa? key) => key is null ? null : request => request.Headers.Add("DPoP", Proof(key, "POST", signIn.Issuer + "/oauth2/token"));

    private async Task<HttpStatusCode> UserInfoAsync(string authorization, string? proof)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, signIn.Issuer + "/userinfo");
        request.Headers.TryAddWithoutValidation("Authorization", authorization);
        if (proof is not null) request.Headers.Add("DPoP", proof);
        using var response = await signIn.Broker.Http.SendAsync(request);
        return response.StatusCode;
    }

    private string Proof(ECDsa key, string method, string uri, string? accessToken = null)
    {
        var jwk = TestIdp.Jwk(key, "k");
        foreach (var member in new[] { "kid", "use", "alg" }) jwk.Remove(member);
        var claims = new JsonObject { ["jti"] = Guid.NewGuid().ToString("N"), ["htm"] = method, ["htu"] = uri, ["iat"] = signIn.Clock.GetUtcNow().ToUnixTimeSeconds() };
        if (accessToken is not null) claims["ath"] = System.Buffers.Text.Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(accessToken)));
        return Jwts.Sign(new JsonObject { ["alg"] = "ES256", ["typ"] = "dpop+jwt", ["jwk"] = jwk }, claims, key);
    }

    private static string Thumbprint(ECDsa key)
    {
        var jwk = TestIdp.Jwk(key, "k");
        return System.Buffers.Text.Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes($$"""{"crv":"P-256","kty":"EC","x":"{{jwk["x"]}}","y":"{{jwk["y"]}}"}""")));
    }
}
