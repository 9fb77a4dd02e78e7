using System.Net;
using IdJagBroker.Protocol;

namespace IdJagBroker.Tests.SigningIn;

/// <summary>A code is for one client, one address, one verifier, one minute and one use.</summary>
public sealed class CodeTests(SignInFixture signIn) : IClassFixture<SignInFixture>
{
    [Theory]
    [InlineData("redirect_uri", "https://desk.example/other", "REDIRECT_URI_MISMATCH")]
    [InlineData("redirect_uri", null, "REDIRECT_URI_MISMATCH")]
    [InlineData("code_verifier", "wrong-verifier-that-is-long-enough-to-be-one-0123456789", "CODE_VERIFIER_MISMATCH")]
    [InlineData("code_verifier", "short", "CODE_VERIFIER_MISMATCH")]
    public async Task What_does_not_belong_to_it_uses_it_up(string name, string? value, string reason)
    {
        var code = await signIn.CodeAsync();
        (await signIn.RedeemAsync(code, (name, value))).IsRefused("invalid_grant");
        Assert.Equal(reason, (string?)(await signIn.LastAsync("signin.denied"))["reason"]);
        (await signIn.RedeemAsync(code)).IsRefused("invalid_grant");       // who guesses has one guess
    }

    [Theory]
    [InlineData("code", null)]
    [InlineData("code_verifier", null)]
    public async Task What_is_missing_is_asked_for_and_nothing_is_used_up(string name, string? value)
    {
        var code = await signIn.CodeAsync();
        (await signIn.RedeemAsync(code, (name, value))).IsRefused("invalid_request");
        (await signIn.RedeemAsync(code)).IsGranted();
    }

    [Fact]
    public async Task A_verifier_that_is_the_challenge_itself_is_no_downgrade()
    {
        var code = await signIn.CodeAsync(null, ("code_challenge", Pkce.ChallengeOf(SignInFixture.Verifier)));
        (await signIn.RedeemAsync(code, ("code_verifier", Pkce.ChallengeOf(SignInFixture.Verifier)))).IsRefused("invalid_grant");
    }

    [Fact]
    public async Task Another_client_cannot_redeem_it_and_does_not_spoil_it()
    {
        var code = await signIn.CodeAsync();
        (await signIn.RedeemAsync(code, ("client_id", "both"))).IsRefused("invalid_grant");
        Assert.Equal("CODE_OF_ANOTHER_CLIENT", (string?)(await signIn.LastAsync("signin.denied"))["reason"]);
        (await signIn.RedeemAsync(code, ("client_id", "desk-2"))).IsRefused("invalid_grant");      // another id of the same client: aud would be another
        (await signIn.RedeemAsync(code)).IsGranted();
    }

    [Fact]
    public async Task Whoever_redeems_it_proves_who_it_is()
    {
        var code = await signIn.CodeAsync();
        (await signIn.RedeemAsync(code, ("client_secret", "wrong-secret-wrong-secret-wrong-secret"))).IsRefused("invalid_client", HttpStatusCode.Unauthorized);
        (await signIn.RedeemAsync(code, ("client_secret", null))).IsRefused("invalid_client", HttpStatusCode.Unauthorized);
        (await signIn.RedeemAsync(code)).IsGranted();
    }

    [Fact]
    public async Task It_is_good_for_a_minute()
    {
        var (early, late) = (await signIn.CodeAsync(), await signIn.CodeAsync());
        signIn.Clock.Advance(TimeSpan.FromSeconds(55));
        (await signIn.RedeemAsync(early)).IsGranted();
        signIn.Clock.Advance(TimeSpan.FromSeconds(6));
        (await signIn.RedeemAsync(late)).IsRefused("invalid_grant");
        Assert.Equal("CODE_EXPIRED", (string?)(await signIn.LastAsync("signin.denied"))["reason"]);
    }

    [Fact]
    public async Task Used_twice_it_takes_back_what_it_gave()
    {
        var code = await signIn.CodeAsync();
        var tokens = (await signIn.RedeemAsync(code)).IsGranted().Body!;
        (await signIn.RedeemAsync(code)).IsRefused("invalid_grant");

        (await signIn.RefreshAsync((string)tokens["refresh_token"]!)).IsRefused("invalid_grant");
        using var request = new HttpRequestMessage(HttpMethod.Get, signIn.Issuer + "/userinfo");
        request.Headers.Authorization = new("Bearer", (string)tokens["access_token"]!);
        using var response = await signIn.Broker.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        var revoked = await signIn.LastAsync("refresh.revoked");
        Assert.Equal(("CODE_REUSED", "desk"), ((string?)revoked["reason"], (string?)revoked["client"]));
    }

    [Fact]
    public async Task Of_twenty_who_come_at_once_one_gets_something()
    {
        var code = await signIn.CodeAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => signIn.RedeemAsync(code)));
        Assert.Equal(1, answers.Count(answer => answer.Status is HttpStatusCode.OK));
        Assert.All(answers.Where(answer => answer.Status is not HttpStatusCode.OK), answer => answer.IsRefused("invalid_grant"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("none-of-ours")]
    [InlineData("'; drop table signin_grant; --")]
    public async Task One_that_was_made_up_is_refused(string code) => (await signIn.RedeemAsync(code)).IsRefused(code is "" ? "invalid_request" : "invalid_grant");

    [Fact]
    public async Task A_client_that_is_to_have_no_refresh_token_gets_none()
    {
        using var browser = signIn.NewBrowser();
        var ways = await browser.GoAsync(signIn.Request(("client_id", "both"), ("redirect_uri", "https://desk.example/both")));
        var landing = await browser.GoAsync(new Uri(ways.At, ways.Links["Acme"]).ToString());
        var tokens = (await signIn.RedeemAsync(landing["code"]!, ("client_id", "both"), ("redirect_uri", "https://desk.example/both"))).IsGranted().Body!;
        Assert.Null(tokens["refresh_token"]);
    }
}
