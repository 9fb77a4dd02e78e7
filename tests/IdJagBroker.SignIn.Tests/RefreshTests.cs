using System.Net;
using System.Text.Json.Nodes;
using IdJagBroker.Protocol;
using IdJagBroker.Shared;

namespace IdJagBroker.Tests.SigningIn;

/// <summary>Refresh tokens follow each other: each is used once, by whom it was given to, while the sign-in lasts.</summary>
public sealed class RefreshTests(SignInFixture signIn) : IClassFixture<SignInFixture>
{
    [Fact, Trait("Spec", "IDP-42")]
    public async Task Each_gives_a_new_ID_Token_and_the_next_one()
    {
        var first = await signIn.TokensAsync();
        signIn.Clock.Advance(TimeSpan.FromSeconds(5));
        var second = (await signIn.RefreshAsync(Refresh(first))).IsGranted().Body!;
        var (before, after) = (Jwts.Claims((string)first["id_token"]!), Jwts.Claims((string)second["id_token"]!));
        foreach (var same in new[] { "iss", "sub", "aud", "sid", "auth_time", "acr" }) Assert.Equal(before[same]!.ToJsonString(), after[same]!.ToJsonString());
        Assert.True((long)after["iat"]! > (long)before["iat"]!);
        Assert.Null(after["nonce"]);
        Assert.NotEqual(Refresh(first), Refresh(second));
        (await signIn.ExchangeAsync((string)second["id_token"]!)).IsGranted();
        var rotated = await signIn.LastAsync("refresh.rotated");
        Assert.Equal(((string?)after["jti"], (string?)after["sid"]), ((string?)rotated["jti"], (string?)rotated["actor"]!["session"]));
    }

    [Fact, Trait("Spec", "IDP-42")]
    public async Task One_that_was_followed_ends_all_of_them()
    {
        var first = await signIn.TokensAsync();
        var second = (await signIn.RefreshAsync(Refresh(first))).IsGranted().Body!;
        (await signIn.RefreshAsync(Refresh(first))).IsRefused("invalid_grant");
        Assert.Equal("REFRESH_TOKEN_REUSED", (string?)(await signIn.LastAsync("refresh.revoked"))["reason"]);
        (await signIn.RefreshAsync(Refresh(second))).IsRefused("invalid_grant");
        Assert.Equal("REFRESH_TOKEN_REVOKED", (string?)(await signIn.LastAsync("refresh.denied"))["reason"]);
    }

    [Fact]
    public async Task Of_twenty_who_come_at_once_one_gets_something_and_it_is_worth_nothing()
    {
        var tokens = await signIn.TokensAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => signIn.RefreshAsync(Refresh(tokens))));
        var granted = Assert.Single(answers, answer => answer.Status is HttpStatusCode.OK);
        (await signIn.RefreshAsync(Refresh(granted.Body!))).IsRefused("invalid_grant");
    }

    [Fact]
    public async Task What_was_made_up_ends_nobodys_sign_in()
    {
        var tokens = await signIn.TokensAsync();
        var token = Refresh(tokens);
        foreach (var bad in new[] { token[..^1] + (token[^1] is 'A' ? 'B' : 'A'), token[..20] + (token[20] is 'A' ? 'B' : 'A') + token[21..], token + "A", "idjag_rt_", "x", new string('x', 4000), (string)tokens["access_token"]! })
        {
            (await signIn.RefreshAsync(bad)).IsRefused("invalid_grant");
            Assert.Equal("REFRESH_TOKEN_UNKNOWN", (string?)(await signIn.LastAsync("refresh.denied"))["reason"]);
        }
        (await signIn.RefreshAsync(token)).IsGranted();
    }

    [Fact]
    public async Task Another_client_cannot_use_it_and_does_not_spoil_it()
    {
        var tokens = await signIn.TokensAsync();
        (await signIn.RefreshAsync(Refresh(tokens), ("client_id", "both"))).IsRefused("invalid_grant");
        (await signIn.RefreshAsync(Refresh(tokens), ("client_id", "desk-2"))).IsRefused("invalid_grant");
        (await signIn.RefreshAsync(Refresh(tokens), ("client_secret", null))).IsRefused("invalid_client", HttpStatusCode.Unauthorized);
        (await signIn.RefreshAsync(Refresh(tokens))).IsGranted();
    }

    [Theory]
    [InlineData("openid profile email offline_access", false)]
    [InlineData("openid email", true)]
    [InlineData("tickets:read", false)]
    public async Task It_gives_no_more_scope_than_was_granted(string scope, bool isGranted)
    {
        var answer = await signIn.RefreshAsync(Refresh(await signIn.TokensAsync()), ("scope", scope));
        if (isGranted) answer.IsGranted();
        else answer.IsRefused("invalid_scope");
    }

    [Fact]
    public async Task Unused_for_eight_hours_it_is_over()
    {
        var tokens = await signIn.TokensAsync();
        signIn.Clock.Advance(TimeSpan.FromHours(7.9));
        var next = (await signIn.RefreshAsync(Refresh(tokens))).IsGranted().Body!;
        signIn.Clock.Advance(TimeSpan.FromHours(8.1));
        (await signIn.RefreshAsync(Refresh(next))).IsRefused("invalid_grant");
        Assert.Equal("REFRESH_TOKEN_EXPIRED", (string?)(await signIn.LastAsync("refresh.denied"))["reason"]);
    }

    [Fact]
    public async Task After_thirty_days_it_is_over_however_often_it_was_used()
    {
        var tokens = await signIn.TokensAsync();
        for (var hours = 0.0; hours < (30 * 24) - 8; hours += 7.5)
        {
            signIn.Clock.Advance(TimeSpan.FromHours(7.5));
            tokens = (await signIn.RefreshAsync(Refresh(tokens))).IsGranted().Body!;
        }
        signIn.Clock.Advance(TimeSpan.FromHours(7.9));
        (await signIn.RefreshAsync(Refresh(tokens))).IsRefused("invalid_grant");
    }

    [Fact]
    public async Task What_is_given_back_is_worth_nothing()
    {
        var tokens = await signIn.TokensAsync();
        Assert.Equal(HttpStatusCode.OK, await RevokeAsync(Refresh(tokens)));
        (await signIn.RefreshAsync(Refresh(tokens))).IsRefused("invalid_grant");
        Assert.Equal("GIVEN_BACK", (string?)(await signIn.LastAsync("refresh.revoked"))["reason"]);

        var others = await signIn.TokensAsync();
        Assert.Equal(HttpStatusCode.OK, await RevokeAsync((string)others["access_token"]!));      // and with it all of its grant
        (await signIn.RefreshAsync(Refresh(others))).IsRefused("invalid_grant");
    }

    [Fact]
    public async Task Nobody_gives_back_what_is_anothers_or_learns_of_it()
    {
        var tokens = await signIn.TokensAsync();
        Assert.Equal(HttpStatusCode.OK, await RevokeAsync(Refresh(tokens), ("client_id", "both")));
        Assert.Equal(HttpStatusCode.OK, await RevokeAsync("none-of-ours"));
        Assert.Equal(HttpStatusCode.BadRequest, await RevokeAsync(Refresh(tokens), ("token", null)));
        Assert.Equal(HttpStatusCode.Unauthorized, await RevokeAsync(Refresh(tokens), ("client_secret", "wrong-secret-wrong-secret-wrong-secret")));
        (await signIn.RefreshAsync(Refresh(tokens))).IsGranted();
    }

    private static string Refresh(JsonObject tokens) => (string)tokens["refresh_token"]!;

    private async Task<HttpStatusCode> RevokeAsync(string token, params (string Name, string? Value)[] changes)
    {
        using var content = new FormUrlEncodedContent(TokenClient.With([new("token", token), new("client_id", "desk"), new("client_secret", signIn.Broker.Secret)], changes));
        using var response = await signIn.Broker.Http.PostAsync(signIn.Issuer + "/oauth2/revoke", content);
        return response.StatusCode;
    }
}
