using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using IdJagBroker.Protocol;
using IdJagBroker.Shared;
using Microsoft.Extensions.DependencyInjection;

namespace IdJagBroker.Tests.SigningIn;

/// <summary>What this issuer gave as a <c>subject_token</c>: checked like what it is, and evaluated afresh.</summary>
public sealed class SubjectTests(SignInFixture signIn) : IClassFixture<SignInFixture>
{
    private static readonly (string, string?) AsRefreshToken = ("subject_token_type", TokenType.RefreshToken);

    [Fact, Trait("Spec", "IDP-39")]
    public async Task A_refresh_token_is_exchanged_and_stays_what_it_is()
    {
        var tokens = await signIn.TokensAsync();
        var idJag = (await signIn.ExchangeAsync(Refresh(tokens), AsRefreshToken)).IsGranted().IdJag;
        Assert.Equal((string?)Jwts.Claims((string)tokens["id_token"]!)["sub"], (string?)idJag["sub"]);
        (await signIn.ExchangeAsync(Refresh(tokens), AsRefreshToken)).IsGranted();
        (await signIn.RefreshAsync(Refresh(tokens))).IsGranted();
    }

    [Fact, Trait("Spec", "IDP-39")]
    public async Task Another_clients_is_refused()
    {
        var tokens = await signIn.TokensAsync();
        (await signIn.ExchangeAsync(Refresh(tokens), AsRefreshToken, ("client_id", "both"))).IsRefused("invalid_grant");
        (await signIn.ExchangeAsync((string)tokens["id_token"]!, ("client_id", "both"))).IsRefused("invalid_grant");
        (await signIn.ExchangeAsync((string)tokens["id_token"]!, ("client_id", "desk-2"))).IsRefused("invalid_grant");
        (await signIn.ExchangeAsync((string)tokens["id_token"]!, ("client_id", BrokerFixture.AgentId))).IsRefused("invalid_grant");
    }

    [Fact, Trait("Spec", "IDP-39")]
    public async Task One_that_is_over_is_refused_and_one_that_was_followed_ends_all_of_them()
    {
        var first = await signIn.TokensAsync();
        var second = (await signIn.RefreshAsync(Refresh(first))).IsGranted().Body!;
        (await signIn.ExchangeAsync(Refresh(first), AsRefreshToken)).IsRefused("invalid_grant");
        (await signIn.ExchangeAsync(Refresh(second), AsRefreshToken)).IsRefused("invalid_grant");
        var third = await signIn.TokensAsync();
        signIn.Clock.Advance(TimeSpan.FromHours(8.1));
        (await signIn.ExchangeAsync(Refresh(third), AsRefreshToken)).IsRefused("invalid_grant");
    }

    [Fact, Trait("Spec", "IDP-40")]
    public async Task It_reaches_no_further_than_the_sign_in_was_for()
    {
        var tokens = await signIn.TokensAsync(("resource", TestPolicies.Trackr));
        (await signIn.ExchangeAsync(Refresh(tokens), AsRefreshToken)).IsGranted();
        (await signIn.ExchangeAsync(Refresh(tokens), AsRefreshToken, ("resource", TestPolicies.TrackrAdmin))).IsRefused("invalid_target");
        Assert.Equal("REFRESH_TOKEN_CONTEXT", (string?)(await signIn.LastAsync("idjag.denied"))["reason"]);
        (await signIn.ExchangeAsync(Refresh(tokens), AsRefreshToken, ("resource", null))).IsRefused("invalid_target");      // which might mean another
        var open = await signIn.TokensAsync();
        (await signIn.ExchangeAsync(Refresh(open), AsRefreshToken, ("resource", TestPolicies.TrackrAdmin))).IsGranted();
    }

    [Fact, Trait("Spec", "IDP-40")]
    public async Task No_scope_is_granted_that_the_policy_does_not_give() =>
        (await signIn.ExchangeAsync(Refresh(await signIn.TokensAsync()), AsRefreshToken, ("scope", "tickets:admin"))).IsRefused("invalid_scope");

    [Theory, Trait("Spec", "IDP-43")]
    [InlineData("rt-0123456789abcdef0123456789abcdef")]
    [InlineData("idjag_rt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task A_refresh_token_of_another_provider_is_none(string token) => (await signIn.ExchangeAsync(token, AsRefreshToken)).IsRefused("invalid_grant");

    [Fact, Trait("Spec", "IDP-43")]
    public async Task The_providers_own_refresh_token_opens_nothing_here()
    {
        await signIn.TokensAsync(("prompt", "login"));
        await signIn.TokensAsync(("prompt", "login"));
        signIn.Clock.Advance(TimeSpan.FromMinutes(16));
        var tokens = await signIn.TokensAsync(("prompt", "login"));
        signIn.Clock.Advance(TimeSpan.FromMinutes(16));
        (await signIn.RefreshAsync(Refresh(tokens))).IsGranted();
        (await signIn.ExchangeAsync(signIn.Provider.AskedForTokens["refresh_token"], AsRefreshToken)).IsRefused("invalid_grant");
    }

    [Fact]
    public async Task One_kind_of_token_is_not_taken_for_the_other()
    {
        var tokens = await signIn.TokensAsync();
        (await signIn.ExchangeAsync((string)tokens["id_token"]!, AsRefreshToken)).IsRefused("invalid_grant");
        (await signIn.ExchangeAsync(Refresh(tokens))).IsRefused("invalid_grant");
        (await signIn.ExchangeAsync((string)tokens["access_token"]!)).IsRefused("invalid_grant");
        (await signIn.ExchangeAsync(Refresh(tokens), ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"))).IsRefused("invalid_request");
        var idJag = (string)(await signIn.ExchangeAsync((string)tokens["id_token"]!)).IsGranted().Body!["access_token"]!;
        (await signIn.ExchangeAsync(idJag)).IsRefused("invalid_grant");
    }

    [Fact]
    public async Task An_ID_Token_that_only_says_that_it_is_ours_is_refused()
    {
        var token = (string)(await signIn.TokensAsync())["id_token"]!;
        using var key = RSA.Create(2048);
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        (await signIn.ExchangeAsync(Jwts.Sign(Jwts.Header(token), Jwts.Claims(token), key))).IsRefused("invalid_grant");
        var header = Jwts.Header(token);
        header["alg"] = "ES256";
        (await signIn.ExchangeAsync(Jwts.Sign(header, Jwts.Claims(token), ec))).IsRefused("invalid_grant");
        (await signIn.ExchangeAsync(signIn.Provider.Sign(new JsonObject { ["alg"] = "ES256", ["kid"] = "p-1" }, Jwts.Claims(token)))).IsRefused("invalid_grant");
        (await signIn.ExchangeAsync(token[..^3] + (token[^3] is 'A' ? 'B' : 'A') + token[^2..])).IsRefused("invalid_grant");
    }

    [Fact]
    public async Task An_ID_Token_is_over_when_it_says_so()
    {
        var token = (string)(await signIn.TokensAsync())["id_token"]!;
        signIn.Clock.Advance(TimeSpan.FromMinutes(62));
        (await signIn.ExchangeAsync(token)).IsRefused("invalid_grant");
    }

    [Fact]
    public async Task A_locked_person_gets_nothing_however_they_come()
    {
        var tokens = await signIn.TokensAsync();
        var subject = (string?)(await signIn.LastAsync("signin.redeemed"))["subject_key"];
        await using var locked = await HeldLock.SetAsync(signIn.Broker, "subject", subject!);
        (await signIn.ExchangeAsync((string)tokens["id_token"]!)).IsRefused("access_denied");
        (await signIn.RefreshAsync(Refresh(tokens))).IsRefused("access_denied");
        using var browser = signIn.NewBrowser();
        Assert.Equal("Access is stopped", (await browser.GoAsync(signIn.Request())).Heading);
        Assert.Equal("LOCKED", (string?)(await signIn.LastAsync("signin.failed"))["reason"]);
    }

    private static string Refresh(JsonObject tokens) => (string)tokens["refresh_token"]!;
}

/// <summary>A lock while a test holds it.</summary>
internal sealed class HeldLock : IAsyncDisposable
{
    private readonly BrokerFixture _broker;
    private readonly string _id;

    private HeldLock(BrokerFixture broker, string id) => (_broker, _id) = (broker, id);

    public static async Task<HeldLock> SetAsync(BrokerFixture broker, string kind, string target)
    {
        var body = await SendAsync(broker, HttpMethod.Post, "/admin/v1/locks", new JsonObject { ["kind"] = kind, ["target"] = target, ["reason"] = "a test", ["expires_at"] = broker.Services.GetRequiredService<TimeProvider>().GetUtcNow().AddHours(1).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'") });
        return new HeldLock(broker, (string)body["id"]!);
    }

    public async ValueTask DisposeAsync()
    {
        await SendAsync(_broker, HttpMethod.Delete, $"/admin/v1/locks/{_id}", new JsonObject { ["reason"] = "over" });
    }

    private static async Task<JsonObject> SendAsync(BrokerFixture broker, HttpMethod method, string path, JsonObject body)
    {
        using var request = new HttpRequestMessage(method, new Uri(broker.Management, path)) { Content = new StringContent(body.ToJsonString(), System.Text.Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new("Bearer", BrokerFixture.ManagementToken);
        using var response = await broker.Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{response.StatusCode} {text}");
        return text.StartsWith('{') ? JsonNode.Parse(text)!.AsObject() : [];
    }
}
