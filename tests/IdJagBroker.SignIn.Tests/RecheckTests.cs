using System.Net;
using System.Text.Json.Nodes;
using IdJagBroker.Protocol;
using IdJagBroker.Shared;

namespace IdJagBroker.Tests.SigningIn;

/// <summary>A person whom the provider no longer vouches for gets nothing more, within the time that the catalogue says; whoever's groups changed has the new ones.</summary>
public sealed class RecheckTests(SignInFixture signIn) : IClassFixture<SignInFixture>, IAsyncDisposable
{
    private static readonly TimeSpan Due = TimeSpan.FromMinutes(15.1);
    private readonly RestoredProvider _provider = new(signIn.Provider);

    [Fact, Trait("Spec", "IDP-38")]
    public async Task A_disabled_person_is_refused_however_they_come_and_their_session_is_over()
    {
        var (tokens, others) = (await signIn.TokensAsync(), await signIn.TokensAsync());
        signIn.Provider.PersonIsDisabled = true;
        (await signIn.ExchangeAsync((string)tokens["id_token"]!)).IsGranted();     // not yet known
        signIn.Clock.Advance(Due);
        (await signIn.ExchangeAsync((string)tokens["id_token"]!)).IsRefused("invalid_grant");
        Assert.Equal("UPSTREAM_REVOKED", (string?)(await signIn.LastAsync("idjag.denied"))["reason"]);
        var ended = await signIn.LastAsync("signin.session_ended");
        Assert.Equal(("UPSTREAM_REVOKED", "acme", (string?)Jwts.Claims((string)tokens["id_token"]!)["sid"]), ((string?)ended["reason"], (string?)ended["actor"]!["key"], (string?)ended["actor"]!["session"]));
        (await signIn.RefreshAsync((string)tokens["refresh_token"]!)).IsRefused("invalid_grant");
        (await signIn.RefreshAsync((string)others["refresh_token"]!)).IsRefused("invalid_grant");
        (await signIn.ExchangeAsync((string)others["refresh_token"]!, ("subject_token_type", TokenType.RefreshToken))).IsRefused("invalid_grant");

        signIn.Provider.PersonIsDisabled = false;      // who comes back signs in again
        (await signIn.ExchangeAsync((string)tokens["id_token"]!)).IsRefused("invalid_grant");
    }

    [Fact]
    public async Task A_browser_of_a_disabled_person_is_signed_in_no_more()
    {
        using var browser = signIn.NewBrowser();
        await signIn.CodeAsync(browser);
        signIn.Provider.PersonIsDisabled = true;
        signIn.Clock.Advance(Due);
        browser.Hops.Clear();
        await signIn.CodeAsync(browser);
        Assert.Contains(browser.Hops, hop => hop.AbsolutePath is "/authorize" && hop.Authority == new Uri(signIn.Provider.Issuer).Authority);
    }

    [Fact, Trait("Spec", "IDP-41")]
    public async Task Groups_that_changed_count_when_the_provider_was_asked_again()
    {
        var tokens = await signIn.TokensAsync();
        signIn.Provider.Groups = ["00g-ctr"];
        (await signIn.ExchangeAsync((string)tokens["refresh_token"]!, ("subject_token_type", TokenType.RefreshToken))).IsGranted();
        signIn.Clock.Advance(Due);
        (await signIn.ExchangeAsync((string)tokens["refresh_token"]!, ("subject_token_type", TokenType.RefreshToken))).IsRefused("access_denied");
        Assert.True((bool?)(await signIn.LastAsync("signin.rechecked"))["data"]!["groups_changed"]);
        signIn.Provider.Groups = ["00g-eng"];
        signIn.Clock.Advance(Due);
        (await signIn.ExchangeAsync((string)tokens["refresh_token"]!, ("subject_token_type", TokenType.RefreshToken))).IsGranted();
    }

    [Fact]
    public async Task It_is_asked_no_more_often_than_it_must_be_and_once_for_all()
    {
        var tokens = await signIn.TokensAsync();
        var before = signIn.Provider.Refreshes;
        signIn.Clock.Advance(Due);
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => signIn.ExchangeAsync((string)tokens["id_token"]!)));
        Assert.All(answers, answer => answer.IsGranted());
        Assert.Equal(before + 1, signIn.Provider.Refreshes);       // it rotates: the second would be taken for theft
        signIn.Clock.Advance(TimeSpan.FromMinutes(14));
        (await signIn.ExchangeAsync((string)tokens["id_token"]!)).IsGranted();
        Assert.Equal(before + 1, signIn.Provider.Refreshes);
    }

    [Fact]
    public async Task Replicas_ask_it_once_together()
    {
        await using var replica = await signIn.Broker.StartReplicaAsync();
        var tokens = await signIn.TokensAsync();
        var before = signIn.Provider.Refreshes;
        signIn.Clock.Advance(Due);
        var there = new TokenClient(signIn.Broker, replica.Url);
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).SelectMany(_ => new[]
        {
            signIn.ExchangeAsync((string)tokens["id_token"]!), there.ExchangeAsync(("client_id", "desk"), ("subject_token", (string)tokens["id_token"]!)),
        }));
        Assert.All(answers, answer => answer.IsGranted());
        Assert.Equal(before + 1, signIn.Provider.Refreshes);
    }

    [Fact]
    public async Task While_the_provider_is_away_nothing_is_given_and_afterwards_it_goes_on()
    {
        var tokens = await signIn.TokensAsync();
        signIn.Clock.Advance(Due);
        signIn.Provider.IsDown = true;
        (await signIn.ExchangeAsync((string)tokens["id_token"]!)).IsRefused("server_error", HttpStatusCode.ServiceUnavailable);
        (await signIn.RefreshAsync((string)tokens["refresh_token"]!)).IsRefused("server_error", HttpStatusCode.ServiceUnavailable);
        signIn.Provider.IsDown = false;
        (await signIn.RefreshAsync((string)tokens["refresh_token"]!)).IsGranted();      // the same one: it was not used up
    }

    [Fact]
    public async Task A_refreshed_ID_Token_about_somebody_else_counts_for_nobody()
    {
        var tokens = await signIn.TokensAsync();
        signIn.Clock.Advance(Due);
        signIn.Provider.Change = (_, claims) => claims["sub"] = "00u-eve";
        (await signIn.ExchangeAsync((string)tokens["id_token"]!)).IsRefused("server_error", HttpStatusCode.ServiceUnavailable);
    }

    [Fact]
    public async Task A_provider_may_leave_the_ID_Token_out_and_what_was_known_stays()
    {
        var tokens = await signIn.TokensAsync();
        signIn.Clock.Advance(Due);
        signIn.Provider.RefreshesWithoutIdToken = true;
        (await signIn.ExchangeAsync((string)tokens["id_token"]!)).IsGranted();
        Assert.False((bool?)(await signIn.LastAsync("signin.rechecked"))["data"]!["id_token"]);
    }

    [Fact]
    public async Task Being_asked_again_makes_the_sign_in_no_younger()
    {
        var tokens = await signIn.TokensAsync();
        var authTime = (long?)Jwts.Claims((string)tokens["id_token"]!)["auth_time"];
        signIn.Provider.AuthTime = null;
        for (var i = 0; i < 3; i++)
        {
            signIn.Clock.Advance(TimeSpan.FromMinutes(20));
            signIn.Provider.Change = (_, claims) => claims["auth_time"] = signIn.Clock.GetUtcNow().ToUnixTimeSeconds();
            tokens = (await signIn.RefreshAsync((string)tokens["refresh_token"]!)).IsGranted().Body!;
            Assert.Equal(authTime, (long?)Jwts.Claims((string)tokens["id_token"]!)["auth_time"]);
        }
    }

    [Fact]
    public async Task An_erased_persons_session_is_over()
    {
        signIn.Provider.Person = "00u-erased";
        var tokens = await signIn.TokensAsync();
        var subject = (string?)(await signIn.LastAsync("signin.redeemed"))["subject_key"];
        using var request = new HttpRequestMessage(HttpMethod.Delete, new Uri(signIn.Broker.Management, $"/admin/v1/people/{subject}"))
        {
            Content = new StringContent(new JsonObject { ["reason"] = "asked for it" }.ToJsonString(), System.Text.Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = new("Bearer", BrokerFixture.ManagementToken);
        using var response = await signIn.Broker.Http.SendAsync(request);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        (await signIn.RefreshAsync((string)tokens["refresh_token"]!)).IsRefused("invalid_grant");
        await Task.Delay(TimeSpan.FromSeconds(3.2));        // what was read of a session is believed for three
        (await signIn.ExchangeAsync((string)tokens["id_token"]!)).IsRefused("invalid_grant");
    }

    public ValueTask DisposeAsync() => _provider.DisposeAsync();
}
