using System.Net;
using IdJagBroker.Demo.Walk;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace IdJagBroker.EndToEndTests.Walk;

/// <summary>The scripted browser and the client's side of the code flow, against a provider that misbehaves.</summary>
public sealed class BrowserTests : IAsyncLifetime
{
    private static readonly Uri Callback = new("http://127.0.0.1:9/callback");
    private readonly HttpClient _http = new();
    private WebApplication _app = null!;
    private Func<HttpRequest, string> _answer = _ => "";
    private string _idToken = "", _metadata = "";

    private string Issuer => _app.Urls.First();

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddRoutingCore();
        _app = builder.Build();
        _app.MapGet("/.well-known/openid-configuration", () => Results.Text(
            $$"""{"issuer":"{{Issuer}}","authorization_endpoint":"{{Issuer}}/authorize","token_endpoint":"{{Issuer}}/token"{{_metadata}}}""", "application/json"));
        _app.MapGet("/authorize", (HttpRequest request) => Results.Redirect(_answer(request)));
        _app.MapPost("/token", () => Results.Text($$"""{"id_token":"{{_idToken}}","token_type":"Bearer"}""", "application/json"));
        await _app.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
    }

    [Theory]
    [InlineData("", "", true)]
    [InlineData("changed", "", false)]
    [InlineData("", "/other", false)]
    public async Task Takes_only_the_answer_to_its_own_sign_in(string stateSuffix, string issuerSuffix, bool taken)
    {
        _answer = request => $"{Callback}?code=c&state={request.Query["state"]}{stateSuffix}&iss={Uri.EscapeDataString(Issuer + issuerSuffix)}";
        using var browser = new Browser();
        var flow = Flow();
        _idToken = IdToken(("iss", Issuer), ("aud", "app"), ("nonce", flow.Nonce));
        var signIn = flow.SignInAsync(browser, "ana", "password", default);

        if (taken) Assert.Equal(_idToken, (await signIn).IdToken);
        else await Assert.ThrowsAsync<SignInFailedException>(() => signIn);
    }

    [Theory]
    [InlineData("iss")]
    [InlineData("aud")]
    [InlineData("nonce")]
    public async Task Takes_only_the_ID_Token_of_its_own_sign_in(string other)
    {
        _answer = request => $"{Callback}?code=c&state={request.Query["state"]}";
        using var browser = new Browser();
        var flow = Flow();
        _idToken = IdToken([.. new[] { ("iss", Issuer), ("aud", "app"), ("nonce", flow.Nonce) }.Select(claim => claim.Item1 == other ? (other, "another") : claim)]);
        await Assert.ThrowsAsync<SignInFailedException>(() => flow.SignInAsync(browser, "ana", "password", default));
    }

    [Fact]
    public async Task Does_not_take_an_answer_that_names_no_issuer_where_answers_do()
    {
        _metadata = ",\"authorization_response_iss_parameter_supported\":true";
        _answer = request => $"{Callback}?code=c&state={request.Query["state"]}";
        using var browser = new Browser();
        var flow = Flow();
        _idToken = IdToken(("iss", Issuer), ("aud", "app"), ("nonce", flow.Nonce));
        await Assert.ThrowsAsync<SignInFailedException>(() => flow.SignInAsync(browser, "ana", "password", default));
    }

    [Fact]
    public async Task Tells_the_error_that_the_provider_answered_with()
    {
        _answer = request => $"{Callback}?error=access_denied&state={request.Query["state"]}";
        using var browser = new Browser();
        var refusal = await Assert.ThrowsAsync<SignInFailedException>(
            () => Flow().SignInAsync(browser, "ana", "password", default));
        Assert.Equal("access_denied", refusal.Message);
    }

    [Theory]
    [InlineData("http://192.0.2.1/callback", "away from this machine")]
    [InlineData("/authorize", "in circles")]
    public async Task Does_not_follow_a_provider_anywhere(string location, string reason)
    {
        _answer = _ => location;
        using var browser = new Browser();
        var refusal = await Assert.ThrowsAsync<SignInFailedException>(
            () => browser.SignInAsync(new Uri(Issuer + "/authorize"), Callback, "ana", "password", default));
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refuses_the_discovery_document_of_another_issuer()
    {
        await Assert.ThrowsAsync<System.Text.Json.JsonException>(
            () => new CodeFlow(_http, Issuer + "/", "app", "secret", Callback).AddressAsync(default));
    }

    private CodeFlow Flow() => new(_http, Issuer, "app", "secret", Callback);

    private static string IdToken(params (string Name, string Value)[] claims) =>
        $"e30.{System.Buffers.Text.Base64Url.EncodeToString(System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(claims.ToDictionary(claim => claim.Name, claim => claim.Value)))}.e30";
}
