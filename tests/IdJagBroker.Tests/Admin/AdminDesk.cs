using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.Keys;
using IdJagBroker.Keys.Life;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Shared;
using Microsoft.Extensions.DependencyInjection;

namespace IdJagBroker.Tests.Admin;

/// <summary>A broker whose catalogue has administrators.</summary>
public sealed class AdminFixture(IdJagBroker.Tests.Storage.BrokerPostgres postgres) : IAsyncLifetime
{
    internal BrokerFixture Broker { get; } = new(postgres);

    internal AdminDesk Desk => new(Broker);

    public async ValueTask InitializeAsync() => await Broker.StartAsync(changeCatalog: AdminDesk.Administrators(Broker));

    public ValueTask DisposeAsync() => Broker.DisposeAsync();
}

/// <summary>What came back from the admin API.</summary>
internal sealed record DeskAnswer(HttpStatusCode Status, string Challenge, string? ContentType, string Text)
{
    public JsonNode Body => JsonNode.Parse(Text)!;

    public void IsRefused(HttpStatusCode status, string challenge, string code)
    {
        Assert.Equal((status, challenge, "application/problem+json"), (Status, Challenge, ContentType));
        Assert.Equal("urn:idjag:problem:" + code, (string?)Body["type"]);
    }
}

/// <summary>Administrators at work: they get tokens and use them.</summary>
internal sealed class AdminDesk(BrokerFixture broker)
{
    public const string Siem = "siem-collector";
    public const string Operator = "operator-console";

    /// <summary>Adds to the catalogue: the SIEM, which reads, by secret; the operator, by key; one who left; a client to register.</summary>
    public static Func<string, string> Administrators(BrokerFixture broker) => catalog => catalog.Replace("authorizationServers:",
        $$$"""
          filed: {registration: database, auth: client_secret}
        administrators:
          siem:
            clientIds: [{{{Siem}}}]
            auth: client_secret
            secretHashes: {{{HashesIn(catalog)}}}
            scopes: [audit.read, clients.read]
            role: collector
          operator:
            clientIds: [{{{Operator}}}]
            auth: private_key_jwt
            jwks: {keys: [{{{TestIdp.Jwk(broker.ClientKey, "operator-1").ToJsonString()}}}]}
            scopes: [clients.read, clients.write, keys.read, keys.write]
          left:
            clientIds: [left]
            auth: client_secret
            secretHashes: {{{HashesIn(catalog)}}}
            scopes: [audit.read]
            enabled: false
        authorizationServers:
        """, StringComparison.Ordinal);

    /// <summary>Asks for a token as the SIEM does, with some parameters set to something else, or left out (null).</summary>
    public Task<TokenAnswer> AskAsync(params (string Name, string? Value)[] changes) => broker.Token.SendAsync(Form(changes));

    public List<KeyValuePair<string, string>> Form(params (string Name, string? Value)[] changes) => TokenClient.With(
        [new("grant_type", GrantType.ClientCredentials), new("client_id", Siem), new("client_secret", broker.Secret)], changes);

    /// <summary>The same as the operator, who signs an assertion.</summary>
    public Task<TokenAnswer> AskByAssertionAsync(string assertion, params (string Name, string? Value)[] changes) => broker.Token.SendAsync(TokenClient.With(
        [new("grant_type", GrantType.ClientCredentials), new("client_assertion", assertion), new("client_assertion_type", TokenType.ClientAssertion)], changes));

    public string Assertion() => broker.Token.Assertion((header, claims) => (header["kid"], claims["iss"], claims["sub"]) = ("operator-1", Operator, Operator));

    public async Task<string> SiemTokenAsync(string? scope = null) => (string)(await AskAsync(("scope", scope))).IsGranted().Body!["access_token"]!;

    public async Task<string> OperatorTokenAsync(string? scope = null) =>
        (string)(await AskByAssertionAsync(Assertion(), ("scope", scope))).IsGranted().Body!["access_token"]!;

    /// <summary>A token that the broker's own key of a kind signs, good but for what <paramref name="change"/> makes of it.</summary>
    public async Task<string> SignAsync(Action<JsonObject>? change = null, string type = JwtType.AccessToken, KeyPurpose purpose = KeyPurpose.AccessToken)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var claims = new JsonObject
        {
            ["iss"] = broker.Issuer, ["sub"] = Siem, ["aud"] = broker.Issuer + "/admin", ["client_id"] = Siem, ["scope"] = "audit.read clients.read",
            ["iat"] = now, ["exp"] = now + 300, ["jti"] = Guid.NewGuid().ToString("N"),
        };
        change?.Invoke(claims);
        var key = broker.Services.GetRequiredService<SigningKeyRing>().For(purpose, JwsAlgorithm.ES256);
        var jws = UnsignedJws.Create(key, type, claims, static (claims, json) =>
        {
            foreach (var (name, value) in claims)
            {
                json.WritePropertyName(name);
                value!.WriteTo(json);
            }
        });
        return (await jws.SignAsync(default)).Reveal();
    }

    public Task<DeskAnswer> GetAsync(string path, string? token, Uri? management = null) => SendAsync(HttpMethod.Get, path, token is null ? [] : ["Bearer " + token], management: management);

    public async Task<DeskAnswer> SendAsync(HttpMethod method, string path, string[] authorization, string? json = null, Uri? management = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(management ?? broker.Management, "/admin/v1/" + path));
        if (json is not null) request.Content = new StringContent(json, new MediaTypeHeaderValue("application/json"));
        foreach (var value in authorization) request.Headers.TryAddWithoutValidation("Authorization", value);
        using var response = await broker.Http.SendAsync(request);
        Assert.True(response.Headers.CacheControl?.NoStore, "no-store is missing");
        return new DeskAnswer(response.StatusCode, response.Headers.WwwAuthenticate.ToString(), response.Content.Headers.ContentType?.MediaType, await response.Content.ReadAsStringAsync());
    }

    /// <summary>The status line of what a request with these header lines gets: <see cref="HttpClient"/> would make one of two.</summary>
    public async Task<string> RawAsync(string path, params string[] lines)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(broker.Management.Host, broker.Management.Port);
        using var stream = tcp.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET /admin/v1/{path} HTTP/1.1\r\nHost: {broker.Management.Authority}\r\nConnection: close\r\n{string.Concat(lines.Select(line => line + "\r\n"))}\r\n"));
        using var reader = new StreamReader(stream);
        return await reader.ReadLineAsync() ?? "";
    }

    /// <summary>The events of one type, newest first.</summary>
    public async Task<List<JsonNode>> EventsAsync(string type) =>
        [.. (await broker.AuditAsync("limit=1000")).Where(e => (string?)e!["type"] == type).Select(e => e!)];

    internal static string HashesIn(string catalog)
    {
        const string mark = "secretHashes: ";
        var at = catalog.IndexOf(mark, StringComparison.Ordinal) + mark.Length;
        return catalog[at..catalog.IndexOf('\n', at)].TrimEnd();
    }
}
