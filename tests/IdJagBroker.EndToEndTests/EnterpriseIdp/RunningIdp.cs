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
        IdTokenShape? shape = null, TimeProvider? clock = null, IReadOnlyList<Person>? people = null, JwsAlgorithm? algorithm = null, params IdpClient[] clients)
    {
        var provider = OpenIdProvider.Create(new IdpOptions
        {
            People = people ?? Acme, Clients = [Notes, Other, .. clients], Shape = shape ?? new PlainShape(),
            Clock = clock ?? TimeProvider.System, Algorithm = algorithm ?? JwsAlgorithm.ES256,
        });
        await provider.StartAsync();
        return new RunningIdp(provider);
    }

    public CodeFlow Flow(IdpClient? client = null) =>
        new(Http, Provider.IssuerFor(client ?? Notes), (client ?? Notes).ClientId, (client ?? Notes).Secret, Callback);

    /// <summary>Signs in and gives the code.</summary>
    public async Task<string> CodeAsync(CodeFlow flow, string userName = "ana") =>
        (await Browser.SignInAsync(await flow.AddressAsync(default), Callback, userName, Password, default)).Code!;

    /// <summary>Signs in, verifies the ID Token with the published keys, and gives its header and claims.</summary>
    public async Task<(JsonObject Header, JsonObject Claims)> IdTokenAsync(string userName = "ana", IdpClient? client = null, CodeFlow? flow = null)
    {
        var tokens = await (flow ?? Flow(client)).SignInAsync(Browser, userName, Password, default);
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
