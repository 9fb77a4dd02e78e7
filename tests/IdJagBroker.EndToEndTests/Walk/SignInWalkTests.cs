using System.Text.RegularExpressions;
using IdJagBroker.Demo.Walk;
using IdJagBroker.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace IdJagBroker.EndToEndTests.Walk;

/// <summary>What <c>./demo.sh --sign-in</c> shows, over real sockets, but for the minute that it waits: here everybody's clock is set forward instead.</summary>
public sealed class SignInWalkTests(DemoPostgres postgres) : IDisposable
{
    private readonly string _state = Directory.CreateTempSubdirectory("idjag-sign-in-walk-").FullName;
    private readonly SteppedClock _clock = new();

    public void Dispose() => Directory.Delete(_state, recursive: true);

    private DemoOptions Options(string kind = "okta") => new() { State = _state, FirstPort = 0, IdpKind = kind, SignIn = true };

    private DemoTime Time => new()
    {
        Clock = _clock,
        WaitAsync = (by, _) => { _clock.Advance(by); return Task.CompletedTask; },
        CreateBrokerAsync = (args, ct) => BrokerApplication.CreateAsync(args, services => services.AddSingleton<TimeProvider>(_clock), ct),
    };

    private async Task<string[]> DatabaseAsync() => [$"--Database:ConnectionString={await postgres.CreateDatabaseAsync()}"];

    [Theory]
    [InlineData("okta")]
    [InlineData("entra")]
    [InlineData("ping")]
    public async Task The_whole_path_goes_through_from_the_sign_in_to_the_refusal(string kind)
    {
        using var told = new StringWriter();

        Assert.Equal(0, await Demonstration.RunAsync(Options(kind), await DatabaseAsync(), told, TestContext.Current.CancellationToken, Time));
        var story = told.ToString().ReplaceLineEndings("\n");
        Assert.Matches(@"grant_types_supported +token-exchange authorization_code refresh_token\n", story);
        Assert.Matches(@"GET  \S+/authorize\?…  303\n   → GET  \S+/authorize\?…  200\n   → POST \S+/login +303\n   → GET  \S+/signin/callback/acme\?…  303\n   → \S+/callback\?code=…", story);
        Assert.Contains("\"aud\": \"notes-desktop\"", story, StringComparison.Ordinal);
        Assert.Matches(@"Decision: ok   rules: engineers-take-notes .*\n   Audit row #\d+: idjag\.issued  client=notes-desktop ", story);
        Assert.Matches(@"notes\.list +buy milk\n", story);
        Assert.Contains("A new ID Token of the same session", story, StringComparison.Ordinal);
        // The walk itself fails if anything is renewed after the minute; how many seconds each step shows hangs on the machine.
        var course = System.Text.RegularExpressions.Regex.Match(story, @"(   after +\d+ s +renewed.*\n){2,}   after +(?<end>\d+) s +refused: invalid_grant\n");
        Assert.True(course.Success, story);
        Assert.InRange(int.Parse(course.Groups["end"].Value, System.Globalization.CultureInfo.InvariantCulture), 45, 90);
        Assert.Matches(@"SDK reports +invalid_grant: ", story);
        Assert.Matches(@"signin\.session_started .*\n(.*\n)*.*signin\.session_ended +reason=UPSTREAM_REVOKED\n(.*\n)*.*refresh\.denied +client=notes-desktop  reason=\w+", story);
        Assert.Matches(@"told +0oa-broker: 200\n   the next refresh +invalid_grant\n", story);

        // Nothing that opens a door is told.
        Assert.DoesNotMatch(@"(code|code_verifier|client_secret) = [^\n]{12,}(?<!characters\))\n", story);
        Assert.DoesNotMatch(@"(idjag_[ar]t_|eyJ)[\w.-]{40}", story);
    }

    [Theory]
    [InlineData("notes-desktop", "/administrator/disable?person=ana")]
    [InlineData("notes-cli", "/administrator/end?person=ana")]
    [InlineData("notes-cli", null)]
    public async Task The_page_for_the_browser_signs_in_uses_the_notes_renews_and_is_refused_once_it_is_over(string client, string? administrator)
    {
        await using var world = await DemoWorld.StartAsync(Options(), await DatabaseAsync(), default, time: Time);
        await using var site = await DesktopSite.StartAsync(world, default);
        using var browser = new Browser();
        using var http = new HttpClient();
        var callback = new Uri(world.At.Desktop + "/callback");
        Assert.Contains($"/sign-in/{client}", await http.GetStringAsync(new Uri(world.At.Desktop)), StringComparison.Ordinal);
        var answer = await browser.SignInAsync(new Uri($"{world.At.Desktop}/sign-in/{client}"), callback, "ana", world.Password, default);
        Assert.Equal(client is "notes-cli", browser.Hops.Any(hop => hop.Url.AbsolutePath is "/signin/continue"));       // who has no secret is introduced

        Task<string> GetAsync(string place) => http.GetStringAsync(new Uri($"{world.At.Desktop}{place}{(place.Contains('?') ? '&' : '?')}signIn={answer.State}"));
        var landing = await http.GetStringAsync(new Uri($"{callback}?code={answer.Code}&state={answer.State}&iss={Uri.EscapeDataString(answer.Issuer!)}"));
        Assert.Contains("<h1>Signed in</h1>", landing, StringComparison.Ordinal);
        Assert.Contains("ana@acme.example", landing, StringComparison.Ordinal);
        Assert.Contains("<h1>Notes: written at ", await GetAsync("/notes"), StringComparison.Ordinal);
        Assert.Contains("<h1>Renewed", await GetAsync("/renew"), StringComparison.Ordinal);

        if (administrator is null)
        {
            var link = System.Net.WebUtility.HtmlDecode(Regex.Match(landing, "href=\"([^\"]+)\">Sign out").Groups[1].Value);
            Assert.Contains($"0;url={world.At.Desktop}/\"", await http.GetStringAsync(new Uri(link)), StringComparison.Ordinal);
        }
        else
        {
            await GetAsync(administrator);
            _clock.Advance(DemoPolicies.RecheckAfter);
        }
        Assert.Contains("<h1>Not renewed: invalid_grant", await GetAsync("/renew"), StringComparison.Ordinal);
        Assert.Contains("<h1>No ID-JAG: invalid_grant", await GetAsync("/notes"), StringComparison.Ordinal);
        Assert.Contains("That is no answer", await http.GetStringAsync(new Uri($"{callback}?code={answer.Code}&state={answer.State}x")), StringComparison.Ordinal);
    }

    // The true time, and as much more as a test wants.
    private sealed class SteppedClock : TimeProvider
    {
        private TimeSpan _ahead;

        public void Advance(TimeSpan by) => _ahead += by;

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + _ahead;
    }
}
