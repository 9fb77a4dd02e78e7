using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.Tests.Clients;
using IdJagBroker.Tests.Storage;

namespace IdJagBroker.Tests.Keys.Control;

/// <summary>An operator at <c>/admin/v1/keys</c> of a broker, who can also look into its database.</summary>
internal sealed class KeyAdmin(BrokerFixture broker)
{
    public Task<AdminAnswer> GetAsync(string path = "") => SendAsync(HttpMethod.Get, path, null, null);

    public Task<AdminAnswer> PostAsync(string path, string? json = null, string? ifMatch = null) => SendAsync(HttpMethod.Post, path, json, ifMatch);

    /// <summary>The keys for ID-JAGs in a state, newest first.</summary>
    public async Task<List<JsonNode>> KeysAsync(string state, string algorithm = "ES256") =>
        [.. (await GetAsync("?state=" + state)).Is(HttpStatusCode.OK).Body["keys"]!.AsArray().Select(key => key!).Where(key => (string?)key["purpose"] is "id_jag" && (string?)key["algorithm"] == algorithm)];

    /// <summary>The kid of the one key that signs ID-JAGs.</summary>
    public async Task<string> ActiveAsync(string algorithm = "ES256") => (string)Assert.Single(await KeysAsync("active", algorithm))["kid"]!;

    public async Task<string?> StateAsync(string kid) => (string?)(await GetAsync("/" + kid)).Is(HttpStatusCode.OK).Body["key"]!["state"];

    public async Task<string> TagAsync(string kid) => (await GetAsync("/" + kid)).Is(HttpStatusCode.OK).ETag!;

    /// <summary>The kids of the JWKS at some broker.</summary>
    public async Task<List<string>> PublishedAsync(string at) =>
        [.. JsonNode.Parse(await broker.Http.GetStringAsync(new Uri(at + "/oauth2/jwks")))!["keys"]!.AsArray().Select(key => (string)key!["kid"]!)];

    /// <summary>The types of a key's events, oldest first.</summary>
    public async Task<List<string>> EventsAsync(string kid) =>
        [.. (await broker.AuditAsync("limit=1000&type=key.*")).Reverse().Where(e => (string?)e!["kid"] == kid && ((string)e["type"]!).StartsWith("key.", StringComparison.Ordinal)).Select(e => (string)e!["type"]!)];

    /// <summary>A replica that runs and hears nothing, until it is silenced.</summary>
    public Task AddDeafReplicaAsync(int silentForSeconds = -3600) => Sql.ExecuteAsync(broker.ConnectionString,
        $"insert into replica (node, kids, seen_at) values ('deaf', '{{}}', clock_timestamp() - interval '{silentForSeconds} s') returning 1");

    public Task RemoveDeafReplicaAsync() => Sql.ExecuteAsync(broker.ConnectionString, "delete from replica where node = 'deaf' returning 1");

    /// <summary>Waits until something holds that others see to.</summary>
    public static async Task<TimeSpan> UntilAsync(Func<Task<bool>> holds, int seconds = 15)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await holds())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(seconds), "it did not come about in time");
            await Task.Delay(50);
        }
        return Stopwatch.GetElapsedTime(started);
    }

    private async Task<AdminAnswer> SendAsync(HttpMethod method, string path, string? json, string? ifMatch)
    {
        using var request = new HttpRequestMessage(method, new Uri(broker.Management, "/admin/v1/keys" + path));
        if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        request.Headers.Authorization = new("Bearer", BrokerFixture.ManagementToken);
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        using var response = await broker.Http.SendAsync(request);
        return new AdminAnswer(
            response.StatusCode, response.Headers.ETag?.ToString(), response.Content.Headers.ContentType?.MediaType,
            response.Headers.CacheControl?.NoStore is true, response.Headers.RetryAfter?.Delta, await response.Content.ReadAsStringAsync());
    }
}
