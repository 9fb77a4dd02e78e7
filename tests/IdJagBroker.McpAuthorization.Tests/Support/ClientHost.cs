using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace IdJagBroker.McpAuthorization.Tests.Support;

/// <summary>A client that publishes its metadata document and its keys on a loopback port, and makes assertions of every kind of fault.</summary>
public sealed class ClientHost : IAsyncLifetime
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, RequestDelegate> _answers = new();
    private readonly ConcurrentQueue<string> _asked = [];

    public ClientHost()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.Run(http =>
        {
            _asked.Enqueue(http.Request.Path);
            if (_answers.TryGetValue(http.Request.Path, out var answer)) return answer(http);
            http.Response.StatusCode = 404;
            return Task.CompletedTask;
        });
    }

    public ECDsa Key { get; } = Keys.P256();
    public string Url { get; private set; } = "";
    public string ClientId => Url + "/client.json";

    public int CountOf(string path) => _asked.Count(asked => asked == path);

    public void On(string path, RequestDelegate answer) => _answers[path] = answer;

    public void On(string path, JsonNode json) => On(path, http => http.Response.WriteAsync(json.ToJsonString()));

    public static JsonObject KeySet(params JsonObject[] keys) => new() { ["keys"] = new JsonArray([.. keys.Select(key => key.DeepClone())]) };

    /// <summary>A perfect document, with its keys in it, to be spoiled.</summary>
    public JsonObject Document(string path = "/client.json", string kid = "ck-1") => new()
    {
        ["client_id"] = Url + path, ["client_name"] = "Notes", ["token_endpoint_auth_method"] = "private_key_jwt", ["jwks"] = KeySet(Keys.Jwk(Key, kid)),
    };

    /// <summary>A perfect client assertion, to be spoiled.</summary>
    public static Draft Assertion(ECDsa key, string clientId, string kid = "ck-1", DateTimeOffset? now = null)
    {
        var iat = (now ?? ManualClock.T0).ToUnixTimeSeconds();
        return new Draft(key, new JsonObject { ["alg"] = "ES256", ["typ"] = "client-authentication+jwt", ["kid"] = kid }, new JsonObject
        {
            ["iss"] = clientId, ["sub"] = clientId, ["aud"] = Ras.Issuer, ["jti"] = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16)), ["iat"] = iat, ["exp"] = iat + 60,
        });
    }

    public async ValueTask InitializeAsync()
    {
        await _app.StartAsync();
        Url = _app.Urls.Single();
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        Key.Dispose();
    }
}
