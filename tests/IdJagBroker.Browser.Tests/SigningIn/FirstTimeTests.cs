using IdJagBroker.Browser.Tests.Harness;

namespace IdJagBroker.Browser.Tests.SigningIn;

/// <summary>An application without a secret, for which nobody vouches: before it hears who somebody is, the person sees, once, who asks and where the answer goes.</summary>
public sealed class FirstTimeTests(Chromium chromium, Enterprise enterprise) : SignInScenario(chromium, enterprise)
{
    private const string Heading = "Continue to Desk & Co?";

    [Theory]
    [InlineData(true, "ana")]
    [InlineData(false, "bob")]
    public async Task The_page_says_who_asks_and_where_the_answer_goes_and_only_once(bool javaScript, string who)
    {
        await using var desk = await Enterprise.ApplicationAsync("desk");
        var (person, attempt) = (await SomebodyAsync(javaScript), await desk.AskAsync());
        var page = await person.OpenAsync(attempt.Url);
        await page.SeesHeadingAsync(Enterprise.AcmeLogin);
        await LogInAsync(page, who);
        await page.SeesHeadingAsync(Heading);
        var text = await page.TextAsync();
        Assert.All(["Desk & Co", desk.ClientId, $"{desk.RedirectUri.GetLeftPart(UriPartial.Authority)} (this computer)"], told => Assert.Contains(told, text, StringComparison.Ordinal));
        Assert.Empty(desk.Answers);
        await page.PressButtonAsync("Continue");
        await page.SeesHeadingAsync(Application.Heading);
        await IsSignedInAsync(attempt, desk);

        // The next time, on another port and in another browser too.
        await using var later = await Enterprise.ApplicationAsync("desk");
        attempt = await later.AskAsync();
        page = await (await SomebodyAsync()).OpenAsync(attempt.Url);
        await page.SeesHeadingAsync(Enterprise.AcmeLogin);
        await LogInAsync(page, who);
        await page.SeesHeadingAsync(Application.Heading);
        await IsSignedInAsync(attempt, later);
    }

    [Fact]
    public async Task It_is_shown_also_to_whoever_is_signed_in_already()
    {
        await using var notes = await Enterprise.ApplicationAsync("notes");
        await using var desk = await Enterprise.ApplicationAsync("desk");
        var (_, page) = await SignedInAsync(notes, "sam");
        var attempt = await desk.AskAsync();
        await page.OpenAsync(attempt.Url);
        await page.SeesHeadingAsync(Heading);
        await page.PressKeysAsync("Tab");
        Assert.Equal("button \"Continue\"", await page.FocusedAsync());
        await page.PressKeysAsync("Enter");
        await page.SeesHeadingAsync(Application.Heading);
        await IsSignedInAsync(attempt, desk);
    }

    [Fact]
    public async Task Whoever_cancels_gives_nothing_away_and_is_asked_again_the_next_time()
    {
        await using var desk = await Enterprise.ApplicationAsync("desk");
        var (sue, attempt) = (await SomebodyAsync(), await desk.AskAsync());
        var page = await sue.OpenAsync(attempt.Url);
        await page.SeesHeadingAsync(Enterprise.AcmeLogin);
        await LogInAsync(page, "sue");
        await page.SeesHeadingAsync(Heading);
        await page.PressButtonAsync("Cancel");
        await page.SeesHeadingAsync(Application.Heading);
        await IsRefusedAsync(attempt, "access_denied");

        await page.OpenAsync((await desk.AskAsync()).Url);
        await page.SeesHeadingAsync(Heading);
    }

    [Fact]
    public async Task The_back_button_after_it_gives_no_second_code()
    {
        await using var desk = await Enterprise.ApplicationAsync("desk");
        var (fin, attempt) = (await SomebodyAsync(), await desk.AskAsync());
        var page = await fin.OpenAsync(attempt.Url);
        await page.SeesHeadingAsync(Enterprise.AcmeLogin);
        await LogInAsync(page, "fin");
        await page.SeesHeadingAsync(Heading);
        await page.PressButtonAsync("Continue");
        await page.SeesHeadingAsync(Application.Heading);
        await page.BackAsync();
        await page.SeesHeadingAsync("This sign-in is over");
        Assert.Single(desk.Answers);
    }
}
