using System.Text.Json.Nodes;
using IdJagBroker.Clients;
using IdJagBroker.Hosting;
using IdJagBroker.Keys;
using IdJagBroker.Keys.Life;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace IdJagBroker.EndToEndTests.Rotation;

/// <summary>Two brokers of one issuer, on one database and with the drill's clock, and their upstream.</summary>
internal sealed class DrillBrokers : IAsyncDisposable
{
    private const int Brokers = 2;

    private readonly string _state = Directory.CreateTempSubdirectory("idjag-drill-").FullName;
    private readonly string _secret = ClientSecretHash.NewSecret();
    private readonly List<WebApplication> _apps = [];
    private readonly HttpClient _http = new();
    private readonly TestIdp _idp;
    private readonly TimeProvider _clock;
    private volatile string _idToken = "";

    private DrillBrokers(TestIdp idp, TimeProvider clock) => (_idp, _clock) = (idp, clock);

    /// <summary>Where each listens; the first one's address is the issuer.</summary>
    public IReadOnlyList<string> Urls { get; } = [.. Enumerable.Range(0, Brokers).Select(_ => $"http://127.0.0.1:{FreePort.Next()}")];

    public string Issuer => Urls[0];

    public KeyTable Table => _apps[0].Services.GetRequiredService<KeyTable>();

    /// <param name="plugIn">Registers what a drill changes in the brokers.</param>
    public static async Task<DrillBrokers> StartAsync(string connectionString, TimeProvider clock, Action<IServiceCollection>? plugIn)
    {
        var brokers = new DrillBrokers(await TestIdp.StartAsync(), clock);
        var secretKey = ClientSecretHash.NewSecret();
        var policies = Directory.CreateDirectory(Path.Combine(brokers._state, "policies")).FullName;
        await File.WriteAllTextAsync(Path.Combine(policies, "policy.yaml"), Policies(brokers._idp, new ClientSecretHash(secretKey).Hash(brokers._secret)));
        foreach (var url in brokers.Urls)
        {
            var app = await BrokerApplication.CreateAsync(
            [
                "--environment", "Development", $"--State={brokers._state}", $"--Database:ConnectionString={connectionString}", $"--Broker:Issuer={brokers.Issuer}",
                $"--Broker:PublicUrl={url}", $"--Broker:ManagementUrl=http://127.0.0.1:{FreePort.Next()}", $"--Broker:Policies={policies}", $"--Clients:SecretKey={secretKey}",
                "--Keys:PublishAhead=00:15:00", "--Logging:LogLevel:Default=None",      // no shorter one is taken
                .. ((string[])["Address", "Client", "Subject"]).SelectMany(of => (string[])[$"--RateLimits:{of}PerSecond=100000", $"--RateLimits:{of}Burst=100000"]),
            ],
            services =>
            {
                services.AddSingleton(clock);
                plugIn?.Invoke(services);
            }, default);
            brokers._apps.Add(app);
            await app.StartAsync();
        }
        brokers.SignIn();
        return brokers;
    }

    /// <summary>A new ID Token for what is issued from here on.</summary>
    public void SignIn()
    {
        var now = _clock.GetUtcNow().ToUnixTimeSeconds();
        _idToken = _idp.IdToken("agent", change: (_, claims) => (claims["iat"], claims["auth_time"], claims["exp"]) = (now, now, now + 3600));
    }

    /// <summary>An ID-JAG of one of the brokers.</summary>
    public async Task<string> IssueAsync(int broker, CancellationToken ct)
    {
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = GrantType.TokenExchange, ["requested_token_type"] = TokenType.IdJag, ["audience"] = "https://as.example", ["resource"] = "https://mcp.example/mcp",
            ["scope"] = "read", ["subject_token"] = _idToken, ["subject_token_type"] = TokenType.IdToken, ["client_id"] = "agent", ["client_secret"] = _secret,
        });
        using var response = await _http.PostAsync(new Uri(Urls[broker % Brokers] + "/oauth2/token"), form, ct);
        var text = await response.Content.ReadAsStringAsync(ct);
        return response.IsSuccessStatusCode ? (string)JsonNode.Parse(text)!["access_token"]! : throw new InvalidOperationException(text);
    }

    /// <summary>Lets the leader, whoever that is, take the steps that are due now rather than at its next look.</summary>
    public async Task TurnAsync(CancellationToken ct)
    {
        foreach (var app in _apps) await app.Services.GetRequiredService<KeyKeeper>().TurnAsync(ct);
    }

    /// <summary>The key that signs ID-JAGs, if all brokers agree on it.</summary>
    public string? Signs()
    {
        var kids = _apps.Select(app => app.Services.GetRequiredService<SigningKeyRing>().For(KeyPurpose.IdJag, JwsAlgorithm.ES256).PublicKey.Thumbprint).Distinct().ToList();
        return kids is [var one] ? one : null;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var app in _apps)
        {
            await app.StopAsync();
            await app.DisposeAsync();
        }
        await _idp.DisposeAsync();
        _http.Dispose();
        Directory.Delete(_state, recursive: true);
    }

    private static string Policies(TestIdp idp, string secretHash) =>
        $$$"""
        apiVersion: broker/v1
        kind: Catalog
        metadata: {name: drill, owner: nobody@acme.example}
        idps: {up: {issuer: "{{{idp.Issuer}}}", groupsClaim: groups}}
        groups: {engineering: {idp: up, id: 00g-eng}}
        clients:
          agent: {clientIds: [agent], auth: client_secret, secretHashes: ["{{{secretHash}}}"], subjectTokenAudiences: {up: [agent]}}
        authorizationServers:
          as: {issuer: "https://as.example", clientIds: {agent: a}}
        resources:
          mcp: {as: as, uri: "https://mcp.example/mcp", scopes: [read]}
        ---
        apiVersion: broker/v1
        kind: Policy
        metadata: {name: drill, owner: nobody@acme.example}
        rules:
          - id: engineers
            effect: allow
            why: The drill
            who: {groups: {anyOf: [engineering]}}
            client: {ids: [agent]}
            grant: {mcp: [read]}
        """;
}
