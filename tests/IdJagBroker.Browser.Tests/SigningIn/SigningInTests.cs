using IdJagBroker.Browser.Tests.Harness;

namespace IdJagBroker.Browser.Tests.SigningIn;

/// <summary>People sign in at the broker through the only provider that there is for an application.</summary>
public sealed class SigningInTests(Chromium chromium, Enterprise enterprise) : SignInScenario(chromium, enterprise)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Ana_signs_in_at_her_own_provider_with_and_without_javascript(bool javaScript)
    {
        await using var notes = await Enterprise.ApplicationAsync("notes");
        var (ana, attempt) = (await SomebodyAsync(javaScript), await notes.AskAsync());
        var page = await ana.OpenAsync(attempt.Url);
        await page.SeesHeadingAsync(Enterprise.AcmeLogin);                          // straight there: nothing to choose
        await LogInAsync(page, "ana");
        await page.SeesHeadingAsync(Application.Heading);

        Assert.NotEmpty(await IsSignedInAsync(attempt, notes));
        Assert.Equal([ProviderCookie, SessionCookie], await ana.CookiesAsync("127.0.0.1"));         // what was kept of the sign-in under way is gone
        Assert.DoesNotContain(SessionCookie, await ana.CookiesAsync("localhost"));
    }

    [Fact]
    public async Task Whoever_cancels_at_the_provider_is_back_in_the_application_which_hears_of_it()
    {
        await using var notes = await Enterprise.ApplicationAsync("notes");
        var (ana, attempt) = (await SomebodyAsync(), await notes.AskAsync());
        var page = await ana.OpenAsync(attempt.Url);
        await page.SeesHeadingAsync(Enterprise.AcmeLogin);
        await page.PressButtonAsync("Cancel");
        await page.SeesHeadingAsync(Application.Heading);

        await IsRefusedAsync(attempt, "access_denied");
        Assert.Empty(await ana.CookiesAsync("127.0.0.1"));

        var again = await notes.AskAsync();
        await page.OpenAsync(again.Url);
        await page.SeesHeadingAsync(Enterprise.AcmeLogin);
        await LogInAsync(page, "ana");
        await page.SeesHeadingAsync(Application.Heading);
        await IsSignedInAsync(again, notes);
    }

    [Fact]
    public async Task The_next_application_in_the_same_browser_is_answered_without_the_provider()
    {
        await using var notes = await Enterprise.ApplicationAsync("notes");
        await using var tickets = await Enterprise.ApplicationAsync("tickets");
        var (ana, _) = await SignedInAsync(notes, "ana");

        var attempt = await tickets.AskAsync();
        var page = await ana.OpenAsync(attempt.Url);
        await page.SeesHeadingAsync(Application.Heading);
        await IsSignedInAsync(attempt, tickets);
        Assert.DoesNotContain(AtAcme, await page.PlacesAsync());

        // Unless the application wants to see her sign in; or another browser asks.
        await page.OpenAsync((await tickets.AskAsync(("prompt", "login"))).Url);
        await page.SeesHeadingAsync(Enterprise.AcmeLogin);
        page = await (await SomebodyAsync()).OpenAsync((await tickets.AskAsync()).Url);
        await page.SeesHeadingAsync(Enterprise.AcmeLogin);
    }

    [Fact]
    public async Task Two_tabs_at_once_end_each_in_its_own_application()
    {
        await using var notes = await Enterprise.ApplicationAsync("notes");
        await using var tickets = await Enterprise.ApplicationAsync("tickets");
        var (ana, first, second) = (await SomebodyAsync(), await notes.AskAsync(), await tickets.AskAsync());
        var (one, other) = (await ana.OpenAsync(first.Url), await ana.OpenAsync(second.Url));
        await one.SeesHeadingAsync(Enterprise.AcmeLogin);
        await other.SeesHeadingAsync(Enterprise.AcmeLogin);
        await LogInAsync(other, "ana");
        await other.SeesHeadingAsync(Application.Heading);
        await LogInAsync(one, "ana");
        await one.SeesHeadingAsync(Application.Heading);

        Assert.Equal(await IsSignedInAsync(first, notes), await IsSignedInAsync(second, tickets));
        Assert.Single(notes.Answers);
        Assert.Single(tickets.Answers);
    }

    [Fact]
    public async Task The_back_button_after_the_end_leads_to_a_page_that_says_so_and_to_no_second_code()
    {
        await using var notes = await Enterprise.ApplicationAsync("notes");
        var (_, page) = await SignedInAsync(notes, "ana");
        await page.BackAsync();
        await page.SeesHeadingAsync("This sign-in is over");
        Assert.Equal(400, await page.StatusAsync());
        Assert.Empty(await page.BrokenRulesAsync());
        await page.ReloadAsync();
        await page.SeesHeadingAsync("This sign-in is over");
        Assert.Single(notes.Answers);
    }

    [Fact]
    public async Task The_back_button_at_the_provider_leaves_a_sign_in_that_can_still_be_finished()
    {
        await using var notes = await Enterprise.ApplicationAsync("notes");
        var (ana, attempt) = (await SomebodyAsync(), await notes.AskAsync());
        var page = await ana.OpenAsync(notes.SignedOutUri.AbsoluteUri);             // any page to come from
        await page.OpenAsync(attempt.Url);
        await page.SeesHeadingAsync(Enterprise.AcmeLogin);
        await page.BackAsync();
        await page.SeesHeadingAsync(Application.Heading);
        await page.ForwardAsync();
        await page.SeesHeadingAsync(Enterprise.AcmeLogin);
        await LogInAsync(page, "ana");
        await page.SeesHeadingAsync(Application.Heading);
        await IsSignedInAsync(attempt, notes);
    }
}
