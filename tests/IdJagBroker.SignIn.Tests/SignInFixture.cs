using System.Text.Json.Nodes;
using IdJagBroker.Protocol;
using IdJagBroker.Shared;
using IdJagBroker.Tests.Storage;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;

namespace IdJagBroker.Tests.SigningIn;

/// <summary>A broker that people sign in at, through providers that answer as a test wants, with a clock that a test moves.</summary>
public sealed class SignInFixture(BrokerPostgres postgres) : IAsyncLifetime
{
    internal const int ApplicationPort = 49152;
    internal const string DeskCallback = "https://desk.example/callback";
    internal const string ToolCallback = "http://127.0.0.1:49152/callback";
    internal static readonly string Verifier = Pkce.NewVerifier();

    internal BrokerFixture Broker { get; } = new(postgres);
    internal TestProvider Provider { get; private set; } = null!;
    internal TestProvider Other { get; private set; } = null!;
    internal TestProvider Keyed { get; private set; } = null!;

    /// <summary>The id of the client that describes itself.</summary>
    internal string DocumentId => Other.Issuer + "/client.json";
    internal SteppedClock Clock { get; } = new();
    internal string Issuer => Broker.Issuer;

    public async ValueTask InitializeAsync()
    {
        (Provider, Other, Keyed) = (await TestProvider.StartAsync(), await TestProvider.StartAsync(), await TestProvider.StartAsync());
        (Provider.Clock, Other.Clock, Keyed.Clock) = (Clock, Clock, Clock);
        await Broker.StartAsync(
            [$"--Upstreams:acme:SignIn:Secret={TestProvider.Secret}", $"--Upstreams:other:SignIn:Secret={TestProvider.Secret}"], Rules, changeCatalog: Add,
            plugIn: services => services.AddSingleton<TimeProvider>(Clock));
    }

    public async ValueTask DisposeAsync()
    {
        await Broker.DisposeAsync();
        await Provider.DisposeAsync();
        await Other.DisposeAsync();
        await Keyed.DisposeAsync();
    }

    /// <summary>A good authorization request of the tool (public, on this computer), with some parameters set to something else, or left out (null).</summary>
    internal string Request(params (string Name, string? Value)[] changes)
    {
        var parameters = new List<KeyValuePair<string, string>>
        {
            new("response_type", "code"), new("client_id", "desk"), new("redirect_uri", DeskCallback), new("scope", "openid profile email"), new("state", "the-state"),
            new("nonce", "the-nonce"), new("code_challenge", Pkce.ChallengeOf(Verifier)), new("code_challenge_method", "S256"),
        };
        return QueryHelpers.AddQueryString(Issuer + "/authorize", TokenClient.With(parameters, changes).Select(one => KeyValuePair.Create(one.Key, (string?)one.Value)));
    }

    internal TestBrowser NewBrowser() => new() { IsApplication = url => url.Port is ApplicationPort or 49999 || url.Host is "desk.example" || url.Scheme is not ("http" or "https") };

    /// <summary>Signs Ana in through the desk, and gives its code.</summary>
    internal async Task<string> CodeAsync(TestBrowser? browser = null, params (string Name, string? Value)[] changes)
    {
        using var own = browser is null ? NewBrowser() : null;
        var landing = await (browser ?? own!).GoAsync(Request(changes));
        Assert.True(landing["code"] is not null, $"{landing.At} {landing.Html}");
        return landing["code"]!;
    }

    /// <summary>The desk redeems a code.</summary>
    internal Task<TokenAnswer> RedeemAsync(string code, params (string Name, string? Value)[] changes) => Broker.Token.SendAsync(TokenClient.With(
    [
        new("grant_type", "authorization_code"), new("code", code), new("redirect_uri", DeskCallback), new("code_verifier", Verifier), new("client_id", "desk"), new("client_secret", Broker.Secret),
    ], changes));

    /// <summary>Signs in, and gives the tokens.</summary>
    internal async Task<JsonObject> TokensAsync(params (string Name, string? Value)[] changes) => (await RedeemAsync(await CodeAsync(null, changes))).IsGranted().Body!;

    /// <summary>The desk uses a refresh token.</summary>
    internal Task<TokenAnswer> RefreshAsync(string refreshToken, params (string Name, string? Value)[] changes) => Broker.Token.SendAsync(TokenClient.With(
        [new("grant_type", "refresh_token"), new("refresh_token", refreshToken), new("client_id", "desk"), new("client_secret", Broker.Secret)], changes));

    /// <summary>The desk exchanges a subject token for an ID-JAG.</summary>
    internal Task<TokenAnswer> ExchangeAsync(string subjectToken, params (string Name, string? Value)[] changes) =>
        Broker.Token.ExchangeAsync([("client_id", "desk"), ("subject_token", subjectToken), .. changes]);

    /// <summary>The newest event of a type.</summary>
    internal async Task<JsonNode> LastAsync(string type) => Assert.Single(await Broker.AuditAsync($"type={type}&limit=1"))!;

    private string Add(string catalog) => catalog
        .Replace("idps:\n", $$$"""
            idps:
              acme:  {issuer: "{{{Provider.Issuer}}}", groupsClaim: groups, algorithms: [ES256], emailDomains: [acme.example], signIn: {clientId: {{{TestProvider.ClientId}}}, name: Acme, scopes: [openid, profile, email, offline_access]}}
              keyed: {issuer: "{{{Keyed.Issuer}}}", groupsClaim: groups, algorithms: [ES256], signIn: {clientId: {{{TestProvider.ClientId}}}, auth: private_key_jwt}}
              other: {issuer: "{{{Other.Issuer}}}", groupsClaim: groups, algorithms: [ES256], signIn: {clientId: {{{TestProvider.ClientId}}}, name: Other & Sons}}

            """, StringComparison.Ordinal)
        .Replace("groups:\n", "groups:\n  acme-eng: {idp: acme, id: 00g-eng}\n  other-eng: {idp: other, id: 00g-eng}\n", StringComparison.Ordinal)
        .Replace("clients:\n", $$$"""
            clients:
              desk: {clientIds: [desk, desk-2], auth: client_secret, secretHashes: ["{{{SecretHashIn(catalog)}}}"], signIn: {name: Desk, redirectUris: ["{{{DeskCallback}}}", "https://desk.example/other"], postLogoutRedirectUris: ["https://desk.example/bye"], idps: [acme]}}
              both: {clientIds: [both], auth: client_secret, secretHashes: ["{{{SecretHashIn(catalog)}}}"], signIn: {name: Both, redirectUris: ["https://desk.example/both"], idps: [acme, other], refreshTokens: false}}
              keys: {clientIds: [keys], auth: client_secret, secretHashes: ["{{{SecretHashIn(catalog)}}}"], signIn: {redirectUris: ["https://desk.example/keys"], idps: [keyed]}}
              described: {registration: metadata_document, documents: ["{{{DocumentId}}}"], auth: none, dpop: optional, signIn: {idps: [acme]}}
              tool: {clientIds: [tool], auth: none, dpop: optional, signIn: {name: "Tool <b>", redirectUris: ["http://127.0.0.1/callback", "com.example.tool:/cb"], idps: [acme]}}

            """, StringComparison.Ordinal)
        .Replace("clientIds: {agent: cl_7hQ2notes,", "clientIds: {keys: cl_keys, desk: cl_desk, both: cl_both, tool: cl_tool, agent: cl_7hQ2notes,", StringComparison.Ordinal);

    private static string SecretHashIn(string catalog) => catalog[(catalog.IndexOf("secretHashes: [\"", StringComparison.Ordinal) + 16)..].Split('"')[0];

    private const string Rules =
        """
        apiVersion: broker/v1
        kind: Policy
        metadata: {name: test, owner: iam@acme.example}
        rules:
          - id: eng-tickets
            effect: allow
            why: Engineers work with tickets
            who: {groups: {anyOf: [acme-eng, other-eng, engineering]}}
            client: {ids: [desk, both, tool, agent]}
            grant: {trackr-mcp: [tickets:read, tickets:comment], trackr-admin: [tickets:read]}
        """;
}

/// <summary>The true time, and as much more as a test wants; what is measured in between takes as long as it takes.</summary>
internal sealed class SteppedClock : TimeProvider
{
    private TimeSpan _ahead;

    public void Advance(TimeSpan by) => _ahead += by;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + _ahead;
}
