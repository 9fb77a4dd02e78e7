using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using IdJagBroker.McpAuthorization;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace IdJagBroker.Benchmarks.Library;

/// <summary>
/// What an MCP vendor pays: one ID-JAG redeemed, with a secret and with <c>private_key_jwt</c>, and one MCP request let through. The endpoints as they are mapped, without the
/// web server before them; on one thread, nothing stored.
/// </summary>
internal static class LibraryLoad
{
    private const string Issuer = "https://as.trackr.example";
    private const string Resource = "https://mcp.trackr.example/v1/mcp";
    private const string Secret = "s+cret-0123456789abcdefghijklmnopqrstuvwxyz";
    private const int Batches = 20;
    private const int PerBatch = 1_000;
    private const int WarmUp = 6_000;

    public static async Task PrintAsync()
    {
        using var signer = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var client = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var broker = new InProcessSigningKey(signer);
        await using var keys = await KeysAsync(broker);
        var trusted = keys.Urls.Single();
        var clientKey = new InProcessSigningKey(client);
        await using var app = Vendor(trusted, clientKey);
        var (token, mcp) = (Endpoint(app, "/token"), Endpoint(app, "/v1/mcp"));
        var (count, now) = (WarmUp + (Batches * PerBatch), DateTimeOffset.UtcNow);

        await MeasureAsync("the request alone", _ => SendAsync(app, static _ => Task.CompletedTask, [1], null));
        string[] idJags = [.. Enumerable.Range(0, count).Select(i => IdJag(broker, trusted, "cl_secret", now, i))];
        string? accessToken = null;
        await MeasureAsync("redeem, secret", i => SendAsync(app, token, Form(idJags[i], $"&client_id=cl_secret&client_secret={Uri.EscapeDataString(Secret)}"), body => accessToken ??= body));
        idJags = [.. Enumerable.Range(0, count).Select(i => IdJag(broker, trusted, "cl_key", now, i))];
        string[] assertions = [.. Enumerable.Range(0, count).Select(i => Assertion(client, clientKey, now, i))];
        await MeasureAsync("redeem, private_key_jwt", i => SendAsync(app, token, Form(idJags[i],
            $"&client_id=cl_key&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion={assertions[i]}"), null));

        var bearer = "Bearer " + System.Text.Json.Nodes.JsonNode.Parse(accessToken!)!["access_token"];
        var call = Encoding.UTF8.GetBytes("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"tickets.list","arguments":{}}}""");
        await MeasureAsync("one access token validated", _ => SendAsync(app, mcp, null, null, bearer));
        await MeasureAsync("one tools/call let through", _ => SendAsync(app, mcp, call, null, bearer));
    }

    private static async Task MeasureAsync(string what, Func<int, Task> work)
    {
        for (var i = 0; i < WarmUp; i++) await work(i);
        var best = double.MaxValue;
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        for (var batch = 0; batch < Batches; batch++)
        {
            var before = Environment.CpuUsage.TotalTime;
            for (var i = 0; i < PerBatch; i++) await work(WarmUp + (batch * PerBatch) + i);
            best = Math.Min(best, (Environment.CpuUsage.TotalTime - before).TotalMicroseconds / PerBatch);
        }
        allocated = (GC.GetTotalAllocatedBytes(precise: true) - allocated) / (Batches * PerBatch);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-28} {best,6:F1} µs CPU, {allocated} B, the request itself included"));
    }

    private static async Task SendAsync(WebApplication app, RequestDelegate endpoint, byte[]? body, Action<string>? read, string? authorization = null)
    {
        await using var scope = app.Services.CreateAsyncScope();
        using var answer = new MemoryStream();
        var http = new DefaultHttpContext { RequestServices = scope.ServiceProvider };
        http.Request.Method = body is null ? "GET" : "POST";
        http.Features.Set<IHttpRequestBodyDetectionFeature>(body is null ? HasBody.No : HasBody.Yes);
        if (body is not null)
        {
            http.Request.ContentType = authorization is null ? "application/x-www-form-urlencoded" : "application/json";
            http.Request.ContentLength = body.Length;
            http.Request.Body = new MemoryStream(body, writable: false);
        }
        if (authorization is not null) http.Request.Headers.Authorization = authorization;
        http.Response.Body = answer;
        await endpoint(http);
        if (http.Response.StatusCode is not 200) throw new InvalidOperationException($"{http.Response.StatusCode}: {Encoding.UTF8.GetString(answer.ToArray())}");
        read?.Invoke(Encoding.UTF8.GetString(answer.ToArray()));
    }

    private static byte[] Form(string idJag, string client) => Encoding.ASCII.GetBytes($"grant_type={Uri.EscapeDataString(GrantType.JwtBearer)}&assertion={idJag}{client}");

    private static string IdJag(InProcessSigningKey key, string issuer, string client, DateTimeOffset now, int number)
    {
        var idJag = new IdJag
        {
            Issuer = issuer, Subject = "7d0c1b52-88f4", Audience = Issuer, ClientId = client, JwtId = $"ij-{client}-{number}", IssuedAt = now, ExpiresAt = now.AddMinutes(10), Resources = [Resource],
            Scope = ScopeSet.Of(["tickets:read", "tickets:comment"]), AuthTime = now.AddMinutes(-5), Acr = "phr", Amr = ["hwk", "mfa"],
        };
        return idJag.TryToJws(key, out var jws) ? jws.SignAsync(default).AsTask().GetAwaiter().GetResult().Reveal() : throw new InvalidOperationException("The ID-JAG is too long.");
    }

    private static string Assertion(ECDsa key, InProcessSigningKey published, DateTimeOffset now, int number)
    {
        var header = $$"""{"alg":"ES256","typ":"client-authentication+jwt","kid":"{{published.PublicKey.KeyId}}"}""";
        return Jwts.Sign(header, $$"""{"iss":"cl_key","sub":"cl_key","aud":"{{Issuer}}","jti":"ca-{{number}}","iat":{{now.ToUnixTimeSeconds()}},"exp":{{now.AddMinutes(4).ToUnixTimeSeconds()}}}""", key);
    }

    private static async Task<WebApplication> KeysAsync(InProcessSigningKey key)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var set = new JsonWebKeySet([key.PublicKey]).ToUtf8();
        app.MapGet("/keys", () => Results.Bytes(set, "application/json"));
        await app.StartAsync();
        return app;
    }

    private static WebApplication Vendor(string trusted, InProcessSigningKey client)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = "Development" });
        builder.Logging.ClearProviders();
        builder.Services.AddIdJagAuthorizationServer(options =>
        {
            (options.Issuer, options.SigningKey) = (Issuer, InProcessSigningKey.CreateEs256());
            options.TrustedIssuers.Add(new TrustedIssuer { Issuer = trusted, JwksUri = trusted + "/keys" });
            options.Resources.Add(new ProtectedResource { Resource = Resource, Scopes = ["tickets:read", "tickets:comment"] });
            options.Clients.Add(new IdJagClient { ClientId = "cl_secret", Secret = Secret });
            options.Clients.Add(new IdJagClient { ClientId = "cl_key", Keys = new JsonWebKeySet([client.PublicKey]) });
        });
        builder.Services.AddMcpResourceServer(options =>
        {
            (options.Resource, options.AuthorizationServer) = (Resource, Issuer);
            options.RequireScope("tickets.list", "tickets:read");
        });
        var app = builder.Build();
        app.MapIdJagAuthorizationServer();
        app.Map("/v1/mcp", static _ => Task.CompletedTask).RequireMcpAuthorization();
        return app;
    }

    private static RequestDelegate Endpoint(WebApplication app, string path) => ((IEndpointRouteBuilder)app).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
        .First(endpoint => endpoint.RoutePattern.RawText == path).RequestDelegate!;

    private sealed record HasBody(bool CanHaveBody) : IHttpRequestBodyDetectionFeature
    {
        public static readonly HasBody Yes = new(true);
        public static readonly HasBody No = new(false);
    }
}
