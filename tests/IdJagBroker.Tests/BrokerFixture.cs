using System.Security.Cryptography;
using System.Text.Json.Nodes;
using IdJagBroker.Clients;
using IdJagBroker.Hosting;
using IdJagBroker.Shared;
using IdJagBroker.Tests.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace IdJagBroker.Tests;

/// <summary>
/// The whole broker on real ports with a real database and a real upstream, and the catalogue that its tests speak of. What a test
/// class needs otherwise (another policy, another configuration) it gives to <see cref="StartAsync"/>.
/// </summary>
public sealed class BrokerFixture(BrokerPostgres postgres) : IAsyncLifetime
{
    internal const string AgentId = "notes-agent";
    internal const string EditorId = "editor";
    internal const string ManagementToken = "a-management-token-that-only-tests-know";
    private readonly string _state = Directory.CreateTempSubdirectory("idjag-test-").FullName;
    private WebApplication? _app;
    private bool _started;

    internal string ConnectionString { get; private set; } = "";
    internal string Issuer { get; private set; } = "";
    internal TestIdp Idp { get; private set; } = null!;
    internal TestIdp Entra { get; private set; } = null!;
    internal HttpClient Http { get; } = new(new SocketsHttpHandler { AllowAutoRedirect = false });
    internal Uri Management { get; private set; } = null!;
    internal string Secret { get; } = ClientSecretHash.NewSecret();
    internal ECDsa ClientKey { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    internal IServiceProvider Services => _app!.Services;
    internal TokenClient Token => new(this);

    public async ValueTask InitializeAsync() => await StartAsync();

    internal async Task StartAsync(string[]? extraConfiguration = null, string? policy = null, string path = "", Func<string, string>? catalog = null)
    {
        (Idp, Entra) = (await TestIdp.StartAsync(), await TestIdp.StartAsync());
        ConnectionString = await postgres.CreateDatabaseAsync();
        var (publicPort, managementPort) = (FreePort.Next(), FreePort.Next());
        Issuer = $"http://127.0.0.1:{publicPort}{path}";
        Management = new Uri($"http://127.0.0.1:{managementPort}");
        var secretKey = ClientSecretHash.NewSecret();
        var hasher = new ClientSecretHash(secretKey);

        var policies = Directory.CreateDirectory(Path.Combine(_state, "policies")).FullName;
        await File.WriteAllTextAsync(Path.Combine(policies, "00-catalog.yaml"), catalog is null ? TestPolicies.Catalog(this, hasher.Hash(Secret)) : catalog(TestPolicies.Catalog(this, hasher.Hash(Secret))));
        await File.WriteAllTextAsync(Path.Combine(policies, "10-rules.yaml"), policy ?? TestPolicies.Rules);
        _app = await BrokerApplication.CreateAsync(
        [
            "--environment", "Development", $"--State={_state}", $"--Database:ConnectionString={ConnectionString}",
            $"--Broker:Issuer={Issuer}", $"--Broker:PublicUrl=http://127.0.0.1:{publicPort}", $"--Broker:ManagementUrl={Management}",
            $"--Broker:Policies={policies}", $"--Clients:SecretKey={secretKey}", $"--Management:TokenHash={hasher.Hash(ManagementToken)}",
            "--Logging:LogLevel:Default=None", .. extraConfiguration ?? [],
        ]);
        await _app.StartAsync();
        _started = true;
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

    /// <summary>The audit event of the refusal that a client was told of.</summary>
    internal async Task<JsonNode> ExplainAsync(TokenAnswer answer) =>
        Assert.Single(await AuditAsync($"decision_id={answer.Body!["decision_id"]}"))!;

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
    }
}
