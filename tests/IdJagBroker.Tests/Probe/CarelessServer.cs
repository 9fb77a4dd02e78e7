using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using IdJagBroker.Probe;
using IdJagBroker.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace IdJagBroker.Tests.Probe;

/// <summary>
/// An authorization server of somebody else's, written by hand and sharing nothing with ours: it does everything right, but for the one thing that it is told to be careless
/// about, by the id of the check that is to find it.
/// </summary>
internal sealed partial class CarelessServer : IAsyncDisposable
{
    public const string Client = "cl_probe";
    public const string Secret = "a+secret/of:32%characters-at-the-least";
    public const string Resource = "https://mcp.probe-test.example/mcp";

    private readonly WebApplication _app;
    private readonly string _weakness;
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ConcurrentDictionary<string, bool> _used = new(StringComparer.Ordinal);
    private readonly HttpClient _http = new();
    private int _issued;

    private CarelessServer(WebApplication app, string url, string weakness) => (_app, Url, _weakness) = (app, url, weakness);

    public string Url { get; }

    /// <summary>Whom it trusts.</summary>
    public string TrustedIssuer { get; set; } = "";

    public PrivateKey Trusted { get; set; } = null!;

    /// <summary>Another key that it keeps from before, if it is careless with keys.</summary>
    public PrivateKey? Stale { get; set; }

    /// <summary>The public key of its client, for private_key_jwt.</summary>
    public PrivateKey? ClientKey { get; set; }

    public bool SingleUse { get; set; }

    public bool IsPublicAllowed { get; set; }

    /// <summary>Answers in place of everything else, unless it returns false.</summary>
    public Func<HttpContext, Task<bool>> Before { get; set; } = _ => Task.FromResult(false);

    /// <summary>Every request line that came, with its body.</summary>
    public ConcurrentQueue<string> Seen { get; } = [];

    public static async Task<CarelessServer> StartAsync(string weakness = "")
    {
        var url = $"http://127.0.0.1:{FreePort.Next()}";
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, new Uri(url).Port));
        var app = builder.Build();
        var server = new CarelessServer(app, url, weakness);
        app.Run(server.HandleAsync);
        await app.StartAsync();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _http.Dispose();
        _key.Dispose();
    }

    private bool Careless(string id) => _weakness == id;

    private async Task HandleAsync(HttpContext http)
    {
        Seen.Enqueue($"{http.Request.Method} {http.Request.Path}");
        if (await Before(http)) return;
        switch (http.Request.Path.Value)
        {
            case "/.well-known/oauth-authorization-server":
                await (Careless("metadata.published") ? WriteAsync(http, 404, []) : WriteMetadataAsync(http, first: true));
                break;
            case "/.well-known/openid-configuration":
                await (Careless("metadata.all-forms") ? WriteAsync(http, 404, []) : WriteMetadataAsync(http, first: false));
                break;
            case "/jwks":
                await WriteAsync(http, 200, new JsonObject { ["keys"] = new JsonArray(OwnJwk()) });
                break;
            case "/token":
                await HandleTokenAsync(http);
                break;
            default:
                await WriteAsync(http, 404, []);
                break;
        }
    }

    private JsonObject OwnJwk()
    {
        var jwk = TestIdp.Jwk(_key, "as-1");
        if (Careless("metadata.keys")) jwk["d"] = "c2VjcmV0";
        return jwk;
    }

    private Task WriteMetadataAsync(HttpContext http, bool first)
    {
        var json = new JsonObject
        {
            ["issuer"] = Url + (Careless("metadata.issuer") ? "/" : ""), ["authorization_endpoint"] = (Careless("metadata.https") ? "http://as.example" : Url) + "/authorize",
            ["token_endpoint"] = Url + (Careless("metadata.one-voice") && !first ? "/other" : "/token") + (Careless("metadata.token-endpoint") ? "#here" : ""), ["jwks_uri"] = Url + "/jwks",
            ["response_types_supported"] = new JsonArray("code"), ["code_challenge_methods_supported"] = new JsonArray(Careless("metadata.sdk-members") ? "plain" : "S256"),
            ["grant_types_supported"] = new JsonArray(Careless("metadata.grant-types") ? "authorization_code" : "urn:ietf:params:oauth:grant-type:jwt-bearer"),
            ["authorization_grant_profiles_supported"] = new JsonArray("urn:ietf:params:oauth:grant-profile:id-jag"),
            ["token_endpoint_auth_methods_supported"] = Careless("metadata.auth-method-used") ? new JsonArray("private_key_jwt") : new JsonArray("client_secret_basic", "client_secret_post", "private_key_jwt", "none"),
            ["token_endpoint_auth_signing_alg_values_supported"] = new JsonArray("ES256"), ["dpop_signing_alg_values_supported"] = new JsonArray("ES256"),
            ["scopes_supported"] = new JsonArray("tickets:read", "tickets:comment", "tickets:admin"),
        };
        if (Careless("metadata.no-trust-list")) json["trusted_issuers"] = new JsonArray(TrustedIssuer);
        foreach (var (weakness, member) in (ReadOnlySpan<(string, string)>)
            [
                ("metadata.grant-profile", "authorization_grant_profiles_supported"), ("metadata.auth-methods", "token_endpoint_auth_methods_supported"), ("metadata.response-types", "response_types_supported"),
                ("metadata.auth-algorithms", "token_endpoint_auth_signing_alg_values_supported"), ("metadata.dpop-algorithms", "dpop_signing_alg_values_supported"),
            ])
            if (Careless(weakness)) json.Remove(member);
        return WriteAsync(http, 200, json, Careless("metadata.content-type") ? "text/plain" : "application/json");
    }

    private static Task WriteAsync(HttpContext http, int status, JsonObject json, string contentType = "application/json")
    {
        (http.Response.StatusCode, http.Response.ContentType) = (status, contentType);
        return http.Response.WriteAsync(json.ToJsonString());
    }
}
