using System.Buffers.Text;
using System.Text.Json.Nodes;
using IdJagBroker.Demo.EnterpriseIdp;
using IdJagBroker.Demo.EnterpriseIdp.Shapes;
using IdJagBroker.Demo.Walk;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.EndToEndTests.EnterpriseIdp;

/// <summary>A provider that listens on a free port, and what a test does with it as a client would.</summary>
internal sealed class RunningIdp : IAsyncDisposable
{
    public const string Password = "a long demo password";

    public static readonly Uri Callback = new("http://127.0.0.1:9/callback");

    public static readonly IdpClient Notes = new("notes-desktop", "s3cr+t of notes/1", Callback.OriginalString);

    public static readonly IdpClient Other = new("other-app", "another secret", Callback.OriginalString, "http://127.0.0.1:9/second");

    private static readonly IReadOnlyList<Person> Acme = AcmePeople.With(Password);

    private RunningIdp(OpenIdProvider provider) => Provider = provider;

    public OpenIdProvider Provider { get; }

    public HttpClient Http { get; } = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });

    public Browser Browser { get; } = new();

    public static async Task<RunningIdp> StartAsync(
        IdTokenShape? shape = null, TimeProvider? clock = null, IReadOnlyList<Person>? people = null, JwsAlgorithm? algorithm = null, string? baseUrl = null, int port = 0,
        params IdpClient[] clients)
    {
        var provider = OpenIdProvider.Create(new IdpOptions
        {
            People = people ?? Acme, Clients = [Notes, Other, .. clients], Shape = shape ?? new PlainShape(),
            Clock = clock ?? TimeProvider.System, Algorithm = algorithm ?? JwsAlgorithm.ES256, BaseUrl = baseUrl, Port = port,
        });
        await provider.StartAsync();
        return new RunningIdp(provider);
    }

    public CodeFlow Flow(IdpClient? client = null) =>
        new(Http, Provider.IssuerFor(client ?? Notes), (client ?? Notes).ClientId, (client ?? Notes).Secret ?? "", Callback);

    /// <summary>Signs in and gives the code.</summary>
    public async Task<string> CodeAsync(CodeFlow flow, string userName = "ana") =>
        (await Browser.SignInAsync(await flow.AddressAsync(default), Callback, userName, Password, default)).Code!;

    /// <summary>Signs in with a browser that nobody used before, verifies the ID Token with the published keys, and gives its header and claims.</summary>
    public async Task<(JsonObject Header, JsonObject Claims)> IdTokenAsync(string userName = "ana", IdpClient? client = null, CodeFlow? flow = null)
    {
        using var browser = new Browser();
        return await ReadAsync(await (flow ?? Flow(client)).SignInAsync(browser, userName, Password, default), client);
    }

    /// <summary>Signs in with a browser that nobody used before, and gets a refresh token.</summary>
    public async Task<SignInTokens> OfflineAsync(string userName = "ana", IdpClient? client = null)
    {
        using var browser = new PersonAtBrowser();
        var flow = Flow(client);
        var form = await browser.OpenAsync(await flow.AddressAsync(default, ("scope", "openid groups offline_access")));
        return await flow.RedeemAsync((await browser.LogInAsync(form, userName))["code"]!, default);
    }

    /// <summary>Uses a refresh token.</summary>
    public Task<SignInTokens> RefreshAsync(string? refreshToken, IdpClient? client = null, params (string Name, string? Value)[] changes) => Flow(client).RedeemAsync(
        "", default, [("grant_type", "refresh_token"), ("refresh_token", refreshToken), ("code", null), ("redirect_uri", null), ("code_verifier", null), .. changes]);

    /// <summary>Verifies the ID Token with the published keys, and gives its header and claims.</summary>
    public async Task<(JsonObject Header, JsonObject Claims)> ReadAsync(SignInTokens tokens, IdpClient? client = null)
    {
        Assert.Null(tokens.Error);
        Assert.Equal(JwsFailure.None, await VerifyAsync(tokens.IdToken!, client));
        return Read(tokens.IdToken!);
    }

    /// <summary>Verifies with the key set that is published now, by the product's verifier.</summary>
    public async Task<JwsFailure> VerifyAsync(string idToken, IdpClient? client = null)
    {
        var document = await JsonAsync(Provider.IssuerFor(client ?? Notes) + "/.well-known/openid-configuration");
        var keys = JsonWebKeySet.TryParse(await Http.GetByteArrayAsync((string)document["jwks_uri"]!))!;
        Assert.True(CompactJws.TryParse(idToken, 16_384, out var jws, out var failure), failure.ToString());
        using (jws) return JwsVerifier.Verify(jws, keys, JwsAlgorithm.All, out _);
    }

    public async Task<JsonObject> JsonAsync(string address) => JsonNode.Parse(await Http.GetStringAsync(address))!.AsObject();

    public async ValueTask DisposeAsync()
    {
        Browser.Dispose();
        Http.Dispose();
        await Provider.DisposeAsync();
    }

    private static (JsonObject Header, JsonObject Claims) Read(string token)
    {
        var parts = token.Split('.');
        return (Part(parts[0]), Part(parts[1]));

        static JsonObject Part(string part) => JsonNode.Parse(Base64Url.DecodeFromChars(part))!.AsObject();
    }
}
