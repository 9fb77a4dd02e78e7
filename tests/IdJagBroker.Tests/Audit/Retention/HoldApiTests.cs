using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.Tests.Storage;

namespace IdJagBroker.Tests.Audit.Retention;

/// <summary>Legal holds at the admin API.</summary>
public sealed class HoldApiTests(BrokerPostgres postgres) : IAsyncLifetime
{
    private readonly BrokerFixture _broker = new(postgres);

    public ValueTask InitializeAsync() => _broker.InitializeAsync();

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    [Fact]
    public async Task Are_placed_and_lifted_with_a_reason_that_stays_on_record()
    {
        const string hold = """{"month":"2026-11","reason":"case 12"}""";
        Assert.Equal(HttpStatusCode.Created, (await SendAsync(HttpMethod.Post, hold)).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await SendAsync(HttpMethod.Post, hold)).Status);
        var listed = Assert.Single((await SendAsync(HttpMethod.Get)).Body!["holds"]!.AsArray())!;
        Assert.Equal(("2026-11", "case 12", "management-token"), ((string?)listed["month"], (string?)listed["reason"], (string?)listed["placed_by"]));

        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync(HttpMethod.Delete, """{"month":"2026-11","reason":"closed"}""")).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await SendAsync(HttpMethod.Delete, hold)).Status);
        Assert.Empty((await SendAsync(HttpMethod.Get)).Body!["holds"]!.AsArray());
        Assert.Equal("log.hold_placed case 12, log.hold_lifted closed",
            await Sql.ScalarAsync<string>(_broker.ConnectionString, $"select string_agg(type || ' ' || (data ->> 'reason'), ', ' order by e ->> 'occurred_at') from {Sql.Log} where type like 'log.hold%'"));
    }

    [Theory]
    [InlineData("""{"month":"2026-11"}""", "/reason")]
    [InlineData("""{"reason":"a"}""", "/month")]
    [InlineData("""{"month":"2026-13","reason":"a"}""", "/month")]
    [InlineData("""{"month":"2026_11","reason":"a"}""", "/month")]
    [InlineData("""{"month":"2026-11","reason":""}""", "/reason")]
    public async Task Say_what_is_wrong(string body, string pointer)
    {
        var (status, answer) = await SendAsync(HttpMethod.Post, body);
        Assert.Equal((HttpStatusCode.BadRequest, "#" + pointer), (status, (string?)answer!["errors"]![0]!["pointer"]));
    }

    private async Task<(HttpStatusCode Status, JsonNode? Body)> SendAsync(HttpMethod method, string? body = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(_broker.Management, "/admin/v1/audit/holds"));
        request.Headers.Authorization = new("Bearer", BrokerFixture.ManagementToken);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await _broker.Http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return (answer.StatusCode, text.Length > 0 ? JsonNode.Parse(text) : null);
    }
}
