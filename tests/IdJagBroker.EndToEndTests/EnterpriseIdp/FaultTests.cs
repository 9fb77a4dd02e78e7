using System.Net;

namespace IdJagBroker.EndToEndTests.EnterpriseIdp;

/// <summary>The provider fails on demand.</summary>
public sealed class FaultTests
{
    [Fact]
    public async Task One_authorization_request_is_answered_with_an_error()
    {
        await using var idp = await RunningIdp.StartAsync();
        using var browser = new PersonAtBrowser();
        var flow = idp.Flow();
        idp.Provider.FailNextAuthorize("temporarily_unavailable");
        var stranger = await browser.OpenAsync(await flow.AddressAsync(default, ("redirect_uri", "http://127.0.0.1:9/other")));
        var failed = await browser.OpenAsync(await flow.AddressAsync(default));
        var next = await browser.OpenAsync(await flow.AddressAsync(default));

        Assert.Null(stranger.Location);
        Assert.Equal(("temporarily_unavailable", flow.State, idp.Provider.Issuer), (failed["error"], failed["state"], failed["iss"]));
        Assert.NotNull(next.Form);
    }

    [Fact]
    public async Task The_token_endpoint_alone_is_down()
    {
        await using var idp = await RunningIdp.StartAsync();
        var flow = idp.Flow();
        var code = await idp.CodeAsync(flow);
        idp.Provider.TokenEndpointIsDown = true;
        using var body = new FormUrlEncodedContent([]);
        using var response = await idp.Http.PostAsync(idp.Provider.Issuer + "/token", body);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        await idp.JsonAsync(idp.Provider.Issuer + "/keys");
        idp.Provider.TokenEndpointIsDown = false;
        Assert.Null((await flow.RedeemAsync(code, default)).Error);
    }
}
