using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.McpAuthorization.ResourceServer;
using IdJagBroker.Protocol.Jws;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace IdJagBroker.McpAuthorization.Tests.Support;

/// <summary>What a test asks of its server; everything has the worked example's values unless set.</summary>
public sealed class RasSetup
{
    public Action<IdJagAuthorizationServerOptions> Configure { get; init; } = _ => { };
    public Action<TrustedIssuer> Trust { get; init; } = _ => { };
    public Action<IdJagAuthorizationServerBuilder> Build { get; init; } = _ => { };
    public Action<McpResourceServerOptions> Mcp { get; init; } = _ => { };
    public Action<WebApplication> Map { get; init; } = _ => { };
    public string Environment { get; init; } = "Development";
    public int Port { get; init; }
    public string? Guards { get; init; }
}

/// <summary>The worked example's authorization server and MCP server in one process, on a loopback port.</summary>
public sealed class Ras : IAsyncDisposable
{
    public const string Issuer = "https://as.trackr.example";
    public const string Resource = "https://mcp.trackr.example/v1/mcp";
    public const string Client = "cl_7hQ2notes";
    public const string Secret = "s+cret/9:%41-0123456789abcdefghijklmnopq";
    public const string OtherClient = "cl_other";
    public const string OtherSecret = "another-secret-0123456789abcdefghijklmno";

    private readonly WebApplication _app;
    private int _handled;

    private Ras(LoopbackBroker broker, RasSetup setup)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = setup.Environment });
        builder.Logging.ClearProviders().AddProvider(new Recorder(Logs)).SetMinimumLevel(LogLevel.Trace);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, setup.Port));
        builder.Services.AddSingleton<TimeProvider>(Clock);
        setup.Build(builder.Services.AddIdJagAuthorizationServer(options =>
        {
            options.Issuer = Issuer;
            options.SigningKey = new InProcessSigningKey(Key);
            var trust = new TrustedIssuer { Issuer = broker.Issuer };
            setup.Trust(trust);
            options.TrustedIssuers.Add(trust);
            options.Resources.Add(new ProtectedResource { Resource = Resource, Scopes = ["tickets:read", "tickets:comment", "tickets:admin"] });
            options.Clients.Add(new IdJagClient { ClientId = Client, Secret = Secret });
            options.Clients.Add(new IdJagClient { ClientId = OtherClient, Secrets = [OtherSecret] });
            setup.Configure(options);
        }));
        builder.Services.AddMcpResourceServer(options =>
        {
            options.Resource = Resource;
            options.AuthorizationServer = Issuer;
            options.RequireScope("tickets.list", "tickets:read").RequireScope("tickets.comment", "tickets:read", "tickets:comment")
                .RequireScope("tickets.purge", "tickets:admin").AllowTool("ping").ScopeIncludes("tickets:admin", "tickets:comment")
                .ScopeIncludes("tickets:comment", "tickets:read");
            setup.Mcp(options);
        });
        _app = builder.Build();
        _app.MapIdJagAuthorizationServer();
        _app.MapMcpResourceServer();
        _app.Map("/v1/mcp", Handle).RequireMcpAuthorization(setup.Guards);
        setup.Map(_app);
    }

    public ManualClock Clock { get; } = new();
    public ECDsa Key { get; } = Keys.P256();
    public ConcurrentQueue<string> Logs { get; } = [];
    public HttpClient Http { get; private set; } = null!;

    /// <summary>How many requests came through to the MCP handler.</summary>
    public int Handled => _handled;

    public static async Task<Ras> StartAsync(LoopbackBroker broker, RasSetup? setup = null)
    {
        var ras = new Ras(broker, setup ?? new RasSetup());
        await ras._app.StartAsync();
        ras.Http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false }) { BaseAddress = new Uri(ras._app.Urls.Single()) };
        return ras;
    }

    /// <summary>Redeems with HTTP Basic, form-encoded as RFC 6749 has it.</summary>
    public Task<Answer> RedeemAsync(Draft idJag, params (string Name, string Value)[] more) => RedeemAsync(idJag.Encode(), more);

    public Task<Answer> RedeemAsync(string assertion, params (string Name, string Value)[] more) =>
        SendAsync(Basic(Client, Secret), [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", assertion), .. more]);

    /// <summary>The same with a DPoP proof, by whichever grant.</summary>
    public Task<Answer> RedeemAsync(Draft idJag, Draft? proof, string grant = "jwt-bearer") => RedeemAsync(idJag.Encode(), proof?.Encode(), grant);

    public Task<Answer> RedeemAsync(string idJag, string? proof, string grant = "jwt-bearer") => SendAsync(
        Basic(Client, Secret), [("grant_type", "urn:ietf:params:oauth:grant-type:" + grant), ("assertion", idJag)],
        request => { if (proof is not null) request.Headers.TryAddWithoutValidation("DPoP", proof); });

    public async Task<Answer> SendAsync(string? authorization, (string Name, string Value)[] form, Action<HttpRequestMessage>? spoil = null, string path = "/token")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        request.Content = new FormUrlEncodedContent(form.Select(pair => KeyValuePair.Create(pair.Name, pair.Value)));
        if (authorization is not null) request.Headers.TryAddWithoutValidation("Authorization", authorization);
        spoil?.Invoke(request);
        return await Answer.ReadAsync(await Http.SendAsync(request));
    }

    public static string Basic(string id, string secret, bool encode = true) => "Basic " + Convert.ToBase64String(
        Encoding.UTF8.GetBytes(encode ? $"{WebUtility.UrlEncode(id)}:{WebUtility.UrlEncode(secret)}" : $"{id}:{secret}"));

    /// <summary>A perfect access token, to be spoiled.</summary>
    public Draft AccessToken(string scope = "tickets:read", ECDsa? key = null)
    {
        var iat = Clock.GetUtcNow().ToUnixTimeSeconds();
        using var jwk = System.Text.Json.JsonDocument.Parse(Keys.Jwk(Key, null).ToJsonString());
        return new Draft(key ?? Key, new JsonObject { ["alg"] = "ES256", ["typ"] = "at+jwt", ["kid"] = JsonWebKey.TryRead(jwk.RootElement)!.Thumbprint },
            new JsonObject
            {
                ["iss"] = Issuer, ["sub"] = "trk_4821", ["aud"] = Resource, ["client_id"] = Client, ["iat"] = iat, ["exp"] = iat + 600,
                ["jti"] = "at-1", ["scope"] = scope,
            });
    }

    public async Task<Answer> CallAsync(string? authorization, string body, Action<HttpRequestMessage>? spoil = null, string path = "/v1/mcp")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        request.Content = new StringContent(body, new MediaTypeHeaderValue("application/json"));
        if (authorization is not null) request.Headers.TryAddWithoutValidation("Authorization", authorization);
        spoil?.Invoke(request);
        return await Answer.ReadAsync(await Http.SendAsync(request));
    }

    public Task<Answer> CallToolAsync(Draft token, string tool) => CallAsync("Bearer " + token.Encode(), Call(tool));

    /// <summary>Calls as the holder of a bound token does.</summary>
    public Task<Answer> CallToolAsync(string token, string? proof, string tool = "tickets.list", string scheme = "DPoP") => CallAsync(
        $"{scheme} {token}", Call(tool), request => { if (proof is not null) request.Headers.TryAddWithoutValidation("DPoP", proof); });

    public static string Call(string tool) =>
        new JsonObject { ["jsonrpc"] = "2.0", ["id"] = 1, ["method"] = "tools/call", ["params"] = new JsonObject { ["name"] = tool } }.ToJsonString();

    /// <summary>What the application has, as a vendor's code would take it.</summary>
    public T Service<T>() where T : notnull => _app.Services.GetRequiredService<T>();

    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Http?.Dispose();
        await _app.DisposeAsync();
    }

    // Stands for an MCP server: tells who calls, and what body it was given to read.
    private async Task Handle(HttpContext http)
    {
        Interlocked.Increment(ref _handled);
        using var reader = new StreamReader(http.Request.Body);
        var seen = new JsonObject { ["body"] = await reader.ReadToEndAsync(), ["name"] = http.User.Identity!.Name, ["authorization"] = http.Request.Headers.Authorization.Count };
        (seen["scheme"], seen["proofs"]) = (http.User.Identity.AuthenticationType, http.Request.Headers["DPoP"].Count);
        foreach (var claims in http.User.Claims.GroupBy(claim => claim.Type)) seen[claims.Key] = string.Join(' ', claims.Select(claim => claim.Value));
        await http.Response.WriteAsync(seen.ToJsonString());
    }

    private sealed class Recorder(ConcurrentQueue<string> logs) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
        public bool IsEnabled(LogLevel logLevel) => true;
        public void Log<TState>(LogLevel level, EventId id, TState state, Exception? e, Func<TState, Exception?, string> format) =>
            logs.Enqueue($"{id.Id} {format(state, e)} {e}");
        public void Dispose() { }
    }
}
