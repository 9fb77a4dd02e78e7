using System.Net;
using IdJagBroker.Demo.Walk;

namespace IdJagBroker.EndToEndTests.EnterpriseIdp;

public sealed class LoginEndpointTests
{
    [Fact]
    public async Task Answers_the_right_password_with_code_state_and_issuer()
    {
        await using var idp = await RunningIdp.StartAsync();
        var flow = idp.Flow();
        var answer = await idp.Browser.SignInAsync(await flow.AddressAsync(default), RunningIdp.Callback, "ana", RunningIdp.Password, default);

        Assert.Equal(43, answer.Code!.Length);
        Assert.Equal(flow.State, answer.State);
        Assert.Equal(idp.Provider.Issuer, answer.Issuer);
    }

    [Theory]
    [InlineData("ana", "not her password")]
    [InlineData("nobody", RunningIdp.Password)]
    [InlineData("00u-ana", RunningIdp.Password)]
    public async Task Says_the_same_of_a_wrong_password_and_an_unknown_person(string userName, string password)
    {
        await using var idp = await RunningIdp.StartAsync();
        var address = await idp.Flow().AddressAsync(default);

        var refusal = await Assert.ThrowsAsync<SignInFailedException>(
            () => idp.Browser.SignInAsync(address, RunningIdp.Callback, userName, password, default));
        Assert.Equal("The user name or the password is not right.", refusal.Message);
    }

    [Fact]
    public async Task Ends_a_sign_in_after_five_wrong_passwords()
    {
        await using var idp = await RunningIdp.StartAsync();
        var page = await OpenAsync(idp);
        for (var attempt = 0; attempt < 5; attempt++)
            using (var wrong = await PostAsync(idp, page.Form, page.Cookie, "ana", "wrong")) Assert.Contains("not right", await wrong.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        using var right = await PostAsync(idp, page.Form, page.Cookie, "ana", RunningIdp.Password);
        Assert.Null(right.Headers.Location);
        Assert.Contains("Too many attempts", await right.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Accepts_the_form_from_the_browser_that_opened_it()
    {
        await using var idp = await RunningIdp.StartAsync();
        var page = await OpenAsync(idp);
        using var response = await PostAsync(idp, page.Form, page.Cookie, "ana", RunningIdp.Password);

        Assert.Equal(HttpStatusCode.SeeOther, response.StatusCode);
    }

    [Fact]
    public async Task Refuses_the_form_in_a_browser_that_did_not_open_it()
    {
        await using var idp = await RunningIdp.StartAsync();
        var attackers = await OpenAsync(idp);
        var victims = await OpenAsync(idp);
        foreach (var cookie in new[] { null, victims.Cookie, $"{attackers.Cookie.Split('=')[0]}={victims.Cookie.Split('=')[1]}" })
        {
            using var response = await PostAsync(idp, attackers.Form, cookie, "ana", RunningIdp.Password);
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
            Assert.Null(response.Headers.Location);
        }
    }

    [Fact]
    public async Task Refuses_a_form_without_its_anti_forgery_token()
    {
        await using var idp = await RunningIdp.StartAsync();
        var page = await OpenAsync(idp);
        var other = await OpenAsync(idp);
        var forged = page.Form with { Fields = new Dictionary<string, string>(page.Form.Fields) { ["token"] = other.Form.Fields["token"] } };
        using var response = await PostAsync(idp, forged, page.Cookie, "ana", RunningIdp.Password);

        Assert.Null(response.Headers.Location);
    }

    [Fact]
    public async Task Takes_a_form_once()
    {
        await using var idp = await RunningIdp.StartAsync();
        var page = await OpenAsync(idp);
        using var first = await PostAsync(idp, page.Form, page.Cookie, "ana", RunningIdp.Password);
        using var second = await PostAsync(idp, page.Form, page.Cookie, "ana", RunningIdp.Password);

        Assert.NotNull(first.Headers.Location);
        Assert.Null(second.Headers.Location);
    }

    [Fact]
    public async Task Forgets_a_sign_in_after_ten_minutes()
    {
        var clock = new ManualClock();
        await using var idp = await RunningIdp.StartAsync(clock: clock);
        var page = await OpenAsync(idp);
        clock.Advance(TimeSpan.FromMinutes(10));
        using var response = await PostAsync(idp, page.Form, page.Cookie, "ana", RunningIdp.Password);

        Assert.Null(response.Headers.Location);
        Assert.Contains("has expired", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Shows_what_was_typed_in_without_running_it()
    {
        await using var idp = await RunningIdp.StartAsync();
        var page = await OpenAsync(idp);
        using var response = await PostAsync(idp, page.Form, page.Cookie, "\"><script>alert(1)</script>", "wrong");

        var html = await response.Content.ReadAsStringAsync();
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("value=\"&quot;&gt;&lt;script&gt;", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fills_in_the_user_name_that_the_application_hints_at_without_running_it()
    {
        await using var idp = await RunningIdp.StartAsync();
        using var browser = new PersonAtBrowser();
        var page = await browser.OpenAsync(await idp.Flow().AddressAsync(default, ("login_hint", "\"><script>alert('ana')</script>")));

        Assert.Equal("\"><script>alert('ana')</script>", page.Form!.Fields["username"]);
        Assert.DoesNotContain("<script", page.Html, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("value=\"&quot;&gt;&lt;script&gt;", page.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tells_the_application_that_the_person_cancelled()
    {
        await using var idp = await RunningIdp.StartAsync();
        using var browser = new PersonAtBrowser();
        var flow = idp.Flow();
        var page = await browser.OpenAsync(await flow.AddressAsync(default));
        Assert.Contains("""<button type="submit" name="cancel" value="yes" class="other" formnovalidate>Cancel</button>""", page.Html, StringComparison.Ordinal);
        var answer = await browser.SubmitAsync(page, ("cancel", "yes"));

        Assert.Equal(HttpStatusCode.SeeOther, answer.Status);
        Assert.StartsWith($"{RunningIdp.Callback}?", answer.Location!.OriginalString, StringComparison.Ordinal);
        Assert.Equal(("access_denied", flow.State, idp.Provider.Issuer), (answer["error"], answer["state"], answer["iss"]));
        Assert.Null((await browser.LogInAsync(page)).Location);       // and that was the end of it
    }

    [Fact]
    public async Task Does_not_let_another_browser_cancel()
    {
        await using var idp = await RunningIdp.StartAsync();
        using var browser = new PersonAtBrowser();
        using var attackers = new PersonAtBrowser();
        var page = await browser.OpenAsync(await idp.Flow().AddressAsync(default));

        Assert.Null((await attackers.SubmitAsync(page, ("cancel", "yes"))).Location);
        Assert.NotNull((await browser.LogInAsync(page))["code"]);
    }

    [Fact]
    public async Task Tells_the_application_that_it_is_not_the_persons_to_use()
    {
        await using var idp = await RunningIdp.StartAsync();
        using var browser = new PersonAtBrowser();
        var flow = idp.Flow();
        idp.Provider.Assign("ana", RunningIdp.Notes.ClientId, false);
        foreach (var answer in new[]
        {
            await browser.LogInAsync(await browser.OpenAsync(await flow.AddressAsync(default))),
            await browser.OpenAsync(await flow.AddressAsync(default)),                             // signed in she is
            await browser.OpenAsync(await flow.AddressAsync(default, ("prompt", "none"))),
        })
        {
            Assert.Equal(("access_denied", "User is not assigned to the client application."), (answer["error"], answer["error_description"]));
            Assert.Equal((flow.State, idp.Provider.Issuer), (answer["state"], answer["iss"]));
        }
        Assert.NotNull((await browser.OpenAsync(await idp.Flow(RunningIdp.Other).AddressAsync(default)))["code"]);
        idp.Provider.Assign("ana", RunningIdp.Notes.ClientId, true);
        Assert.NotNull((await browser.OpenAsync(await flow.AddressAsync(default)))["code"]);
    }

    [Fact]
    public async Task Says_that_an_account_is_disabled_to_whoever_knows_its_password()
    {
        await using var idp = await RunningIdp.StartAsync();
        using var browser = new PersonAtBrowser();
        idp.Provider.Disable("ana");
        var page = await browser.OpenAsync(await idp.Flow().AddressAsync(default));
        var wrong = await browser.LogInAsync(page, password: "wrong");
        var right = await browser.LogInAsync(page);

        Assert.Equal("The user name or the password is not right.", wrong.Problem);
        Assert.Equal("This account is disabled. Please ask your administrator.", right.Problem);
        Assert.Null(right.Location);
        Assert.DoesNotContain(right.SetCookies, cookie => cookie.StartsWith("idp-session", StringComparison.Ordinal));
        idp.Provider.Enable("ana");
        Assert.NotNull((await browser.LogInAsync(page))["code"]);
    }

    private static async Task<(LoginForm Form, string Cookie)> OpenAsync(RunningIdp idp)
    {
        var address = await idp.Flow().AddressAsync(default);
        using var response = await idp.Http.GetAsync(address);
        var form = LoginForm.Find(address, await response.Content.ReadAsStringAsync())!;
        return (form, response.Headers.GetValues("Set-Cookie").Single().Split(';')[0]);
    }

    private static async Task<HttpResponseMessage> PostAsync(RunningIdp idp, LoginForm form, string? cookie, string userName, string password)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, form.Action) { Content = form.FilledIn(userName, password) };
        if (cookie is not null) request.Headers.Add("Cookie", cookie);
        return await idp.Http.SendAsync(request);
    }
}
