using IdJagBroker.Browser.Tests.Harness;

namespace IdJagBroker.Browser.Tests.SigningIn;

/// <summary>What people see when a sign-in does not go on: what it means, and what they can do.</summary>
public sealed class TroubleTests(Chromium chromium, Enterprise enterprise) : SignInScenario(chromium, enterprise)
{
    [Theory]
    [InlineData("client_id", "nobody", "This application is not known here", 400)]
    [InlineData("client_id", null, "The request cannot be read", 400)]
    [InlineData("redirect_uri", "http://127.0.0.1/elsewhere", "The answer would go to the wrong place", 400)]
    public async Task A_request_that_cannot_be_answered_is_told_to_the_person(string parameter, string? value, string heading, int status)
    {
        await using var notes = await Enterprise.ApplicationAsync("notes");
        var page = await (await SomebodyAsync()).OpenAsync((await notes.AskAsync((parameter, value))).Url);
        await page.SeesHeadingAsync(heading);
        Assert.Equal(status, await page.StatusAsync());
        Assert.Empty(await page.BrokenRulesAsync());
    }

    [Fact]
    public async Task Dana_who_is_not_assigned_learns_whom_to_ask()
    {
        await using var notes = await Enterprise.ApplicationAsync("notes");
        var (dana, attempt) = (await SomebodyAsync(), await notes.AskAsync());
        var page = await dana.OpenAsync(attempt.Url);
        await page.SeesHeadingAsync(Enterprise.AcmeLogin);
        await LogInAsync(page, "dana");
        await page.SeesHeadingAsync("You are not assigned to this sign-in");
        Assert.Equal(403, await page.StatusAsync());
        Assert.Empty(await page.BrokenRulesAsync());
        Assert.Contains("For your administrator: ", await page.TextAsync(), StringComparison.Ordinal);

        await page.FollowAsync("Back to Notes");
        await page.SeesHeadingAsync(Application.Heading);
        await IsRefusedAsync(attempt, "access_denied");
    }

    [Fact]
    public async Task While_the_provider_is_away_the_page_says_so_and_offers_to_try_again()
    {
        await using var notes = await Enterprise.ApplicationAsync("notes");
        var (ana, attempt) = (await SomebodyAsync(), await notes.AskAsync());
        var page = await ana.OpenAsync(attempt.Url);
        await page.SeesHeadingAsync(Enterprise.AcmeLogin);
        Enterprise.Acme.TokenEndpointIsDown = true;
        await LogInAsync(page, "ana");
        await page.SeesHeadingAsync("Your identity provider cannot be reached");
        Assert.Equal(503, await page.StatusAsync());
        Assert.Empty(await page.BrokenRulesAsync());

        Enterprise.Acme.TokenEndpointIsDown = false;
        await page.FollowAsync("Try again");
        await page.SeesHeadingAsync("Sign in");
        await page.FollowAsync("Acme");
        await page.SeesHeadingAsync(Enterprise.AcmeLogin);
        await LogInAsync(page, "ana");
        await page.SeesHeadingAsync(Application.Heading);
        await IsSignedInAsync(attempt, notes);
    }

    [Fact]
    public async Task A_session_that_has_expired_answers_nobody_and_the_person_signs_in_again()
    {
        await using var notes = await Enterprise.ApplicationAsync("notes");
        var (ana, page) = await SignedInAsync(notes, "ana");
        Enterprise.Clock.Advance(TimeSpan.FromHours(8) + TimeSpan.FromMinutes(1));

        var silent = await notes.AskAsync(("prompt", "none"));
        await page.OpenAsync(silent.Url);
        await page.SeesHeadingAsync(Application.Heading);
        await IsRefusedAsync(silent, "login_required");

        var attempt = await notes.AskAsync();
        page = await ana.OpenAsync(attempt.Url);
        await page.SeesHeadingAsync(Enterprise.AcmeLogin);                          // the provider's has expired as well
        await LogInAsync(page, "ana");
        await page.SeesHeadingAsync(Application.Heading);
        await IsSignedInAsync(attempt, notes);
    }

    [Fact]
    public async Task A_page_that_was_left_open_for_too_long_says_to_start_again()
    {
        await using var desk = await Enterprise.ApplicationAsync("desk");
        var page = await (await SomebodyAsync()).OpenAsync((await desk.AskAsync()).Url);
        await page.SeesHeadingAsync(Enterprise.AcmeLogin);
        await LogInAsync(page, "bob");
        await page.SeesHeadingAsync("Continue to Desk & Co?");
        Enterprise.Clock.Advance(TimeSpan.FromMinutes(16));
        await page.PressButtonAsync("Continue");
        await page.SeesHeadingAsync("This sign-in is over");
        Assert.Empty(desk.Answers);
    }
}
