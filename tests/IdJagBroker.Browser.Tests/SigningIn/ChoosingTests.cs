using IdJagBroker.Browser.Tests.Harness;

namespace IdJagBroker.Browser.Tests.SigningIn;

/// <summary>An application for the people of two companies: where does somebody sign in?</summary>
public sealed class ChoosingTests(Chromium chromium, Enterprise enterprise) : SignInScenario(chromium, enterprise)
{
    private const string Heading = "Sign in", Acme = "Acme", Globex = "Globex Corporation";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Gil_chooses_once_and_his_browser_remembers(bool javaScript)
    {
        await using var wiki = await Enterprise.ApplicationAsync("wiki");
        var (gil, attempt) = (await SomebodyAsync(javaScript), await wiki.AskAsync());
        var page = await gil.OpenAsync(attempt.Url);
        await page.SeesHeadingAsync(Heading);
        Assert.Contains("to continue to Wiki", await page.TextAsync(), StringComparison.Ordinal);
        await page.FollowAsync(Globex);
        await page.SeesHeadingAsync(Enterprise.GlobexLogin);
        await LogInAsync(page, "gil");
        await page.SeesHeadingAsync(Application.Heading);
        await IsSignedInAsync(attempt, wiki);
        Assert.Equal([ProviderCookie, SessionCookie], await gil.CookiesAsync("127.0.0.1"));

        await page.OpenAsync((await wiki.AskAsync(("prompt", "login"))).Url);
        await page.SeesHeadingAsync(Enterprise.GlobexLogin);                        // not asked where again
        var other = await (await SomebodyAsync()).OpenAsync((await wiki.AskAsync()).Url);
        await other.SeesHeadingAsync(Heading);                                      // another browser is
    }

    [Fact]
    public async Task The_choice_can_be_changed()
    {
        await using var wiki = await Enterprise.ApplicationAsync("wiki");
        var gil = await SomebodyAsync();
        var page = await gil.OpenAsync((await wiki.AskAsync()).Url);
        await page.SeesHeadingAsync(Heading);
        await page.FollowAsync(Globex);
        await page.SeesHeadingAsync(Enterprise.GlobexLogin);
        await LogInAsync(page, "gil");
        await page.SeesHeadingAsync(Application.Heading);

        var attempt = await wiki.AskAsync(("prompt", "select_account"));
        await page.OpenAsync(attempt.Url);
        await page.SeesHeadingAsync(Heading);
        await page.FollowAsync(Acme);
        await page.SeesHeadingAsync(Enterprise.AcmeLogin);
        await LogInAsync(page, "ana");
        await page.SeesHeadingAsync(Application.Heading);
        await IsSignedInAsync(attempt, wiki);

        await page.OpenAsync((await wiki.AskAsync(("prompt", "login"))).Url);
        await page.SeesHeadingAsync(Enterprise.AcmeLogin);
    }

    [Fact]
    public async Task Whoever_chose_the_wrong_one_goes_back_and_chooses_again()
    {
        await using var wiki = await Enterprise.ApplicationAsync("wiki");
        var (ana, attempt) = (await SomebodyAsync(), await wiki.AskAsync());
        var page = await ana.OpenAsync(attempt.Url);
        await page.SeesHeadingAsync(Heading);
        await page.FollowAsync(Globex);
        await page.SeesHeadingAsync(Enterprise.GlobexLogin);
        await page.BackAsync();
        await page.SeesHeadingAsync(Heading);
        await page.FollowAsync(Acme);
        await page.SeesHeadingAsync(Enterprise.AcmeLogin);
        await LogInAsync(page, "ana");
        await page.SeesHeadingAsync(Application.Heading);
        await IsSignedInAsync(attempt, wiki);
    }

    [Fact]
    public async Task Whoever_gives_up_at_the_wrong_one_is_asked_again_the_next_time()
    {
        await using var wiki = await Enterprise.ApplicationAsync("wiki");
        var (ana, attempt) = (await SomebodyAsync(), await wiki.AskAsync());
        var page = await ana.OpenAsync(attempt.Url);
        await page.SeesHeadingAsync(Heading);
        await page.FollowAsync(Globex);
        await page.SeesHeadingAsync(Enterprise.GlobexLogin);
        await page.PressButtonAsync("Cancel");
        await page.SeesHeadingAsync(Application.Heading);
        await IsRefusedAsync(attempt, "access_denied");

        await page.OpenAsync((await wiki.AskAsync()).Url);
        await page.SeesHeadingAsync(Heading);
    }

    [Fact]
    public async Task A_keyboard_is_enough()
    {
        await using var wiki = await Enterprise.ApplicationAsync("wiki");
        var (ana, attempt) = (await SomebodyAsync(), await wiki.AskAsync());
        var page = await ana.OpenAsync(attempt.Url);
        await page.SeesHeadingAsync(Heading);
        await page.PressKeysAsync("Tab");
        Assert.Equal($"link \"{Acme}\"", await page.FocusedAsync());
        await page.PressKeysAsync("Enter");

        await page.SeesHeadingAsync(Enterprise.AcmeLogin);
        await page.PressKeysAsync("Tab");
        await page.TypeAsync("ana");
        await page.PressKeysAsync("Tab");
        await page.TypeAsync(Enterprise.Password);
        await page.PressKeysAsync("Enter");
        await page.SeesHeadingAsync(Application.Heading);
        await IsSignedInAsync(attempt, wiki);
    }

    [Fact]
    public async Task A_private_account_is_not_taken_and_the_page_offers_another()
    {
        await using var wiki = await Enterprise.ApplicationAsync("wiki");
        var (pat, attempt) = (await SomebodyAsync(), await wiki.AskAsync());
        var page = await pat.OpenAsync(attempt.Url);
        await page.SeesHeadingAsync(Heading);
        await page.FollowAsync(Globex);
        await page.SeesHeadingAsync(Enterprise.GlobexLogin);
        await LogInAsync(page, "pat");

        await page.SeesHeadingAsync("This account cannot be used here");
        Assert.Equal(403, await page.StatusAsync());
        Assert.Contains("Use your work account.", await page.TextAsync(), StringComparison.Ordinal);
        Assert.Empty(await page.BrokenRulesAsync());
        Assert.DoesNotContain(SessionCookie, await pat.CookiesAsync("127.0.0.1"));

        await page.FollowAsync("Try again");
        await page.SeesHeadingAsync(Heading);
        await page.FollowAsync(Globex);
        await page.SeesHeadingAsync(Enterprise.GlobexLogin);                        // though the provider still has the other account's session
        await LogInAsync(page, "gil");
        await page.SeesHeadingAsync(Application.Heading);
        await IsSignedInAsync(attempt, wiki);
        Assert.Single(wiki.Answers);
    }

    [Fact]
    public async Task Whoever_has_no_other_account_goes_back_to_the_application_which_hears_of_it()
    {
        await using var wiki = await Enterprise.ApplicationAsync("wiki");
        var (pat, attempt) = (await SomebodyAsync(), await wiki.AskAsync());
        var page = await pat.OpenAsync(attempt.Url);
        await page.SeesHeadingAsync(Heading);
        await page.FollowAsync(Globex);
        await page.SeesHeadingAsync(Enterprise.GlobexLogin);
        await LogInAsync(page, "pat");
        await page.SeesHeadingAsync("This account cannot be used here");
        await page.FollowAsync("Back to Wiki");
        await page.SeesHeadingAsync(Application.Heading);
        await IsRefusedAsync(attempt, "access_denied");
    }
}
