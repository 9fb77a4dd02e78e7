using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.Audit;
using Microsoft.Extensions.DependencyInjection;

namespace IdJagBroker.Tests.Audit.Webhooks;

/// <summary>An administrator of webhooks, and somebody who makes events happen.</summary>
internal sealed class WebhookDesk(BrokerFixture broker)
{
    /// <summary>What tests make happen.</summary>
    public const string Type = "test.happened";

    public async Task<(HttpStatusCode Status, JsonNode? Body, string? ETag)> SendAsync(HttpMethod method, string path, string? json = null, string? ifMatch = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(broker.Management, "/admin/v1/audit/webhooks" + path));
        request.Headers.Authorization = new("Bearer", BrokerFixture.ManagementToken);
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        using var response = await broker.Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return (response.StatusCode, text.Length is 0 ? null : JsonNode.Parse(text), response.Headers.ETag?.ToString());
    }

    /// <summary>Registers an endpoint for what tests make happen.</summary>
    public async Task<(string Id, byte[] Key)> RegisterAsync(string url, string more = "\"types\":[\"test.*\"]")
    {
        var (status, body, _) = await SendAsync(HttpMethod.Post, "", $$"""{"url":"{{url}}",{{more}}}""");
        Assert.True(status is HttpStatusCode.Created, body?.ToJsonString());
        return ((string)body!["webhook"]!["id"]!, Convert.FromBase64String(((string)body["secret"]!)["whsec_".Length..]));
    }

    public async Task HappenAsync(int count, string prefix = "", string type = Type, string? client = null, AuditOutcome outcome = AuditOutcome.Ok)
    {
        var inbox = broker.Services.GetRequiredService<AuditInbox>();
        for (var i = 0; i < count; i++)
        {
            var now = DateTimeOffset.UnixEpoch.AddSeconds(i);
            await inbox.AppendAsync(new AuditEvent { Id = Guid.CreateVersion7(), OccurredAt = now, Type = type, Outcome = outcome, Client = client, ActorKey = "test", ActorSession = prefix + i }, []);
        }
    }

    public async Task<JsonNode> StatusAsync(string id, Func<JsonNode, bool> until)
    {
        for (var i = 0; i < 1_200; i++)
        {
            var (_, body, _) = await SendAsync(HttpMethod.Get, "/" + id);
            if (until(body!)) return body!;
            await Task.Delay(25);
        }
        throw new TimeoutException("The webhook did not come to be as expected.");
    }
}
