using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using IdJagBroker.Revisions;
using Microsoft.Extensions.DependencyInjection;

namespace IdJagBroker.Tests.Revisions;

/// <summary>What the API answered.</summary>
internal sealed record RevisionAnswer(HttpStatusCode Status, string? Tag, string Text)
{
    public JsonNode Body => JsonNode.Parse(Text)!;

    public RevisionAnswer Is(HttpStatusCode status)
    {
        Assert.True(Status == status, $"{(int)Status}: {Text}");
        return this;
    }

    public RevisionAnswer IsRefused(HttpStatusCode status, string code, string? pointer = null)
    {
        Is(status);
        Assert.Equal("urn:idjag:problem:" + code, (string?)Body["type"]);
        if (pointer is not null) Assert.Equal("#" + pointer, (string?)Body["errors"]?[0]?["pointer"]);
        return this;
    }
}

/// <summary>Whoever changes the policy of a broker, by its files or by its API, and looks what becomes of it.</summary>
internal sealed class RevisionDesk(BrokerFixture broker)
{
    public const string Database = "--Policies:Source=database";

    private readonly Dictionary<string, string> _tokens = [];

    public string Folder => Path.Combine(broker.State, "policies");

    /// <summary>The rules of the tests, by which an engineer may comment on tickets; and without that.</summary>
    public static string Rules(bool comment) => comment ? TestPolicies.Rules : TestPolicies.Rules.Replace("[tickets:read, tickets:comment]", "[tickets:read]", StringComparison.Ordinal);

    /// <summary>Adds administrators: ana and bob publish and approve, cal publishes only.</summary>
    public static string Administrators(string catalog)
    {
        const string mark = "secretHashes: ";
        var at = catalog.IndexOf(mark, StringComparison.Ordinal) + mark.Length;
        var hashes = catalog[at..catalog.IndexOf('\n', at)].TrimEnd();
        string Entry(string name, string scopes) => $"  {name}: {{clientIds: [{name}-id], auth: client_secret, secretHashes: {hashes}, scopes: [{scopes}]}}\n";
        return catalog.Replace("authorizationServers:",
            "administrators:\n" + Entry("ana", "policy.read, policy.write, policy.approve") + Entry("bob", "policy.read, policy.write, policy.approve") + Entry("cal", "policy.read, policy.write")
            + "authorizationServers:", StringComparison.Ordinal);
    }

    public Task WriteAsync(string name, string text) => File.WriteAllTextAsync(Path.Combine(Folder, name), text);

    public Task<string> CatalogAsync() => File.ReadAllTextAsync(Path.Combine(Folder, "00-catalog.yaml"));

    /// <summary>The revision of the directory as it is now.</summary>
    public string Revision() => PolicyFiles.Load(Folder, allowLoopbackHttp: true).Snapshot!.Revision;

    /// <summary>Whether an engineer may comment, by what decides now.</summary>
    public async Task<bool> MayCommentAsync(Replica? at = null)
    {
        var answer = await new TokenClient(broker, at?.Url).ExchangeAsync(("scope", "tickets:comment"));
        if (answer.Status is not HttpStatusCode.OK) Assert.Equal("invalid_scope", answer.Error);
        return answer.Status is HttpStatusCode.OK;
    }

    /// <summary>Whether anything is granted at all.</summary>
    public async Task<bool> IsGrantedAsync() => (await new TokenClient(broker).ExchangeAsync()).Status is HttpStatusCode.OK;

    /// <summary>The files of a publication: the directory's, with one replaced.</summary>
    public async Task<JsonArray> FilesAsync(bool comment = true, Func<string, string>? changeCatalog = null) =>
    [
        new JsonObject { ["name"] = "00-catalog.yaml", ["text"] = (changeCatalog ?? (text => text))(await CatalogAsync()) },
        new JsonObject { ["name"] = "10-rules.yaml", ["text"] = Rules(comment) },
    ];

    public async Task<RevisionAnswer> SendAsync(HttpMethod method, string path, JsonNode? body = null, string? ifMatch = null, string? by = null, Uri? at = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(at ?? broker.Management, "/admin/v1/policy" + path));
        request.Headers.Authorization = new("Bearer", by is null ? BrokerFixture.ManagementToken : await TokenAsync(by));
        if (body is not null) request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        using var response = await broker.Http.SendAsync(request);
        return new RevisionAnswer(response.StatusCode, response.Headers.ETag?.ToString(), await response.Content.ReadAsStringAsync());
    }

    public Task<RevisionAnswer> GetAsync(string path = "", string? by = null, Uri? at = null) => SendAsync(HttpMethod.Get, path, by: by, at: at);

    public Task<RevisionAnswer> PostAsync(string path, JsonNode? body, string? ifMatch, string? by = null) => SendAsync(HttpMethod.Post, path, body, ifMatch, by);

    /// <summary>Publishes from what decides now.</summary>
    public async Task<RevisionAnswer> PublishAsync(JsonArray files, string? by = null, string? comment = null) =>
        await PostAsync("/publish", comment is null ? new JsonObject { ["files"] = files } : new JsonObject { ["files"] = files, ["comment"] = comment }, (await GetAsync()).Tag, by);

    /// <summary>Approves as it is now.</summary>
    public async Task<RevisionAnswer> ApproveAsync(long number, string? by = null) => await PostAsync($"/releases/{number}/approve", null, (await GetAsync($"/releases/{number}")).Tag, by);

    /// <summary>The first release of an empty database: the files of the directory, by whoever holds the management token.</summary>
    public async Task SeedAsync()
    {
        (await PublishAsync(await FilesAsync())).Is(HttpStatusCode.Created);
        (await ApproveAsync(1)).Is(HttpStatusCode.OK);
    }

    /// <summary>One more release, published by ana and approved by bob.</summary>
    public async Task<long> ReleaseAsync(bool comment, Func<string, string>? changeCatalog = null)
    {
        var number = (long)(await PublishAsync(await FilesAsync(comment, changeCatalog), "ana")).Is(HttpStatusCode.Created).Body["number"]!;
        (await ApproveAsync(number, "bob")).Is(HttpStatusCode.OK);
        return number;
    }

    /// <summary>The events of policies, oldest first.</summary>
    public async Task<List<JsonNode>> EventsAsync(string type = "policy.*") => [.. (await broker.AuditAsync($"type={type}&limit=1000")).Reverse().Select(e => e!)];

    public async Task<string?> TokenAsync(string administrator)
    {
        if (_tokens.TryGetValue(administrator, out var known)) return known;
        var answer = await broker.Token.SendAsync(
            [new("grant_type", GrantType.ClientCredentials), new("client_id", administrator + "-id"), new("client_secret", broker.Secret)]);
        return _tokens[administrator] = (string)answer.IsGranted().Body!["access_token"]!;
    }

    /// <summary>The gauge of this broker alone: other tests have theirs.</summary>
    public double Gauge(string name)
    {
        Meter[] meters = [broker.Services.GetRequiredService<ReloadStatus>().Meter, broker.Services.GetRequiredService<SourceAge>().Meter];
        var measured = double.NaN;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) => { if (meters.Contains(instrument.Meter) && instrument.Name == name) l.EnableMeasurementEvents(instrument); };
        listener.SetMeasurementEventCallback<int>((_, value, _, _) => measured = value);
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => measured = value);
        listener.Start();
        listener.RecordObservableInstruments();
        return measured;
    }

    public static async Task<TimeSpan> UntilAsync(Func<Task<bool>> holds, int seconds = 10)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await holds())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(seconds), "it did not come about in time");
            await Task.Delay(50);
        }
        return Stopwatch.GetElapsedTime(started);
    }
}
