using System.Net;
using System.Text.Json.Nodes;
using IdJagBroker.Tests.Storage;

namespace IdJagBroker.Tests.Audit.Webhooks;

/// <summary>Endpoints as administrators register and change them.</summary>
public sealed class WebhookApiTests(BrokerFixture broker) : IClassFixture<BrokerFixture>
{
    private readonly WebhookDesk _desk = new(broker);

    [Theory]
    [InlineData("""{"url":"http://siem.example/hook"}""", "#/url")]
    [InlineData("""{"url":"https://user:pw@siem.example/hook"}""", "#/url")]
    [InlineData("""{"url":"https://siem.example/hook#x"}""", "#/url")]
    [InlineData("""{"url":"file:///etc/passwd"}""", "#/url")]
    [InlineData("""{"url":"https://siem.example/","types":["idjag.*.issued"]}""", "#/types")]
    [InlineData("""{"url":"https://siem.example/","outcomes":["fine"]}""", "#/outcomes")]
    [InlineData("""{"url":"https://siem.example/","clients":[""]}""", "#/clients")]
    [InlineData("""{"url":"https://siem.example/","from_seq":-1}""", "#/from_seq")]
    [InlineData("""{"url":"https://siem.example/","from_seq":9000000}""", "#/from_seq")]
    [InlineData("""{"url":"https://siem.example/","secret":"mine"}""", "#/secret")]
    public async Task What_is_wrong_is_refused_where_it_is(string json, string pointer)
    {
        var (status, body, _) = await _desk.SendAsync(HttpMethod.Post, "", json);
        Assert.Equal((HttpStatusCode.BadRequest, pointer), (status, (string?)body!["errors"]?[0]!["pointer"]));
    }

    [Theory]
    [InlineData("https://169.254.169.254/latest/meta-data", false)]
    [InlineData("https://10.0.0.1/hook", false)]
    [InlineData("https://169.254.169.254/latest/meta-data", true)]
    public async Task Nothing_is_sent_into_a_network_that_is_not_opened(string url, bool privateNetwork)
    {
        var (id, _) = await _desk.RegisterAsync(url, $"\"private_network\":{(privateNetwork ? "true" : "false")},\"enabled\":false");
        var (_, sent, _) = await _desk.SendAsync(HttpMethod.Post, $"/{id}/test");
        Assert.False((bool)sent!["delivered"]!);
        Assert.Contains("no address that may be connected to", (string)sent["failure"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_test_is_sent_at_once()
    {
        await using var receiver = await TestReceiver.StartAsync();
        var (id, _) = await _desk.RegisterAsync(receiver.Url);
        Assert.True((bool)(await _desk.SendAsync(HttpMethod.Post, $"/{id}/test")).Body!["delivered"]!);
        Assert.Equal("idjag-broker.webhook.test", (string)Assert.Single(receiver.Deliveries).Event["type"]!);
    }

    [Fact]
    public async Task A_secret_is_shown_once_and_kept_sealed()
    {
        var (id, key) = await _desk.RegisterAsync("https://siem.example/hook");
        var (_, webhook, _) = await _desk.SendAsync(HttpMethod.Get, "/" + id);
        var row = await Sql.ScalarAsync<string>(broker.ConnectionString, $"select secrets from webhook where id = '{id}'");
        var log = await Sql.ScalarAsync<string>(broker.ConnectionString, $"select string_agg(e::text, '') from {Sql.Log} where data ->> 'webhook' = '{id}'");
        foreach (var text in new[] { webhook!.ToJsonString(), row, log })
        {
            Assert.DoesNotContain(Convert.ToBase64String(key), text, StringComparison.Ordinal);
            Assert.DoesNotContain(System.Buffers.Text.Base64Url.EncodeToString(key), text, StringComparison.Ordinal);
        }
        Assert.DoesNotContain("sealed", webhook.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_edit_needs_the_version_that_it_was_made_from()
    {
        var (id, _) = await _desk.RegisterAsync("https://siem.example/hook");
        var (_, _, tag) = await _desk.SendAsync(HttpMethod.Get, "/" + id);
        const string edit = """{"url":"https://siem.example/other","enabled":false}""";
        Assert.Equal(HttpStatusCode.PreconditionRequired, (await _desk.SendAsync(HttpMethod.Put, "/" + id, edit)).Status);
        var (status, body, next) = await _desk.SendAsync(HttpMethod.Put, "/" + id, edit, tag);
        Assert.Equal((HttpStatusCode.OK, "https://siem.example/other", false), (status, (string?)body!["url"], (bool)body["enabled"]!));
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await _desk.SendAsync(HttpMethod.Put, "/" + id, edit, tag)).Status);
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await _desk.SendAsync(HttpMethod.Delete, "/" + id, null, tag)).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await _desk.SendAsync(HttpMethod.Delete, "/" + id, null, next)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await _desk.SendAsync(HttpMethod.Get, "/" + id)).Status);
    }

    [Fact]
    public async Task Two_secrets_are_live_at_the_most_and_one_at_the_least()
    {
        var (id, _) = await _desk.RegisterAsync("https://siem.example/hook");
        Assert.Equal(HttpStatusCode.Created, (await _desk.SendAsync(HttpMethod.Post, $"/{id}/secrets")).Status);
        Assert.Equal((HttpStatusCode.Conflict, "urn:idjag:problem:two-secrets-live"), Of(await _desk.SendAsync(HttpMethod.Post, $"/{id}/secrets")));
        var secrets = (await _desk.SendAsync(HttpMethod.Get, "/" + id)).Body!["secrets"]!.AsArray().Select(secret => (string)secret!["id"]!).ToList();
        Assert.Equal(HttpStatusCode.OK, (await _desk.SendAsync(HttpMethod.Delete, $"/{id}/secrets/{secrets[0]}")).Status);
        Assert.Equal((HttpStatusCode.NotFound, "urn:idjag:problem:secret-not-found"), Of(await _desk.SendAsync(HttpMethod.Delete, $"/{id}/secrets/{secrets[0]}")));
        Assert.Equal((HttpStatusCode.Conflict, "urn:idjag:problem:last-secret"), Of(await _desk.SendAsync(HttpMethod.Delete, $"/{id}/secrets/{secrets[1]}")));
    }

    [Fact]
    public async Task Each_change_is_an_event_that_says_who_made_it()
    {
        var (id, _) = await _desk.RegisterAsync("https://siem.example/hook");
        var (_, _, tag) = await _desk.SendAsync(HttpMethod.Get, "/" + id);
        await _desk.SendAsync(HttpMethod.Put, "/" + id, """{"url":"https://siem.example/other"}""", tag);
        await _desk.SendAsync(HttpMethod.Post, $"/{id}/secrets");
        var first = (await _desk.SendAsync(HttpMethod.Get, "/" + id)).Body!["secrets"]![0]!["id"];
        await _desk.SendAsync(HttpMethod.Delete, $"/{id}/secrets/{first}");
        await _desk.SendAsync(HttpMethod.Post, $"/{id}/replay", """{"from_seq":0}""");
        await _desk.SendAsync(HttpMethod.Delete, "/" + id);
        var types = await Sql.ScalarAsync<string>(broker.ConnectionString,
            $"select string_agg(type || ' ' || (actor ->> 'key'), ', ' order by e ->> 'id') from {Sql.Log} where data ->> 'webhook' = '{id}'");
        Assert.Equal(
            "webhook.created management-token, webhook.updated management-token, webhook.secret_added management-token, webhook.secret_retired management-token, webhook.replayed management-token, webhook.deleted management-token",
            types);
    }

    private static (HttpStatusCode, string?) Of((HttpStatusCode Status, JsonNode? Body, string? ETag) answer) => (answer.Status, (string?)answer.Body!["type"]);
}
