using System.Net;
using System.Text.RegularExpressions;
using IdJagBroker.Browser.Tests.Harness;

namespace IdJagBroker.Browser.Tests.SigningIn;

/// <summary>Another site in the same browser: it frames the broker's pages, posts to them, and sends the answers of sign-ins that somebody else began.</summary>
public sealed partial class HostileSiteTests(Chromium chromium, Enterprise enterprise) : SignInScenario(chromium, enterprise)
{
    [Fact]
    public async Task Cannot_frame_a_page()
    {
        await using var wiki = await Enterprise.ApplicationAsync("wiki");
        var attempt = await wiki.AskAsync();
        await using var site = await PageServer.StartAsync(http => PageServer.WriteAsync(http, $"<h1>Win a prize</h1><iframe src=\"{WebUtility.HtmlEncode(attempt.Url)}\"></iframe>"));
        var ana = await SomebodyAsync();
        await ana.OpenAsync(Elsewhere(site));
        Assert.Contains(await ana.ComplaintsAsync(), complaint => complaint.Contains("frame-ancestors 'none'", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Cannot_press_continue_in_somebody_elses_name()
    {
        await using var desk = await Enterprise.ApplicationAsync("desk");
        var (ana, attempt) = (await SomebodyAsync(), await desk.AskAsync());
        var page = await ana.OpenAsync(attempt.Url);
        await page.SeesHeadingAsync(Enterprise.AcmeLogin);
        await LogInAsync(page, "ana");
        await page.SeesHeadingAsync("Continue to Desk & Co?");

        // It even knows the name of the sign-in.
        var name = AttemptField().Match(await page.HtmlAsync()).Groups[1].Value;
        Assert.NotEmpty(name);
        await using var site = await PageServer.StartAsync(http => PageServer.WriteAsync(http,
            $"<h1>Win a prize</h1><form method=post action=\"{Enterprise.Broker}/signin/continue\"><input type=hidden name=attempt value=\"{name}\"><button name=answer value=continue>Yes</button></form>"));
        var trap = await ana.OpenAsync(Elsewhere(site));
        await trap.PressButtonAsync("Yes");
        await trap.SeesHeadingAsync("This sign-in is over");
        Assert.Empty(desk.Answers);

        await page.PressButtonAsync("Continue");                                    // nothing was lost for her
        await page.SeesHeadingAsync(Application.Heading);
        await IsSignedInAsync(attempt, desk);
    }

    [Fact]
    public async Task Cannot_let_somebody_finish_what_another_browser_began()
    {
        await using var notes = await Enterprise.ApplicationAsync("notes");
        var (mallory, attempt) = (await SomebodyAsync(), await notes.AskAsync());
        var his = await mallory.OpenAsync(attempt.Url);
        await his.SeesHeadingAsync(Enterprise.AcmeLogin);
        var ana = await SomebodyAsync();
        var hers = await ana.OpenAsync(await his.UrlAsync());                       // he sends her the provider's link of his own sign-in
        await hers.SeesHeadingAsync(Enterprise.AcmeLogin);
        await LogInAsync(hers, "ana");
        await hers.SeesHeadingAsync("This sign-in is over");
        Assert.Empty(notes.Answers);
        Assert.DoesNotContain(SessionCookie, await ana.CookiesAsync("127.0.0.1"));
    }

    [Fact]
    public async Task Cannot_sign_anybody_out()
    {
        await using var notes = await Enterprise.ApplicationAsync("notes");
        var (ana, _) = await SignedInAsync(notes, "ana");
        await using var site = await PageServer.StartAsync(http => PageServer.WriteAsync(http,
            $"<h1>Win a prize</h1><form method=post action=\"{Enterprise.Broker}/logout\"><button name=confirm value=yes>Yes</button></form><a href=\"{Enterprise.Broker}/logout\">Or this</a>"));
        var trap = await ana.OpenAsync(Elsewhere(site));
        await trap.PressButtonAsync("Yes");
        await trap.SeesHeadingAsync("You are signed out here");                     // so it says: without her cookie it knows of nobody
        await trap.OpenAsync(Elsewhere(site));
        await trap.FollowAsync("Or this");
        await trap.SeesHeadingAsync("Sign out?");

        var attempt = await notes.AskAsync(("prompt", "none"));
        await trap.OpenAsync(attempt.Url);
        await trap.SeesHeadingAsync(Application.Heading);
        await IsSignedInAsync(attempt, notes);
    }

    // Another site than the broker's.
    private static string Elsewhere(PageServer site) => $"http://localhost:{site.Port}/";

    [GeneratedRegex("name=\"attempt\" value=\"([^\"]+)\"")]
    private static partial Regex AttemptField();
}
