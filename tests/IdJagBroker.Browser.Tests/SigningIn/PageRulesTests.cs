using IdJagBroker.Browser.Tests.Harness;

namespace IdJagBroker.Browser.Tests.SigningIn;

/// <summary>The pages of a sign-in that goes well keep to the rules for every page; those of one that does not, in <see cref="TroubleTests"/>.</summary>
public sealed class PageRulesTests(Chromium chromium, Enterprise enterprise) : SignInScenario(chromium, enterprise)
{
    [Fact]
    public async Task Where_people_choose()
    {
        await using var wiki = await Enterprise.ApplicationAsync("wiki");
        var page = await (await SomebodyAsync()).OpenAsync((await wiki.AskAsync()).Url);
        await page.SeesHeadingAsync("Sign in");
        Assert.Equal(200, await page.StatusAsync());
        if (Environment.GetEnvironmentVariable("IDJAG_PICTURES") is { Length: > 0 } folder)          // for the README
            await page.TakePictureAsync(Path.Combine(Repository.Root, folder, "sign-in.png"), 640, 400);
        Assert.Empty(await page.BrokenRulesAsync());
    }

    [Fact]
    public async Task Where_people_see_who_asks_and_are_sent_on()
    {
        await using var desk = await Enterprise.ApplicationAsync("desk");
        var attempt = await desk.AskAsync();
        var page = await (await SomebodyAsync()).OpenAsync(attempt.Url);
        await page.SeesHeadingAsync(Enterprise.AcmeLogin);
        Assert.Empty(await page.BrokenRulesAsync());
        await LogInAsync(page, "ana");
        await page.SeesHeadingAsync("Continue to Desk & Co?");
        Assert.Empty(await page.BrokenRulesAsync());

        // The browser leaves that page at once by itself. Here it comes back, once.
        desk.SendsBrowsersBack = true;
        await page.PressButtonAsync("Continue");
        await page.SeesHeadingAsync("You are being sent on");
        Assert.Empty(await page.BrokenRulesAsync());
        desk.SendsBrowsersBack = false;
        await page.FollowAsync("Go on");
        await page.SeesHeadingAsync(Application.Heading);
        await IsSignedInAsync(attempt, desk);
    }
}
