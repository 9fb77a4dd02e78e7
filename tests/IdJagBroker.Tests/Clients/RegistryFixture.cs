using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.Clients;
using IdJagBroker.Hosting;
using IdJagBroker.Keys.Providers;
using IdJagBroker.Protocol;
using IdJagBroker.Shared;
using IdJagBroker.Tests.Audit.Catalogue;
using IdJagBroker.Tests.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace IdJagBroker.Tests.Clients;

/// <summary>What the admin API answered.</summary>
internal sealed record AdminAnswer(HttpStatusCode Status, string? ETag, string? ContentType, bool NoStore, TimeSpan? RetryAfter, string Text)
{
    public JsonNode Body => JsonNode.Parse(Text)!;

    public AdminAnswer Is(HttpStatusCode status)
    {
        Assert.True(Status == status, $"{(int)Status}: {Text}");
        return this;
    }

    /// <summary>A problem document (RFC 9457) of this kind, at this member.</summary>
    public void IsProblem(HttpStatusCode status, string code, string? pointer = null)
    {
        Is(status);
        Assert.Equal("application/problem+json", ContentType);
        Assert.Equal(("urn:idjag:problem:" + code, (int)status), ((string?)Body["type"], (int)Body["status"]!));
        Assert.NotEmpty((string)Body["title"]!);
        Assert.Equal(pointer is null ? null : "#" + pointer, (string?)Body["errors"]?[0]!["pointer"]);
    }
}

/// <summary>One running broker of a <see cref="RegistryFixture"/>.</summary>
internal sealed class RegistryBroker(WebApplication app, string listen, Uri management, HttpClient http) : IAsyncDisposable
{
    public IServiceProvider Services => app.Services;

    public Uri Management => management;

    public async Task<AdminAnswer> AdminAsync(HttpMethod method, string path, string? json = null, string? ifMatch = null, string contentType = "application/json")
    {
        var content = json is null ? null : new ByteArrayContent(Encoding.UTF8.GetBytes(json)) { Headers = { { "Content-Type", contentType } } };
        return await AdminAsync(method, path, content, ifMatch);
    }

    public async Task<AdminAnswer> AdminAsync(HttpMethod method, string path, HttpContent? content, string? ifMatch, string token = BrokerFixture.ManagementToken)
    {
        using var request = new HttpRequestMessage(method, new Uri(management, "/admin/v1/" + path)) { Content = content };
        request.Headers.Authorization = new("Bearer", token);
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        using var response = await http.SendAsync(request);
        return new AdminAnswer(
            response.StatusCode, response.Headers.ETag?.ToString(), response.Content.Headers.ContentType?.MediaType,
            response.Headers.CacheControl?.NoStore is true, response.Headers.RetryAfter?.Delta, await response.Content.ReadAsStringAsync());
    }

    public Task<AdminAnswer> GetAsync(string path) => AdminAsync(HttpMethod.Get, path);

    public Task<AdminAnswer> PostAsync(string path, string? json = null, string? ifMatch = null) => AdminAsync(HttpMethod.Post, path, json, ifMatch);

    public Task<AdminAnswer> PutAsync(string path, string json, string? ifMatch) => AdminAsync(HttpMethod.Put, path, json, ifMatch);

    public Task<AdminAnswer> DeleteAsync(string path, string? ifMatch = null) => AdminAsync(HttpMethod.Delete, path, (string?)null, ifMatch);

    /// <summary>The registration's entity tag as it is now.</summary>
    public async Task<string> TagAsync(string alias) => (await GetAsync("clients/" + alias)).Is(HttpStatusCode.OK).ETag!;

    public async Task<TokenAnswer> ExchangeAsync(string idToken, params (string Name, string Value)[] credentials)
    {
        List<KeyValuePair<string, string>> form =
        [
            new("grant_type", GrantType.TokenExchange), new("requested_token_type", TokenType.IdJag), new("audience", TestPolicies.TrackrIssuer),
            new("resource", TestPolicies.Trackr), new("scope", "tickets:read"), new("subject_token", idToken), new("subject_token_type", TokenType.IdToken),
            .. credentials.Select(c => new KeyValuePair<string, string>(c.Name, c.Value)),
        ];
        using var response = await http.PostAsync(new Uri(listen + "/oauth2/token"), new FormUrlEncodedContent(form));
        return new TokenAnswer(response.StatusCode, response.Headers, await response.Content.ReadAsStringAsync());
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }
}

/// <summary>
/// Brokers with one database, one secret key and one issuer, whose catalogue declares clients of the registry: <c>notes</c> and
/// <c>spare</c> with secrets, <c>robot</c> with a key; and <c>filed</c>, which the file owns.
/// </summary>
public sealed class RegistryFixture(BrokerPostgres postgres) : IAsyncLifetime
{
    internal const string FiledId = "filed-id";
    private readonly string _state = Directory.CreateTempSubdirectory("idjag-registry-").FullName;
    private readonly List<RegistryBroker> _replicas = [];
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false });
    private readonly string _secretKey = ClientSecretHash.NewSecret();
    private readonly SharedKeyMaker _keyMaker = new(new RsaPairs());
    private int _started;

    internal string ConnectionString { get; private set; } = "";
    internal string Issuer { get; private set; } = "";
    internal TestIdp Idp { get; private set; } = null!;
    internal string FiledSecret { get; } = ClientSecretHash.NewSecret();
    internal ECDsa Key { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    internal RegistryBroker Broker => _replicas[0];

    public async ValueTask InitializeAsync() => await StartAsync();

    /// <summary>Starts the first broker; the database is one of its own unless given.</summary>
    internal async Task StartAsync(string? connectionString = null, params string[] configuration)
    {
        Idp = await TestIdp.StartAsync();
        ConnectionString = connectionString ?? await postgres.CreateDatabaseAsync();
        await AddReplicaAsync(configuration: configuration);
    }

    /// <summary>One more broker on the same database.</summary>
    internal async Task<RegistryBroker> AddReplicaAsync(string? catalogue = null, params string[] configuration)
    {
        var (publicPort, managementPort) = (FreePort.Next(), FreePort.Next());
        if (Issuer.Length is 0) Issuer = $"http://127.0.0.1:{publicPort}";
        var listen = $"http://127.0.0.1:{publicPort}";
        var management = new Uri($"http://127.0.0.1:{managementPort}");
        var hasher = new ClientSecretHash(_secretKey);
        var state = Directory.CreateDirectory(Path.Combine(_state, $"{++_started}")).FullName;
        var policies = Directory.CreateDirectory(Path.Combine(state, "policies")).FullName;
        await File.WriteAllTextAsync(Path.Combine(policies, "00-catalog.yaml"), catalogue ?? Catalogue());
        await File.WriteAllTextAsync(Path.Combine(policies, "10-rules.yaml"), Rules);
        var app = await BrokerApplication.CreateAsync(
        [
            "--environment", "Development", $"--State={state}", $"--Keys:Directory={Path.Combine(_state, "keys")}", $"--Database:ConnectionString={ConnectionString}",
            $"--Broker:Issuer={Issuer}", $"--Broker:PublicUrl={listen}", $"--Broker:ManagementUrl={management}",
            $"--Broker:Policies={policies}", $"--Clients:SecretKey={_secretKey}", $"--Management:TokenHash={hasher.Hash(BrokerFixture.ManagementToken)}",
            .. BrokerFixture.WithoutHaste, "--Logging:LogLevel:Default=None", .. configuration,
        ], services => services.AddSingleton<KeyMaker>(_keyMaker), default);
        await app.StartAsync();
        _replicas.Add(new RegistryBroker(app, listen, management, _http));
        return _replicas[^1];
    }

    /// <summary>The catalogue that all tests start from.</summary>
    internal string Catalogue() =>
        $$$"""
        apiVersion: broker/v1
        kind: Catalog
        metadata: {name: registry, owner: iam@acme.example}
        idps:
          okta:  {issuer: "{{{Idp.Issuer}}}", groupsClaim: groups, algorithms: [ES256]}
        groups:
          engineering: {idp: okta, id: 00g-eng}
        clients:
          notes: {registration: database, auth: client_secret, trust: internal, subjectTokenAudiences: {okta: [notes-at-okta]}}
          spare: {registration: database, auth: client_secret, subjectTokenAudiences: {okta: [spare-at-okta]}}
          robot: {registration: database, auth: private_key_jwt, subjectTokenAudiences: {okta: [robot-at-okta]}}
          filed: {clientIds: [{{{FiledId}}}], auth: client_secret, secretHashes: ["{{{new ClientSecretHash(_secretKey).Hash(FiledSecret)}}}"], subjectTokenAudiences: {okta: [filed-at-okta]}}
        authorizationServers:
          trackr: {issuer: "{{{TestPolicies.TrackrIssuer}}}", clientIds: {notes: tk-notes, spare: tk-spare, robot: tk-robot, filed: tk-filed}}
        resources:
          trackr-mcp: {as: trackr, uri: "{{{TestPolicies.Trackr}}}", scopes: [tickets:read]}
        """;

    private const string Rules =
        """
        apiVersion: broker/v1
        kind: Policy
        metadata: {name: registry, owner: iam@acme.example}
        rules:
          - id: eng-tickets
            effect: allow
            why: Engineers read tickets
            who: {groups: {anyOf: [engineering]}}
            client: {ids: [notes, spare, robot, filed]}
            grant: {trackr-mcp: [tickets:read]}
        """;

    /// <summary>Removes every registration, past the API.</summary>
    internal Task ClearAsync() => Sql.ExecuteAsync(ConnectionString, "delete from client where alias <> ''; select 1");

    /// <summary>Registers a client anew, with one secret if it takes one.</summary>
    /// <returns>Its id here, and the secret.</returns>
    internal async Task<(string ClientId, string Secret)> RegisterAsync(string alias, bool withSecret = true)
    {
        await Sql.ExecuteAsync(ConnectionString, $"delete from client where alias = '{alias}'; select 1");
        var created = (await Broker.PostAsync("clients", $$"""{"alias":"{{alias}}"}""")).Is(HttpStatusCode.Created);
        if (!withSecret) return ((string)created.Body["client_ids"]![0]!, "");
        var secret = (await Broker.PostAsync($"clients/{alias}/secrets")).Is(HttpStatusCode.Created);
        return ((string)created.Body["client_ids"]![0]!, (string)secret.Body["secret"]!);
    }

    internal Task<TokenAnswer> ExchangeAsync(string clientId, string secret, RegistryBroker? at = null, string alias = "notes") =>
        (at ?? Broker).ExchangeAsync(Idp.IdToken(alias + "-at-okta"), ("client_id", clientId), ("client_secret", secret));

    /// <summary>An exchange by the robot, with an assertion under <paramref name="key"/>.</summary>
    internal Task<TokenAnswer> ExchangeByAssertionAsync(string clientId, ECDsa key, string keyId)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var assertion = Jwts.Sign(
            new JsonObject { ["alg"] = "ES256", ["kid"] = keyId },
            new JsonObject { ["iss"] = clientId, ["sub"] = clientId, ["aud"] = Issuer, ["exp"] = now + 60, ["jti"] = Guid.NewGuid().ToString("N") }, key);
        return Broker.ExchangeAsync(Idp.IdToken("robot-at-okta"), ("client_assertion", assertion), ("client_assertion_type", TokenType.ClientAssertion));
    }

    /// <summary>The audit events of a client, oldest first.</summary>
    internal async Task<List<JsonNode>> EventsAsync(string alias) =>
        [.. (await Broker.GetAsync($"audit/events?client={alias}&limit=1000")).Is(HttpStatusCode.OK).Body["events"]!.AsArray().Reverse().Select(e => e!)];

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in _replicas) await replica.DisposeAsync();
        await Idp.DisposeAsync();
        _http.Dispose();
        Key.Dispose();
        Directory.Delete(_state, recursive: true);
        await EventCatalogue.CheckAsync(ConnectionString);
    }
}
