using System.Net;
using System.Text.Json.Nodes;

namespace IdJagBroker.Tests.Audit;

/// <summary><c>GET /admin/v1/audit/events</c>: filters, pages by key, and the token that it asks for.</summary>
public sealed class SearchEventsTests(BrokerFixture broker) : IClassFixture<BrokerFixture>
{
    private async Task<(HttpStatusCode Status, JsonNode? Body)> GetAsync(string query, string? token = BrokerFixture.ManagementToken, Uri? at = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(at ?? broker.Management, "/admin/v1/audit/events" + query));
        if (token is not null) request.Headers.Authorization = new("Bearer", token);
        using var response = await broker.Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return (response.StatusCode, text.StartsWith('{') ? JsonNode.Parse(text) : null);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("another-token-of-at-least-32-characters")]
    public async Task Asks_for_the_management_token(string? token) => Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync("", token)).Status);

    [Theory]
    [InlineData("Basic")]
    [InlineData("DPoP")]
    [InlineData("bearer", HttpStatusCode.OK)]       // RFC 9110 §11.1: a scheme has no case
    public async Task Takes_the_token_as_a_bearer_token_only_and_lets_nobody_store_an_answer(string scheme, HttpStatusCode status = HttpStatusCode.Unauthorized)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(broker.Management, "/admin/v1/audit/events"));
        request.Headers.Authorization = new(scheme, BrokerFixture.ManagementToken);
        using var response = await broker.Http.SendAsync(request);

        Assert.Equal(status, response.StatusCode);
        Assert.True(response.Headers.CacheControl?.NoStore);
        if (status is HttpStatusCode.Unauthorized) Assert.Equal("Bearer", Assert.Single(response.Headers.WwwAuthenticate).Scheme);
    }

    [Fact]
    public async Task Is_not_on_the_public_port_whatever_the_host_header_says()
    {
        var publicUrl = new Uri(broker.Issuer);
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync("", at: publicUrl)).Status);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(publicUrl, "/admin/v1/audit/events"));
        request.Headers.Host = broker.Management.Authority;
        request.Headers.Authorization = new("Bearer", BrokerFixture.ManagementToken);
        using var response = await broker.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        using var token = await broker.Http.GetAsync(new Uri(broker.Management, "/oauth2/jwks"));
        Assert.Equal(HttpStatusCode.NotFound, token.StatusCode);
    }

    [Fact]
    public async Task Finds_by_client_subject_and_outcome()
    {
        (await broker.Token.ExchangeAsync(("subject_token", broker.Idp.IdToken("agent-at-okta", "00u-bob")))).IsGranted();
        (await broker.Token.ExchangeAsync(("scope", "tickets:admin"))).IsRefused("invalid_scope");
        (await broker.Token.ExchangeByAssertionAsync(broker.Token.Assertion())).IsGranted();

        Assert.All(await broker.AuditAsync("client=editor"), e => Assert.Equal("editor", (string?)e!["client"]));
        Assert.All(await broker.AuditAsync("outcome=denied"), e => Assert.Equal("denied", (string?)e!["outcome"]));
        var bob = Assert.Single(await broker.AuditAsync("subject=okta|00u-bob"))!;
        Assert.Equal((string?)bob["id"], (string?)Assert.Single(await broker.AuditAsync($"subject={bob["subject_key"]}"))!["id"]);
        Assert.Empty(await broker.AuditAsync("subject=okta|nobody"));
        Assert.Empty(await broker.AuditAsync("subject=entra|00u-bob"));
        Assert.Empty(await broker.AuditAsync("client=nobody"));
    }

    [Fact]
    public async Task Pages_by_key_newest_first_without_a_gap_or_a_repeat()
    {
        for (var i = 0; i < 7; i++) (await broker.Token.ExchangeAsync()).IsGranted();
        var all = (await broker.AuditAsync("limit=1000")).Select(e => (long)e!["seq"]!).ToList();

        var paged = new List<long>();
        for (string? before = ""; before is not null;)
        {
            var (_, page) = await GetAsync($"?limit=3{before}");
            paged.AddRange(page!["events"]!.AsArray().Select(e => (long)e!["seq"]!));
            before = page["next"] is { } next ? $"&before={next}" : null;
        }
        Assert.Equal(all, paged);
        Assert.Equal(all.OrderDescending(), all);
    }

    [Theory]
    [InlineData("?limit=0")]
    [InlineData("?limit=1001")]
    [InlineData("?limit=x")]
    [InlineData("?before=x")]
    [InlineData("?outcome=maybe")]
    [InlineData("?decision_id=x")]
    [InlineData("?cleint=agent")]
    [InlineData("?client=a&client=b")]
    [InlineData("?client=%00")]
    public async Task Says_what_is_wrong_with_a_filter(string query)
    {
        var (status, problem) = await GetAsync(query);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.NotEmpty((string)problem!["title"]!);
    }
}
