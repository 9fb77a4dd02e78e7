using System.Security.Cryptography;
using System.Text.Json.Nodes;
using IdJagBroker.Clients;
using IdJagBroker.Hosting;
using IdJagBroker.Keys.Providers;
using IdJagBroker.Shared;
using IdJagBroker.Tests.Audit.Catalogue;
using IdJagBroker.Tests.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace IdJagBroker.Tests;

/// <summary>
/// The whole broker on real ports with a real database and a real upstream, and the catalogue that its tests speak of. What a test
/// class needs otherwise (another policy, catalogue or configuration, a service of its own) it gives to <see cref="StartAsync"/>.
/// </summary>
public sealed class BrokerFixture(BrokerPostgres postgres) : IAsyncLifetime
{
    internal const string AgentId = "notes-agent";
    internal const string EditorId = "editor";
    internal const string ManagementToken = "a-management-token-that-only-tests-know";
    /// <summary>Tests ask faster than people do; those of the limits set their own.</summary>
    internal static readonly string[] WithoutHaste =
    [
        "--RateLimits:AddressPerSecond=100000", "--RateLimits:AddressBurst=100000", "--RateLimits:ClientPerSecond=100000",
        "--RateLimits:ClientBurst=100000", "--RateLimits:SubjectPerSecond=100000", "--RateLimits:SubjectBurst=100000",
        "--RateLimits:ReceiptsPerSecond=100000", "--RateLimits:ReceiptsBurst=100000",
    ];

    private readonly string _state = Directory.CreateTempSubdirectory("idjag-test-").FullName;
    private string[] _arguments = [];
    private Action<IServiceCollection> _plugIn = _ => { };
    private WebApplication? _app;
    private bool _started;

    internal string ConnectionString { get; private set; } = "";
    internal string Issuer { get; private set; } = "";
    internal TestIdp Idp { get; private set; } = null!;
    internal TestIdp Entra { get; private set; } = null!;
    internal HttpClient Http { get; } = new(new SocketsHttpHandler { AllowAutoRedirect = false });
    internal Uri Management { get; private set; } = null!;
    internal string Secret { get; } = ClientSecretHash.NewSecret();

    /// <summary>The agent's other secret, from before a rotation, with every character that form encoding changes.</summary>
    internal string OldSecret { get; } = "old+secret/with:odd%2Bchars&=" + ClientSecretHash.NewSecret();
    internal ECDsa ClientKey { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    internal RsaPairs RsaPairs { get; init; } = new();
    internal IServiceProvider Services => _app!.Services;
    internal string State => _state;
    internal TokenClient Token => new(this);

    public async ValueTask InitializeAsync() => await StartAsync();

    internal async Task StartAsync(
        string[]? extraConfiguration = null, string? policy = null, string path = "", Func<string, string>? changeCatalog = null, Action<IServiceCollection>? plugIn = null,
        Func<string, Task<(string Service, string Sequencer)>>? asRoles = null)
    {
        (Idp, Entra) = (await TestIdp.StartAsync(), await TestIdp.StartAsync());
        ConnectionString = await postgres.CreateDatabaseAsync();
        var (service, sequencer) = asRoles is null ? (ConnectionString, "") : await asRoles(ConnectionString);
        var (publicPort, managementPort) = (FreePort.Next(), FreePort.Next());
        Issuer = $"http://127.0.0.1:{publicPort}{path}";
        Management = new Uri($"http://127.0.0.1:{managementPort}");
        var secretKey = ClientSecretHash.NewSecret();
        var hasher = new ClientSecretHash(secretKey);

        var policies = Directory.CreateDirectory(Path.Combine(_state, "policies")).FullName;
        await File.WriteAllTextAsync(Path.Combine(policies, "00-catalog.yaml"), (changeCatalog ?? (text => text))(TestPolicies.Catalog(this, hasher.Hash(Secret), hasher.Hash(OldSecret))));
        await File.WriteAllTextAsync(Path.Combine(policies, "10-rules.yaml"), policy ?? TestPolicies.Rules);
        _arguments =
        [
            "--environment", "Development", $"--State={_state}", $"--Database:ConnectionString={service}", $"--Database:Sequencer={sequencer}",
            $"--Broker:Issuer={Issuer}", $"--Broker:PublicUrl=http://127.0.0.1:{publicPort}", $"--Broker:ManagementUrl={Management}",
            $"--Broker:Policies={policies}", $"--Clients:SecretKey={secretKey}", $"--Management:TokenHash={hasher.Hash(ManagementToken)}",
            .. WithoutHaste,
            "--Logging:LogLevel:Default=None", .. extraConfiguration ?? [],
        ];
        _plugIn = services =>
        {
            services.AddSingleton<KeyMaker>(new SharedKeyMaker(RsaPairs));
            plugIn?.Invoke(services);
        };
        _app = await BrokerApplication.CreateAsync(_arguments, _plugIn, default);
        await _app.StartAsync();
        _started = true;
    }

    /// <summary>One more process of the same broker: its database, keys, policies and issuer, on ports of its own.</summary>
    internal async Task<Replica> StartReplicaAsync()
    {
        var (url, management) = ($"http://127.0.0.1:{FreePort.Next()}", $"http://127.0.0.1:{FreePort.Next()}");
        var app = await BrokerApplication.CreateAsync([.. _arguments, $"--Broker:PublicUrl={url}", $"--Broker:ManagementUrl={management}"], _plugIn, default);
        await app.StartAsync();
        return new Replica(app, url, new Uri(management));
    }

    /// <summary>An ID Token that the agent may present, about Ana of engineering.</summary>
    internal string IdToken(Action<JsonObject, JsonObject>? change = null) => Idp.IdToken("agent-at-okta", change: change);

    internal async Task<JsonArray> AuditAsync(string query)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Management, "/admin/v1/audit/events?" + query));
        request.Headers.Authorization = new("Bearer", ManagementToken);
        using var response = await Http.SendAsync(request);
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, body);
        return JsonNode.Parse(body)!["events"]!.AsArray();
    }

    /// <summary>What the management port says of its readiness.</summary>
    internal async Task<string> ReadinessAsync(Uri? management = null)
    {
        using var ready = await Http.GetAsync(new Uri(management ?? Management, "/health/ready"));
        return await ready.Content.ReadAsStringAsync();
    }

    /// <summary>The audit event of the refusal that a client was told of.</summary>
    internal async Task<JsonNode> ExplainAsync(TokenAnswer answer) => answer.Body!["decision_id"] is { } decision
        ? Assert.Single(await AuditAsync($"decision_id={decision}"))!
        : Assert.Single(await AuditAsync("outcome=denied&limit=1"))!;       // who did not prove who it is hears of no record

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            if (_started) await _app.StopAsync();
            await _app.DisposeAsync();
        }
        await Idp.DisposeAsync();
        await Entra.DisposeAsync();
        Http.Dispose();
        ClientKey.Dispose();
        Directory.Delete(_state, recursive: true);
        await EventCatalogue.CheckAsync(ConnectionString);      // whatever these tests were about
    }
}

/// <summary>A second process of a broker, as far as requests can tell.</summary>
internal sealed class Replica(WebApplication app, string url, Uri management) : IAsyncDisposable
{
    /// <summary>Where it listens; its issuer is the other's.</summary>
    public string Url { get; } = url;

    public Uri Management { get; } = management;

    public IServiceProvider Services => app.Services;

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }
}
