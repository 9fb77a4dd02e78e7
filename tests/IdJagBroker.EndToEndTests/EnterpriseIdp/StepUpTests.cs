namespace IdJagBroker.EndToEndTests.EnterpriseIdp;

/// <summary>A stronger sign-in on demand (<c>acr_values</c>): sue types a password and reaches <c>phr</c> with a security key, ana is there anyway.</summary>
public sealed class StepUpTests
{
    private const string Box = """<input type="checkbox" id="key" name="key" value="yes"><label for="key">Use a security key</label>""";
    private readonly ManualClock _clock = new();

    [Theory]
    [InlineData("phr", true)]
    [InlineData("urn:unknown phr", true)]
    [InlineData("mfa", false)]
    [InlineData("urn:unknown", false)]
    [InlineData(null, false)]
    public async Task Offers_the_key_where_somebody_needs_one_for_what_is_asked(string? acrValues, bool offered)
    {
        await using var idp = await RunningIdp.StartAsync();
        using var browser = new PersonAtBrowser();
        var page = await browser.OpenAsync(await idp.Flow().AddressAsync(default, ("acr_values", acrValues)));

        Assert.Equal(offered, page.Html.Contains(Box, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true, "phr", """["hwk","mfa"]""")]
    [InlineData(false, "mfa", """["mfa"]""")]
    public async Task The_token_says_what_was_really_used(bool key, string acr, string amr)
    {
        await using var idp = await RunningIdp.StartAsync();
        using var browser = new PersonAtBrowser();
        var flow = idp.Flow();
        var page = await browser.OpenAsync(await flow.AddressAsync(default, ("acr_values", "phr"), ("scope", "openid offline_access")));
        var tokens = await flow.RedeemAsync((await browser.LogInAsync(page, "sue", securityKey: key))["code"]!, default);

        foreach (var (_, claims) in new[] { await idp.ReadAsync(tokens), await idp.ReadAsync(await idp.RefreshAsync(tokens.RefreshToken)) })
            Assert.Equal((acr, amr), ((string?)claims["acr"], claims["amr"]!.ToJsonString()));
    }

    [Fact]
    public async Task Refuses_a_key_that_the_person_does_not_have()
    {
        await using var idp = await RunningIdp.StartAsync();
        using var browser = new PersonAtBrowser();
        var page = await browser.OpenAsync(await idp.Flow().AddressAsync(default, ("acr_values", "phr")));
        var answer = await browser.LogInAsync(page, "ana", securityKey: true);

        Assert.Null(answer.Location);
        Assert.Equal("This account has no security key that would do.", answer.Problem);
        Assert.NotNull((await browser.LogInAsync(page, "ana"))["code"]);
    }

    [Fact]
    public async Task A_session_that_is_too_weak_is_made_stronger_and_stays_the_same_session()
    {
        await using var idp = await RunningIdp.StartAsync(clock: _clock);
        using var browser = new PersonAtBrowser();
        var flow = idp.Flow();
        var weak = await browser.LogInAsync(await browser.OpenAsync(await flow.AddressAsync(default)), "sue");
        var (_, before) = await idp.ReadAsync(await flow.RedeemAsync(weak["code"]!, default));
        _clock.Advance(TimeSpan.FromMinutes(5));
        flow = idp.Flow();
        var address = await flow.AddressAsync(default, ("acr_values", "phr"));

        Assert.Equal("login_required", (await browser.OpenAsync(await flow.AddressAsync(default, ("acr_values", "phr"), ("prompt", "none"))))["error"]);
        var strong = await browser.LogInAsync(await browser.OpenAsync(address), "sue", securityKey: true);
        var (_, after) = await idp.ReadAsync(await flow.RedeemAsync(strong["code"]!, default));
        Assert.Equal("phr", (string?)after["acr"]);
        Assert.Equal(300, (long)after["auth_time"]! - (long)before["auth_time"]!);
        Assert.Equal((string?)before["sid"], (string?)after["sid"]);
        Assert.NotNull((await browser.OpenAsync(address))["code"]);       // strong enough now
    }

    [Theory]
    [InlineData("ana", "phr")]
    [InlineData("ana", "urn:unknown")]
    [InlineData("sue", "urn:unknown")]
    [InlineData("sue", "mfa")]
    public async Task Nobody_is_asked_again_for_what_is_there_or_cannot_be_had(string userName, string acrValues)
    {
        await using var idp = await RunningIdp.StartAsync();
        using var browser = new PersonAtBrowser();
        await browser.LogInAsync(await browser.OpenAsync(await idp.Flow().AddressAsync(default)), userName);

        Assert.NotNull((await browser.OpenAsync(await idp.Flow().AddressAsync(default, ("acr_values", acrValues))))["code"]);
    }
}
