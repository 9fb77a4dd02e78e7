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
