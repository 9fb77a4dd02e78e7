using IdJagBroker.Protocol.Jws;
using System.Net;
using System.Net.Sockets;

using IdJagBroker.McpAuthorization.Tests.Support;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

using Microsoft.Extensions.Logging;

namespace IdJagBroker.McpAuthorization.Tests.ResourceServer;

/// <summary>What an MCP server says of itself, and where its keys come from when its authorization server is another process.</summary>
public sealed class McpResourceServersTests(LoopbackBroker broker) : IClassFixture<LoopbackBroker>
{
    [Theory, InlineData("/.well-known/oauth-protected-resource/v1/mcp"), InlineData("/.well-known/oauth-protected-resource")]
    [Trait("Spec", "RS-01"), Trait("Spec", "RS-02"), Trait("Spec", "RS-03"), Trait("Spec", "RS-04"), Trait("Spec", "RS-05"), Trait("Spec", "RS-06"), Trait("Spec", "META-17")]
    public async Task Publishes_its_metadata(string path)
    {
        await using var ras = await Ras.StartAsync(broker, new RasSetup { Mcp = options => (options.Scopes, options.ResourceName) = (["tickets:read"], "Trackr MCP") });
        var answer = await Answer.ReadAsync(await ras.Http.GetAsync(new Uri(path, UriKind.Relative)));

        Assert.Equal("""{"resource":"https://mcp.trackr.example/v1/mcp","authorization_servers":["https://as.trackr.example"],"scopes_supported":["tickets:read"],"bearer_methods_supported":["header"],"dpop_signing_alg_values_supported":["ES256","ES384","RS256","PS256"],"resource_name":"Trackr MCP"}""", answer.Body);
        Assert.Equal(("application/json", "public, max-age=300", "*"), (answer.Header("Content-Type"), answer.Header("Cache-Control"), answer.Header("Access-Control-Allow-Origin")));
        Assert.Contains("scope=\"tickets:read\"", (await ras.CallAsync(null, "{}")).Header("WWW-Authenticate"), StringComparison.Ordinal);
    }

    [Fact, Trait("Spec", "RS-19")]
    public async Task Escapes_what_it_puts_between_quotes()
    {
        await using var ras = await Ras.StartAsync(broker, new RasSetup { Mcp = options => options.Resource = "https://mcp.trackr.example/a'b;c,d=e" });
        var challenge = (await ras.CallAsync(null, "{}")).Response.Headers.WwwAuthenticate.First();

        Assert.Equal("Bearer", challenge.Scheme);
        Assert.EndsWith("resource_metadata=\"https://mcp.trackr.example/.well-known/oauth-protected-resource/a'b;c,d=e\"", challenge.Parameter, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Guards_two_servers_in_one_application_each_with_its_own_tokens()
    {
        const string second = "https://mcp.trackr.example/v2/mcp";
        await using var ras = await Ras.StartAsync(broker, new RasSetup
        {
            Build = server => server.Services.AddMcpResourceServer(options =>
            {
                (options.Resource, options.AuthorizationServer) = (second, Ras.Issuer);
                options.AllowTool("tickets.list");
            }),
            Map = app => app.MapPost("/v2/mcp", () => "v2").RequireMcpAuthorization(second),
            Guards = Ras.Resource,
        });
        var token = ras.AccessToken();
        Task<Answer> Send(string path) => ras.CallAsync("Bearer " + token.Encode(), Ras.Call("tickets.list"), path: path);

        Assert.Equal((200, 401), ((await Send("/v1/mcp")).Status, (await Send("/v2/mcp")).Status));
        token.Claims["aud"] = second;
        Assert.Equal((401, 200), ((await Send("/v1/mcp")).Status, (await Send("/v2/mcp")).Status));
        Assert.Equal(200, (int)(await ras.Http.GetAsync(new Uri("/.well-known/oauth-protected-resource/v2/mcp", UriKind.Relative))).StatusCode);
        Assert.Equal(404, (int)(await ras.Http.GetAsync(new Uri("/.well-known/oauth-protected-resource", UriKind.Relative))).StatusCode);
    }

    [Fact, Trait("Spec", "RS-10"), Trait("Spec", "SEC-15"), Trait("Spec", "RS-04")]
    public async Task Fetches_the_keys_of_an_authorization_server_in_another_process()
    {
        var port = FreePort();
        var issuer = $"http://127.0.0.1:{port}";
        await using var mcp = await StartMcpAsync(issuer);
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(mcp.Urls.Single()) };

        string token;
        await using (var ras = await Ras.StartAsync(broker, new RasSetup { Port = port, Configure = options => options.Issuer = issuer }))
        {
            var idJag = broker.IdJag();
            idJag.Claims["aud"] = issuer;
            token = (await ras.RedeemAsync(idJag)).AssertIssued().AccessToken;
            Assert.Equal(200, await CallAsync(http, token));
        }
        Assert.Equal(200, await CallAsync(http, token));            // the authorization server is gone, its keys are remembered

        await using var late = await StartMcpAsync(issuer);
        http.Dispose();
        using var other = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var first = new HttpRequestMessage(HttpMethod.Post, late.Urls.Single() + "/v1/mcp");
        first.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token);
        var answer = await other.SendAsync(first);
        Assert.Equal(503, (int)answer.StatusCode);                         // not 401: the client would throw its token away
        Assert.NotNull(answer.Headers.RetryAfter);
    }

    [Fact, Trait("Spec", "META-18")]
    public async Task Never_refuses_a_token_over_a_key_that_was_published_ahead_and_is_kept_after()
    {
        var port = FreePort();
        var issuer = $"http://127.0.0.1:{port}";
        using var next = InProcessSigningKey.CreateEs256();
        using var old = InProcessSigningKey.CreateEs256();
        await using var mcp = await StartMcpAsync(issuer);
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(mcp.Urls.Single()) };
        async Task<string> IssueAsync(InProcessSigningKey signing, InProcessSigningKey published)
        {
            await using var ras = await Ras.StartAsync(broker, new RasSetup
            {
                Port = port,
                Configure = options => { (options.Issuer, options.SigningKey) = (issuer, signing); options.PublishedKeys.Add(published.PublicKey); },
            });
            var idJag = broker.IdJag();
            idJag.Claims["aud"] = issuer;
            var token = (await ras.RedeemAsync(idJag)).AssertIssued().AccessToken;
            if (signing == old) Assert.Equal(200, await CallAsync(http, token));     // the guard reads the key set now, and keeps it
            return token;
        }

        var before = await IssueAsync(signing: old, published: next);
        var after = await IssueAsync(signing: next, published: old);

        // By now the authorization server is gone: nothing but what was published ahead can verify either token.
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => CallAsync(http, i % 2 is 0 ? before : after)));
        Assert.All(answers, status => Assert.Equal(200, status));
    }

    private static async Task<int> CallAsync(HttpClient http, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/mcp") { Content = new StringContent(Ras.Call("tickets.list"), new System.Net.Http.Headers.MediaTypeHeaderValue("application/json")) };
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token);
        using var response = await http.SendAsync(request);
        return (int)response.StatusCode;
    }

    private static async Task<WebApplication> StartMcpAsync(string issuer)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = "Development" });
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddSingleton<TimeProvider>(new ManualClock());
        builder.Services.AddMcpResourceServer(options =>
        {
            (options.Resource, options.AuthorizationServer) = (Ras.Resource, issuer);
            options.RequireScope("tickets.list", "tickets:read");
        });
        var app = builder.Build();
        app.MapMcpResourceServer();
        app.MapPost("/v1/mcp", () => "handled").RequireMcpAuthorization();
        await app.StartAsync();
        return app;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
