using System.Buffers.Text;
using System.Security.Cryptography;
using IdJagBroker.Browser.Tests.Harness;
using IdJagBroker.Demo.EnterpriseIdp;
using IdJagBroker.Shared;

namespace IdJagBroker.Browser.Tests.EnterpriseIdp;

/// <summary>The login page of the demonstration's identity provider, for an application of its own: no broker takes part.</summary>
public sealed class LoginPageTests(Chromium chromium) : Scenario(chromium), IAsyncLifetime
{
    private const string ClientId = "0oa-notes", Heading = "Sign in to Acme", Wrong = "The user name or the password is not right.";

    private readonly string _password = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(9));
    private OpenIdProvider _idp = null!;
    private Application _notes = null!;

    public async ValueTask InitializeAsync()
    {
        var (secret, port) = (Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)), FreePort.Next());
        _idp = OpenIdProvider.Create(new IdpOptions { People = AcmePeople.With(_password), Clients = [new IdpClient(ClientId, secret, $"http://127.0.0.1:{port}/callback")] });
        await _idp.StartAsync();
        _notes = await Application.StartAsync(_idp.Issuer, ClientId, secret, port);
    }

    async ValueTask IAsyncDisposable.DisposeAsync()
    {
        await DisposeAsync();
        await _notes.DisposeAsync();
        await _idp.DisposeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Ana_signs_in_with_and_without_javascript(bool javaScript)
    {
        var (ana, attempt) = (await SomebodyAsync(javaScript), await _notes.AskAsync());
        var page = await ana.OpenAsync(attempt.Url);
        await page.SeesHeadingAsync(Heading);
        Assert.Equal((200, "Sign in – Acme"), (await page.StatusAsync(), await page.TitleAsync()));
        Assert.Contains($"to continue to {ClientId}", await page.TextAsync(), StringComparison.Ordinal);

        await SignInAsync(page, "ana", _password);
        await page.SeesHeadingAsync(Application.Heading);
        await IsSignedInAsync(attempt, "00u-ana");
        Assert.Equal([$"idp-session-{new Uri(_idp.Issuer).Port}"], await ana.CookiesAsync("127.0.0.1"));           // the one of this sign-in is gone
    }

    [Fact]
    public async Task A_wrong_password_is_said_beside_the_fields_and_the_next_one_is_taken()
    {
        var (ana, attempt) = (await SomebodyAsync(), await _notes.AskAsync());
        var page = await ana.OpenAsync(attempt.Url);
        await SignInAsync(page, "ana", "not " + _password);

        await page.SeesAlertAsync(Wrong);
        Assert.Equal(400, await page.StatusAsync());
        Assert.Equal((Wrong, Wrong), (await page.DescriptionAsync("User name"), await page.DescriptionAsync("Password")));
        Assert.Equal(("ana", ""), (await page.ValueAsync("User name"), await page.ValueAsync("Password")));

        await page.FillAsync("Password", _password);
        await page.PressButtonAsync("Sign in");
        await page.SeesHeadingAsync(Application.Heading);
        await IsSignedInAsync(attempt, "00u-ana");
    }

    [Fact]
    public async Task Nobody_guesses_for_long()
    {
        var (somebody, attempt) = (await SomebodyAsync(), await _notes.AskAsync());
        var page = await somebody.OpenAsync(attempt.Url);
        for (var guess = 0; guess < PendingSignIn.MaxAttempts; guess++)
        {
            await SignInAsync(page, "ana", $"guess {guess}");
            await page.SeesAlertAsync(Wrong);
        }
        await SignInAsync(page, "ana", _password);                     // right, and too late
        await page.SeesHeadingAsync("Sign-in stopped");
        Assert.Empty(await page.BrokenRulesAsync());
        Assert.Empty(_notes.Answers);
    }

    [Fact]
    public async Task Whoever_cancels_is_back_in_the_application_which_hears_of_it()
    {
        var (ana, attempt) = (await SomebodyAsync(), await _notes.AskAsync());
        var page = await ana.OpenAsync(attempt.Url);
        await page.PressButtonAsync("Cancel");
        await page.SeesHeadingAsync(Application.Heading);
        var answer = await attempt.AnswerAsync();
        Assert.Equal(("access_denied", null, attempt.State, _idp.Issuer), (answer.Error, answer.Code, answer.State, answer.Issuer));
    }

    [Fact]
    public async Task Whoever_is_signed_in_is_not_asked_again_until_they_sign_out()
    {
        var (ana, first, second) = (await SomebodyAsync(), await _notes.AskAsync(), await _notes.AskAsync());
        var page = await ana.OpenAsync(first.Url);
        await SignInAsync(page, "ana", _password);
        await page.SeesHeadingAsync(Application.Heading);
        await page.OpenAsync(second.Url);
        await IsSignedInAsync(second, "00u-ana");

        await page.OpenAsync(_idp.Issuer + "/logout");
        await page.SeesHeadingAsync("Sign out of Acme?");
        Assert.Empty(await page.BrokenRulesAsync());
        await page.PressButtonAsync("Sign out");
        await page.SeesHeadingAsync("You are signed out of Acme");
        Assert.Empty(await page.BrokenRulesAsync());

        await page.OpenAsync((await _notes.AskAsync()).Url);
        await page.SeesHeadingAsync(Heading);
    }

    [Fact]
    public async Task A_keyboard_is_enough()
    {
        var (sam, attempt) = (await SomebodyAsync(), await _notes.AskAsync());
        var page = await sam.OpenAsync(attempt.Url);
        foreach (var (control, text) in new[] { ("textbox \"User name\"", "sam"), ("textbox \"Password\"", _password) })
        {
            await page.PressKeysAsync("Tab");
            Assert.Equal(control, await page.FocusedAsync());
            await page.TypeAsync(text);
        }
        await page.PressKeysAsync("Tab");
        Assert.Equal("button \"Sign in\"", await page.FocusedAsync());
        await page.PressKeysAsync("Enter");

        await page.SeesHeadingAsync(Application.Heading);
        await IsSignedInAsync(attempt, "00u-sam");
    }

    [Fact]
    public async Task Two_tabs_sign_in_apart_from_each_other()
    {
        var (ana, first, second) = (await SomebodyAsync(), await _notes.AskAsync(), await _notes.AskAsync());
        var (one, other) = (await ana.OpenAsync(first.Url), await ana.OpenAsync(second.Url));
        await SignInAsync(other, "bob", _password);
        await other.SeesHeadingAsync(Application.Heading);
        await SignInAsync(one, "ana", _password);
        await one.SeesHeadingAsync(Application.Heading);

        await IsSignedInAsync(first, "00u-ana");
        await IsSignedInAsync(second, "00u-bob");
    }

    [Fact]
    public async Task Each_of_its_pages_keeps_to_the_rules()
    {
        var page = await (await SomebodyAsync()).OpenAsync((await _notes.AskAsync()).Url);
        Assert.Empty(await page.BrokenRulesAsync());

        await SignInAsync(page, "a-rather-long-name-that-somebody-has@subsidiary.acme.example", "wrong");
        await page.SeesAlertAsync(Wrong);
        Assert.Empty(await page.BrokenRulesAsync());

        await page.OpenAsync((await _notes.AskAsync(("redirect_uri", "http://127.0.0.1:1/elsewhere"))).Url);
        await page.SeesHeadingAsync("Sign-in stopped");
        Assert.Equal(400, await page.StatusAsync());
        Assert.Empty(await page.BrokenRulesAsync());
    }

    private static async Task SignInAsync(Page page, string userName, string password)
    {
        await page.FillAsync("User name", userName);
        await page.FillAsync("Password", password);
        await page.PressButtonAsync("Sign in");
    }

    private async Task IsSignedInAsync(SignInAttempt attempt, string subject)
    {
        var answer = await attempt.AnswerAsync();
        Assert.Equal((attempt.State, _idp.Issuer, null), (answer.State, answer.Issuer, answer.Error));
        var claims = await attempt.ClaimsAsync();
        Assert.Equal((subject, ClientId, attempt.Nonce), ((string?)claims["sub"], (string?)claims["aud"], (string?)claims["nonce"]));
    }
}
