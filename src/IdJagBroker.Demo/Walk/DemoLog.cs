using System.Text.Json.Nodes;

namespace IdJagBroker.Demo.Walk;

/// <summary>What an auditor sees: the broker's log, asked at its management port.</summary>
internal sealed class DemoLog(DemoWorld world, HttpClient http)
{
    /// <summary>Any question below <c>/admin/v1/audit/</c>.</summary>
    public async Task<JsonNode> AskAsync(string what, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{world.At.Management}/admin/v1/audit/{what}");
        request.Headers.Authorization = new("Bearer", world.ManagementToken);
        using var response = await http.SendAsync(request, ct);
        return JsonNode.Parse(await response.Content.ReadAsStringAsync(ct))!;
    }

    /// <summary>The events of a query, newest first.</summary>
    /// <exception cref="WalkFailedException">The question was refused.</exception>
    public async Task<IReadOnlyList<JsonNode>> EventsAsync(string query, CancellationToken ct)
    {
        var answer = await AskAsync($"events?{query}", ct);
        return answer["events"] is JsonArray rows ? [.. rows.Select(row => row!)] : throw new WalkFailedException($"the log answered {answer["title"]}");
    }
}
