using IdJagBroker.Browser.Tests.Harness;

namespace IdJagBroker.Browser.Tests.SigningIn;

/// <summary>People sign out at the broker, by themselves or from an application (OpenID Connect RP-Initiated Logout).</summary>
public sealed class SigningOutTests(Chromium chromium, Enterprise enterprise) : SignInScenario(chromium, enterprise)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Whoever_signs_out_is_asked_first_and_then_sent_to_the_provider_again(bool javaScript)
    {
        await using var notes = await Enterprise.ApplicationAsync("notes");
        var (ana, attempt) = (await SomebodyAsync(javaScript), await notes.AskAsync());
        var page = await ana.OpenAsync(attempt.Url);
        await LogInAsync(page, "ana");
        await page.SeesHeadingAsync(Application.Heading);

        await page.OpenAsync($"{Enterprise.Broker}/logout");
        await page.SeesHeadingAsync("Sign out?");
        Assert.Empty(javaScript ? await page.BrokenRulesAsync() : []);
        await page.PressButtonAsync("Sign out");
        await page.SeesHeadingAsync("You are signed out here");
        Assert.Empty(javaScript ? await page.BrokenRulesAsync() : []);
        Assert.Equal([ProviderCookie], await ana.CookiesAsync("127.0.0.1"));

        var silent = await notes.AskAsync(("prompt", "none"));
        await page.OpenAsync(silent.Url);
        await page.SeesHeadingAsync(Application.Heading);
        await IsRefusedAsync(silent, "login_required");

        var tab = await ana.NewTabAsync();
        await tab.OpenAsync((await notes.AskAsync()).Url);
        await tab.SeesHeadingAsync(Application.Heading);                            // Acme still knows her
        Assert.Contains(AtAcme, await tab.PlacesAsync());
    }

    [Fact]
    public async Task An_application_signs_out_whom_its_id_token_names_and_gets_the_browser_back()
    {
        await using var notes = await Enterprise.ApplicationAsync("notes");
        var (ana, attempt) = (await SomebodyAsync(), await notes.AskAsync());
        var page = await ana.OpenAsync(attempt.Url);
        await LogInAsync(page, "ana");
        await page.SeesHeadingAsync(Application.Heading);
        var idToken = (await attempt.RedeemAsync()).IdToken;

        await page.OpenAsync($"{Enterprise.Broker}/logout?id_token_hint={idToken}&state=bye&post_logout_redirect_uri={Uri.EscapeDataString(notes.SignedOutUri.AbsoluteUri)}");
        await page.ArrivesAsync($"{notes.SignedOutUri}?state=bye");
        Assert.Equal([ProviderCookie], await ana.CookiesAsync("127.0.0.1"));
    }

    [Fact]
    public async Task Nobody_is_sent_to_an_address_that_is_not_the_applications()
    {
        await using var notes = await Enterprise.ApplicationAsync("notes");
        await using var elsewhere = await PageServer.StartAsync(http => PageServer.WriteAsync(http, "elsewhere"));
        var (_, page) = await SignedInAsync(notes, "ana");
        await page.OpenAsync($"{Enterprise.Broker}/logout?client_id=notes&post_logout_redirect_uri={Uri.EscapeDataString(elsewhere.Url + "/")}");
        await page.SeesHeadingAsync("Sign out?");
        await page.PressButtonAsync("Sign out");
        await page.SeesHeadingAsync("You are signed out here");
        Assert.DoesNotContain(elsewhere.Url, await page.PlacesAsync());
    }
}
