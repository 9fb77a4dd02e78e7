using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using IdJagBroker.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace IdJagBroker.Tests.Upstreams;

/// <summary>A host on loopback that answers each path as a test says, and remembers what it was asked.</summary>
internal sealed class ProviderHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, Func<HttpContext, Task>> _answers = new();
    private readonly Dictionary<string, ECDsa> _keys = [];

    private ProviderHost(string url, WebApplication app) => (Url, _app) = (url, app);

    public string Url { get; }

    /// <summary>Path and query, authorization, body of every request.</summary>
    public ConcurrentQueue<(string Path, string? Authorization, string Body)> Asked { get; } = new();

    public int CountOf(string part) => Asked.Count(asked => asked.Path.Contains(part, StringComparison.Ordinal));

    public static async Task<ProviderHost> StartAsync()
    {
        var url = $"http://127.0.0.1:{FreePort.Next()}";
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add(url);
        var host = new ProviderHost(url, app);
        app.Run(async http =>
        {
            using var reader = new StreamReader(http.Request.Body);
            host.Asked.Enqueue((http.Request.Path + http.Request.QueryString.Value, http.Request.Headers.Authorization, await reader.ReadToEndAsync()));
            if (host._answers.TryGetValue(http.Request.Path, out var answer)) await answer(http);
            else http.Response.StatusCode = 404;
        });
        await app.StartAsync();
        return host;
    }

    public void On(string path, Func<HttpContext, Task> answer) => _answers[path] = answer;

    public void On(string path, string body, int status = 200, Action<HttpResponse>? headers = null) => On(path, http =>
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        headers?.Invoke(http.Response);
        return http.Response.WriteAsync(body);
    });

    /// <summary>Discovery at <paramref name="path"/> for <paramref name="issuer"/>, and keys by kid, each with the issuer that it names.</summary>
    public void Publish(string path, string issuer, params (string KeyId, string? Issuer)[] keys)
    {
        var jwks = path.TrimEnd('/') + "/jwks";
        On(path.TrimEnd('/') + "/.well-known/openid-configuration", new JsonObject { ["issuer"] = issuer, ["jwks_uri"] = Url + jwks }.ToJsonString());
        On(jwks, new JsonObject { ["keys"] = new JsonArray([.. keys.Select(key => Jwk(key.KeyId, key.Issuer))]) }.ToJsonString());
    }

    public string Sign(string keyId, JsonObject header, JsonObject claims)
    {
        header["alg"] = "ES256";
        header["kid"] = keyId;
        return Jwts.Sign(header, claims, Key(keyId));
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        foreach (var key in _keys.Values) key.Dispose();
    }

    private ECDsa Key(string keyId)
    {
        lock (_keys) return _keys.TryGetValue(keyId, out var key) ? key : _keys[keyId] = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    }

    private JsonObject Jwk(string keyId, string? issuer)
    {
        var jwk = TestIdp.Jwk(Key(keyId), keyId);
        if (issuer is not null) jwk["issuer"] = issuer;
        return jwk;
    }
}
