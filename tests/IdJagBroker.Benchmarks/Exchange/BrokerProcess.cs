using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using IdJagBroker.Clients;
using IdJagBroker.Protocol;
using IdJagBroker.Shared;
using IdJagBroker.Storage;
using IdJagBroker.Storage.PrivateCluster;

namespace IdJagBroker.Benchmarks.Exchange;

/// <summary>A broker as an operator runs it, <c>idjag serve</c>, with an upstream and a catalogue of its own.</summary>
internal sealed class BrokerProcess : IAsyncDisposable
{
    private const string KeyId = "rs-1";
    private readonly ProcessStartInfo _start;
    private Process _process;
    private readonly TestIdp _idp;
    private readonly string _issuer;
    private readonly string _secret;
    private readonly ECDsa _clientKey;
    private readonly string _idToken;
    private readonly string _otherIdToken;

    private BrokerProcess(ProcessStartInfo start, Uri management, TestIdp idp, string issuer, string secret, ECDsa clientKey, RSA upstreamKey)
    {
        (_start, Management, _idp, _issuer, _secret, _clientKey) = (start, management, idp, issuer, secret, clientKey);
        _process = Process.Start(start)!;
        (_idToken, _otherIdToken) = (IdToken(upstreamKey, "agent"), IdToken(upstreamKey, "editor"));
    }

    public int Id => _process.Id;

    public Uri Management { get; }

    public Uri TokenEndpoint => new(_issuer + "/oauth2/token");

    public static async Task<BrokerProcess> StartAsync(PrivatePostgres postgres, params string[] settings)
    {
        await DatabaseSetup.MigrateAsync(postgres.ConnectionString, CancellationToken.None);
        var idp = await TestIdp.StartAsync();
        var upstreamKey = RSA.Create(2048);
        idp.PublishedKeys = [Jwk(upstreamKey)];
        var clientKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (secret, secretKey) = (ClientSecretHash.NewSecret(), ClientSecretHash.NewSecret());
        var state = Directory.CreateTempSubdirectory("idjag-load-").FullName;
        await File.WriteAllTextAsync(Path.Combine(state, "policy.yaml"), Policies(idp, new ClientSecretHash(secretKey).Hash(secret), TestIdp.Jwk(clientKey, "c-1")));
        var (issuer, management) = ($"http://127.0.0.1:{FreePort.Next()}", $"http://127.0.0.1:{FreePort.Next()}");
        var start = new ProcessStartInfo("dotnet",
        [
            "exec", Path.Combine(AppContext.BaseDirectory, "idjag.dll"), "serve", "--environment", "Development", $"--State={state}",
            $"--Database:ConnectionString={postgres.ConnectionString}", $"--Broker:Issuer={issuer}", $"--Broker:PublicUrl={issuer}",
            $"--Broker:ManagementUrl={management}", $"--Broker:Policies={state}", $"--Clients:SecretKey={secretKey}", "--Logging:LogLevel:Default=Error",
            "--RateLimits:AddressPerSecond=100000", "--RateLimits:AddressBurst=100000", "--RateLimits:ClientPerSecond=100000",
            "--RateLimits:ClientBurst=100000", "--RateLimits:SubjectPerSecond=100000", "--RateLimits:SubjectBurst=100000", .. settings,
        ]);
        var broker = new BrokerProcess(start, new Uri(management), idp, issuer, secret, clientKey, upstreamKey);
        await broker.BecomesReadyAsync();
        return broker;
    }

    /// <summary>Ends the process as a power cut does, and starts it again.</summary>
    public async Task KillAndStartAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = Process.Start(_start)!;
        await BecomesReadyAsync();
    }

    private async Task BecomesReadyAsync()
    {
        using var http = new HttpClient();
        for (var tries = 0; tries < 600; tries++)
        {
            try
            {
                if ((await http.GetAsync(new Uri(Management, "/health/ready"))).IsSuccessStatusCode) return;
            }
            catch (HttpRequestException)
            {
                // not listening yet
            }
            await Task.Delay(100);
        }
        throw new InvalidOperationException("The broker is not ready.");
    }

    /// <summary>A token request that authenticates by secret.</summary>
    public byte[] SecretForm() => Form(_idToken, ("client_id", "agent"), ("client_secret", _secret));

    /// <summary>A token request that authenticates by a fresh client assertion.</summary>
    public byte[] AssertionForm()
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var assertion = Jwts.Sign(
            new JsonObject { ["alg"] = "ES256", ["kid"] = "c-1", ["typ"] = JwtType.ClientAuthentication },
            new JsonObject { ["iss"] = "editor", ["sub"] = "editor", ["aud"] = _issuer, ["iat"] = now, ["exp"] = now + 280, ["jti"] = Guid.NewGuid().ToString("N") },
            _clientKey);
        return Form(_otherIdToken, ("client_assertion", assertion), ("client_assertion_type", TokenType.ClientAssertion));
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        await _idp.DisposeAsync();
        _clientKey.Dispose();
    }

    private static byte[] Form(string idToken, params (string Name, string Value)[] credentials) => new FormUrlEncodedContent(
    [
        new("grant_type", GrantType.TokenExchange), new("requested_token_type", TokenType.IdJag), new("audience", "https://as.example"),
        new("resource", "https://mcp.example/mcp"), new("scope", "read write"), new("subject_token", idToken),
        new("subject_token_type", TokenType.IdToken), .. credentials.Select(c => KeyValuePair.Create(c.Name, c.Value)),
    ]).ReadAsByteArrayAsync().Result;

    private string IdToken(RSA key, string audience)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        return Jwts.Sign(
            new JsonObject { ["alg"] = "RS256", ["kid"] = KeyId, ["typ"] = "JWT" },
            new JsonObject
            {
                ["iss"] = _idp.Issuer, ["sub"] = "00u-ana", ["aud"] = audience, ["iat"] = now, ["exp"] = now + 3600, ["auth_time"] = now,
                ["acr"] = "phr", ["amr"] = new JsonArray("hwk", "mfa"), ["groups"] = new JsonArray("g-1", "g-2", "g-3"),
                ["name"] = "Ana Alves", ["email"] = "ana@acme.example", ["email_verified"] = true, ["nonce"] = "n-0S6_WzA2Mj",
            }, key);
    }

    private static JsonObject Jwk(RSA key)
    {
        var parameters = key.ExportParameters(false);
        return new JsonObject
        {
            ["kty"] = "RSA", ["use"] = "sig", ["alg"] = "RS256", ["kid"] = KeyId,
            ["n"] = System.Buffers.Text.Base64Url.EncodeToString(parameters.Modulus!), ["e"] = System.Buffers.Text.Base64Url.EncodeToString(parameters.Exponent!),
        };
    }

    private static string Policies(TestIdp idp, string secretHash, JsonObject jwk) =>
        $$$"""
        apiVersion: broker/v1
        kind: Catalog
        metadata: {name: load, owner: nobody@acme.example}
        idps: {up: {issuer: "{{{idp.Issuer}}}", groupsClaim: groups}}
        groups: {engineering: {idp: up, id: g-2}}
        clients:
          agent:  {clientIds: [agent], auth: client_secret, secretHashes: ["{{{secretHash}}}"], subjectTokenAudiences: {up: [agent]}}
          editor: {clientIds: [editor], auth: private_key_jwt, jwks: {keys: [{{{jwk.ToJsonString()}}}]}, subjectTokenAudiences: {up: [editor]}}
        authorizationServers:
          as: {issuer: "https://as.example", clientIds: {agent: a, editor: e}}
        resources:
          mcp: {as: as, uri: "https://mcp.example/mcp", scopes: [read, write]}
        ---
        apiVersion: broker/v1
        kind: Policy
        metadata: {name: load, owner: nobody@acme.example}
        rules:
          - id: engineers
            effect: allow
            why: The load
            who: {groups: {anyOf: [engineering]}}
            client: {ids: [agent, editor]}
            grant: {mcp: [read, write]}
        """;
}
