using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.Tests.Admin;
using IdJagBroker.Tests.Clients;
using IdJagBroker.Tests.Storage;

namespace IdJagBroker.Tests.Locks;

/// <summary>
/// A broker with administrators, one of whom (<c>warden</c>) may lock; with a server whose tokens another key signs (wiki), and one whose resources
/// need not be named (shelf).
/// </summary>
public sealed class LocksBroker(BrokerPostgres postgres) : IAsyncLifetime
{
    public const string Shelf = "https://shelf.example";
    public const string ShelfA = "https://a.shelf.example/";
    public const string ShelfB = "https://b.shelf.example/";

    private const string ShelfRule =
        """

          - id: eng-shelf
            effect: allow
            why: Engineers read the shelf
            who: {groups: {anyOf: [engineering]}}
            client: {ids: [agent]}
            grant: {shelf-a: [read], shelf-b: [read]}
        """;

    internal BrokerFixture Broker { get; } = new(postgres);

    internal LockDesk Desk => new(Broker);

    public async ValueTask InitializeAsync() => await StartAsync();

    internal Task StartAsync(Func<string, Task<(string Service, string Sequencer)>>? asRoles = null) =>
        Broker.StartAsync(changeCatalog: Change, policy: TestPolicies.Rules.TrimEnd() + ShelfRule, asRoles: asRoles);

    public ValueTask DisposeAsync() => Broker.DisposeAsync();

    private string Change(string catalog) => AdminDesk.Administrators(Broker)(catalog)
        .Replace("administrators:", $"administrators:\n  warden: {{clientIds: [warden], auth: client_secret, secretHashes: {AdminDesk.HashesIn(catalog)}, scopes: [locks.read, locks.write], role: operator}}", StringComparison.Ordinal)
        .Replace("subject: upstream_sub,", "subject: upstream_sub, algorithm: RS256,", StringComparison.Ordinal)
        .Replace("authorizationServers:", $"authorizationServers:\n  shelf: {{issuer: \"{Shelf}\", clientIds: {{agent: sh-agent}}, resourceParameter: optional}}", StringComparison.Ordinal)
        .Replace("resources:", $"resources:\n  shelf-a: {{as: shelf, uri: \"{ShelfA}\", scopes: [read]}}\n  shelf-b: {{as: shelf, uri: \"{ShelfB}\", scopes: [read]}}", StringComparison.Ordinal);
}

/// <summary>Somebody at <c>/admin/v1/locks</c>, and the requests that are stopped or not.</summary>
internal sealed class LockDesk(BrokerFixture broker)
{
    public const string Reason = "drill, nothing is wrong";

    public static string Instant(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    public static string Body(string kind, string? target, TimeSpan? life = null, string? ticket = null)
    {
        var body = new JsonObject { ["kind"] = kind, ["reason"] = Reason, ["expires_at"] = Instant(DateTimeOffset.UtcNow + (life ?? TimeSpan.FromHours(1))) };
        if (target is not null) body["target"] = target;
        if (ticket is not null) body["ticket"] = ticket;
        return body.ToJsonString();
    }

    public async Task<AdminAnswer> SendAsync(HttpMethod method, string path = "", string? json = null, string? ifMatch = null, string? token = BrokerFixture.ManagementToken, Uri? management = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(management ?? broker.Management, "/admin/v1/locks" + path));
        if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        if (token is not null) request.Headers.Authorization = new("Bearer", token);
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        using var response = await broker.Http.SendAsync(request);
        return new AdminAnswer(
            response.StatusCode, response.Headers.ETag?.ToString(), response.Content.Headers.ContentType?.MediaType,
            response.Headers.CacheControl?.NoStore is true, response.Headers.RetryAfter?.Delta, await response.Content.ReadAsStringAsync());
    }

    public Task<AdminAnswer> GetAsync(string path = "") => SendAsync(HttpMethod.Get, path);

    public Task<AdminAnswer> PostAsync(string json) => SendAsync(HttpMethod.Post, "", json);

    /// <summary>Locks, and gives the lock.</summary>
    public async Task<JsonNode> SetAsync(string kind, string? target, TimeSpan? life = null, string? ticket = null) =>
        (await PostAsync(Body(kind, target, life, ticket))).Is(HttpStatusCode.Created).Body;

    public async Task LiftAsync(JsonNode one) => (await SendAsync(HttpMethod.Delete, $"/{one["id"]}", """{"reason":"it was a drill"}""")).Is(HttpStatusCode.OK);

    /// <summary>Leaves no lock to the next test.</summary>
    public async Task LiftAllAsync()
    {
        foreach (var one in (await GetAsync()).Is(HttpStatusCode.OK).Body["locks"]!.AsArray()) await LiftAsync(one!);
    }

    /// <summary>A token of the warden's.</summary>
    public async Task<string> WardenTokenAsync(string? scope = null) =>
        (string)(await new AdminDesk(broker).AskAsync(("client_id", "warden"), ("scope", scope))).IsGranted().Body!["access_token"]!;

    /// <summary>The refusal's event, which names a lock.</summary>
    public async Task<JsonNode> IsLockedAsync(TokenAnswer answer, JsonNode one)
    {
        answer.IsRefused("access_denied");
        Assert.Equal("not permitted", (string?)answer.Body!["error_description"]);
        var denied = await broker.ExplainAsync(answer);
        Assert.Equal(("idjag.denied", "LOCKED", (string?)one["id"]), ((string?)denied["type"], (string?)denied["reason"], (string?)denied["data"]!["lock"]));
        if ((string?)one["kind"] is not "key") Assert.Null(denied["data"]!["rules"]);      // no rule was asked; which key would sign is known last
        return denied;
    }

    /// <summary>Waits until something holds that others see to, and tells how long that was.</summary>
    public static async Task<TimeSpan> UntilAsync(Func<Task<bool>> holds, int seconds = 15)
    {
        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        while (!await holds())
        {
            Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(seconds), "it did not come about in time");
            await Task.Delay(20);
        }
        return System.Diagnostics.Stopwatch.GetElapsedTime(started);
    }
}
