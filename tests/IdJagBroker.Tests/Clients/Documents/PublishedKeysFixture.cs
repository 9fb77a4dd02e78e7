using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using IdJagBroker.Audit;
using IdJagBroker.Clients.Documents;
using IdJagBroker.Egress;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Shared;
using IdJagBroker.Tests.Upstreams;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace IdJagBroker.Tests.Clients.Documents;

/// <summary>A host that publishes, what fetches from it, a clock that a test moves, and the events that would be recorded.</summary>
internal sealed class PublishedKeysFixture : IAsyncDisposable
{
    private readonly EgressClient _egress = new(allowLoopbackHttp: true);
    private readonly Dictionary<string, ECDsa> _keys = [];

    private PublishedKeysFixture(ProviderHost host)
    {
        Host = host;
        Fetch = new PublishedFetch(_egress, RecordAsync, Clock, new Logger<PublishedFetch>(new LoggerFactory([new Lines(Log)])));
        Published = new PublishedClientKeys(Fetch, new PublishedKeySets(Fetch));
    }

    public ProviderHost Host { get; }

    public ManualClock Clock { get; } = new();

    public PublishedFetch Fetch { get; }

    public PublishedClientKeys Published { get; }

    public LogLines Log { get; } = new();

    public ConcurrentQueue<AuditEvent> Events { get; } = new();

    public bool AuditIsAway { get; set; }

    public static async Task<PublishedKeysFixture> StartAsync() => new(await ProviderHost.StartAsync());

    public ClientDocumentUrl Url(string path = "/client.json")
    {
        Assert.True(ClientDocumentUrl.TryParse(Host.Url + path, out var url));
        return url;
    }

    /// <summary>Publishes a document with these keys in it, or one that says where they are.</summary>
    public void Publish(string path, string[] keyIds, string? jwksUri = null, Action<JsonObject>? change = null, Action<HttpResponse>? headers = null)
    {
        var document = new JsonObject { ["client_id"] = Host.Url + path, ["token_endpoint_auth_method"] = "private_key_jwt" };
        if (jwksUri is null) document["jwks"] = Jwks(keyIds); else document["jwks_uri"] = jwksUri;
        change?.Invoke(document);
        Host.On(path, document.ToJsonString(), headers: headers);
    }

    public void PublishKeys(string path, string[] keyIds, Action<HttpResponse>? headers = null) => Host.On(path, Jwks(keyIds).ToJsonString(), headers: headers);

    public ECDsa Key(string keyId)
    {
        lock (_keys) return _keys.TryGetValue(keyId, out var key) ? key : _keys[keyId] = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    }

    private JsonObject Jwks(string[] keyIds) => new() { ["keys"] = new JsonArray([.. keyIds.Select(id => (JsonNode)TestIdp.Jwk(Key(id), id))]) };

    public async ValueTask DisposeAsync()
    {
        _egress.Dispose();
        await Host.DisposeAsync();
        foreach (var key in _keys.Values) key.Dispose();
    }

    private Task RecordAsync(AuditEvent auditEvent)
    {
        if (AuditIsAway) throw new AuditUnavailableException("away");
        Events.Enqueue(auditEvent);
        return Task.CompletedTask;
    }

    private sealed class Lines(LogLines log) : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) => log;

        public void Dispose()
        {
        }
    }
}

/// <summary>What a document or a key set gave.</summary>
internal static class Given
{
    /// <summary>The names of the keys, or what is said instead.</summary>
    public static async Task<string> NamesAsync(this ValueTask<KeptAnswer<JsonWebKeySet>> asked)
    {
        var (keys, fault) = await asked;
        return keys is null ? "none: " + fault : string.Join(' ', keys.Keys.Select(key => key.KeyId));
    }
}
