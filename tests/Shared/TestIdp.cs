using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace IdJagBroker.Shared;

/// <summary>An upstream on loopback: real discovery, real keys over real HTTP, and tokens of any shape.</summary>
internal sealed class TestIdp : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _keyFetches;
    private Tuple<ECDsa, string> _current = Tuple.Create(ECDsa.Create(ECCurve.NamedCurves.nistP256), "up-1");      // one reference: rotated under load

    private TestIdp(string issuer, WebApplication app) => (Issuer, _app) = (issuer, app);

    public string Issuer { get; }

    public ECDsa Key => _current.Item1;

    public string KeyId => _current.Item2;

    /// <summary>What the key set holds; the current key by default.</summary>
    public JsonArray? PublishedKeys { get; set; }

    /// <summary>What discovery says of itself.</summary>
    public string? ClaimedIssuer { get; set; }

    /// <summary>Answers 503 to everything.</summary>
    public bool IsDown { get; set; }

    public int KeyFetches => _keyFetches;

    public static async Task<TestIdp> StartAsync()
    {
        var port = FreePort.Next();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add($"http://127.0.0.1:{port}");
        var idp = new TestIdp($"http://127.0.0.1:{port}", app);
        app.MapGet("/.well-known/openid-configuration", () => idp.IsDown ? Results.StatusCode(503) : Json(new JsonObject
        {
            ["issuer"] = idp.ClaimedIssuer ?? idp.Issuer, ["jwks_uri"] = idp.Issuer + "/jwks",
        }));
        app.MapGet("/jwks", () =>
        {
            if (idp.IsDown) return Results.StatusCode(503);
            Interlocked.Increment(ref idp._keyFetches);
            return Json(new JsonObject { ["keys"] = idp.PublishedKeys?.DeepClone() ?? new JsonArray(Jwk(idp.Key, idp.KeyId)) });
        });
        await app.StartAsync();
        return idp;
    }

    /// <summary>Replaces the key, as an upstream does overnight.</summary>
    public void Rotate(string keyId, ECDsa? key = null) => _current = Tuple.Create(key ?? ECDsa.Create(ECCurve.NamedCurves.nistP256), keyId);

    /// <summary>A good ID Token, with whatever <paramref name="change"/> makes of it.</summary>
    public string IdToken(string audience, string subject = "00u-ana", string[]? groups = null, Action<JsonObject, JsonObject>? change = null, ECDsa? key = null)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var (currentKey, keyId) = _current;
        var header = new JsonObject { ["alg"] = "ES256", ["kid"] = keyId, ["typ"] = "JWT" };
        var claims = new JsonObject
        {
            ["iss"] = Issuer, ["sub"] = subject, ["aud"] = audience, ["iat"] = now - 5, ["exp"] = now + 3600, ["auth_time"] = now - 10,
            ["acr"] = "phr", ["amr"] = new JsonArray("hwk", "mfa"),
            ["groups"] = new JsonArray([.. (groups ?? ["00g-eng"]).Select(g => (JsonNode)g)]),
        };
        change?.Invoke(header, claims);
        return Jwts.Sign(header, claims, key ?? currentKey);
    }

    public static JsonObject Jwk(ECDsa key, string keyId)
    {
        var q = key.ExportParameters(false).Q;
        return new JsonObject
        {
            ["kty"] = "EC", ["crv"] = "P-256", ["use"] = "sig", ["alg"] = "ES256", ["kid"] = keyId,
            ["x"] = System.Buffers.Text.Base64Url.EncodeToString(q.X!), ["y"] = System.Buffers.Text.Base64Url.EncodeToString(q.Y!),
        };
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        Key.Dispose();
    }

    private static IResult Json(JsonObject json) => Results.Content(json.ToJsonString(), "application/json");
}
