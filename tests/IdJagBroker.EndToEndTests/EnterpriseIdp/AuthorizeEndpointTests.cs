using System.Net;
using IdJagBroker.Demo.EnterpriseIdp;

namespace IdJagBroker.EndToEndTests.EnterpriseIdp;

public sealed class AuthorizeEndpointTests
{
    [Theory]
    [InlineData("http://127.0.0.1:9/other")]
    [InlineData("http://127.0.0.1:9/callback/")]
    [InlineData("http://127.0.0.1:9/Callback")]
    [InlineData("http://127.0.0.1:10/callback")]
    [InlineData("http://127.0.0.1:9/callback?next=http://evil.example")]
    [InlineData("https://evil.example/callback")]
    public async Task Answers_an_unregistered_redirect_uri_with_a_page_and_no_redirect(string redirectUri)
    {
        await using var idp = await RunningIdp.StartAsync();
        using var response = await idp.Http.GetAsync(await idp.Flow().AddressAsync(default, ("redirect_uri", redirectUri)));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Null(response.Headers.Location);
        Assert.DoesNotContain("evil", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("client_id", "nobody")]
    [InlineData("client_id", "NOTES-DESKTOP")]
    [InlineData("client_id", null)]
    [InlineData("redirect_uri", null)]
    public async Task Answers_an_unknown_recipient_with_a_page_and_no_redirect(string parameter, string? value)
    {
        await using var idp = await RunningIdp.StartAsync();
        using var response = await idp.Http.GetAsync(await idp.Flow().AddressAsync(default, (parameter, value)));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Null(response.Headers.Location);
    }

    [Fact]
    public async Task Does_not_send_codes_of_one_client_to_an_address_of_another()
    {
        await using var idp = await RunningIdp.StartAsync();
        using var response = await idp.Http.GetAsync(await idp.Flow().AddressAsync(default, ("redirect_uri", RunningIdp.Other.RedirectUris[1])));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Null(response.Headers.Location);
    }

    [Theory]
    [InlineData("code_challenge", null, "invalid_request")]
    [InlineData("code_challenge", "short", "invalid_request")]
    [InlineData("code_challenge_method", null, "invalid_request")]
    [InlineData("code_challenge_method", "plain", "invalid_request")]
    [InlineData("response_type", "token", "unsupported_response_type")]
    [InlineData("response_type", "code id_token", "unsupported_response_type")]
    [InlineData("response_mode", "fragment", "invalid_request")]
    [InlineData("scope", "email", "invalid_scope")]
    [InlineData("prompt", "none", "login_required")]
    [InlineData("max_age", "-1", "invalid_request")]
    [InlineData("request", "x.y.z", "request_not_supported")]
    [InlineData("request_uri", "http://127.0.0.1:9/r", "request_uri_not_supported")]
    public async Task Tells_a_known_client_what_is_wrong_with_its_request(string parameter, string? value, string error)
    {
        await using var idp = await RunningIdp.StartAsync();
        var flow = idp.Flow();
        using var response = await idp.Http.GetAsync(await flow.AddressAsync(default, (parameter, value)));

        Assert.Equal(HttpStatusCode.SeeOther, response.StatusCode);
        var expected = $"{RunningIdp.Callback}?error={error}&state={flow.State}&iss={Uri.EscapeDataString(idp.Provider.Issuer)}";
        Assert.Equal(expected, response.Headers.Location!.OriginalString);
    }

    [Fact]
    public async Task Refuses_a_parameter_given_twice()
    {
        await using var idp = await RunningIdp.StartAsync();
        using var response = await idp.Http.GetAsync(new Uri(await idp.Flow().AddressAsync(default) + "&nonce=second"));

        Assert.StartsWith($"{RunningIdp.Callback}?error=invalid_request", response.Headers.Location!.OriginalString, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Shows_a_login_page_that_can_be_read_aloud_and_cannot_be_scripted_or_framed()
    {
        await using var idp = await RunningIdp.StartAsync();
        using var response = await idp.Http.GetAsync(await idp.Flow().AddressAsync(default));
        var html = await response.Content.ReadAsStringAsync();

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("""<html lang="en">""", html, StringComparison.Ordinal);
        Assert.Contains("""<label for="username">""", html, StringComparison.Ordinal);
        Assert.Contains("""<label for="password">""", html, StringComparison.Ordinal);
        Assert.Contains("autocomplete=\"current-password\"", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        var policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
        Assert.StartsWith("default-src 'none'; style-src 'sha256-", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.EndsWith("form-action 'self' http://127.0.0.1:9 http://127.0.0.1:* http://localhost:*", policy, StringComparison.Ordinal);
        Assert.True(response.Headers.CacheControl!.NoStore);
        var cookie = Assert.Single(response.Headers.GetValues("Set-Cookie"));
        Assert.EndsWith("; path=/login; samesite=strict; httponly", cookie, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lets_the_form_lead_to_nobody_but_an_application_that_is_elsewhere()
    {
        await using var idp = await RunningIdp.StartAsync(clients: new IdpClient("hosted", "s", "https://app.example/callback"));
        using var response = await idp.Http.GetAsync(
            await idp.Flow().AddressAsync(default, ("client_id", "hosted"), ("redirect_uri", "https://app.example/callback")));

        Assert.EndsWith("form-action 'self' https://app.example", Assert.Single(response.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hashes_the_style_that_the_page_really_has()
    {
        await using var idp = await RunningIdp.StartAsync();
        using var response = await idp.Http.GetAsync(await idp.Flow().AddressAsync(default));
        var html = await response.Content.ReadAsStringAsync();

        var style = html[(html.IndexOf("<style>", StringComparison.Ordinal) + 7)..html.IndexOf("</style>", StringComparison.Ordinal)];
        var hash = Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(style)));
        Assert.Contains($"'sha256-{hash}'", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
    }
}
