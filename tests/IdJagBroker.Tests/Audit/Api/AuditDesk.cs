using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Npgsql;

namespace IdJagBroker.Tests.Audit.Api;

/// <summary>What an auditor's program sends, and what it is told.</summary>
internal sealed class AuditDesk(BrokerFixture broker)
{
    private static readonly System.Text.Json.JsonSerializerOptions Plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public async Task<AuditAnswer> GetAsync(string path, string? accept = null, (string Name, string Value)? header = null)
    {
        using var response = await OpenAsync(path, accept, header);
        return new AuditAnswer(response.StatusCode, await response.Content.ReadAsByteArrayAsync(), response);
    }

    /// <summary>The same, as soon as it begins.</summary>
    public async Task<HttpResponseMessage> OpenAsync(string path, string? accept = null, (string Name, string Value)? header = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path.StartsWith('/') ? new Uri(broker.Management, path) : new Uri(broker.Management, "/admin/v1/audit/" + path));
        request.Headers.Authorization = new("Bearer", BrokerFixture.ManagementToken);
        if (accept is not null) request.Headers.TryAddWithoutValidation("Accept", accept);
        if (header is var (name, value)) request.Headers.TryAddWithoutValidation(name, value);
        return await broker.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    /// <summary>The numbers of what a search finds.</summary>
    public async Task<List<long>> SeqsAsync(string query) => [.. (await GetAsync("events?limit=1000&" + query)).Is(HttpStatusCode.OK).Events.Select(e => (long)e["seq"]!)];

    /// <summary>Commits an event as the broker would, and waits until it has its place.</summary>
    public async Task WriteAsync(params IEnumerable<JsonObject> events)
    {
        await using var connection = new NpgsqlConnection(broker.ConnectionString);
        await connection.OpenAsync();
        foreach (var e in events)
        {
            await using var command = new NpgsqlCommand("insert into audit_inbox (event) values ($1)", connection);
            command.Parameters.Add(new() { Value = e.ToJsonString(Plain) });
            await command.ExecuteNonQueryAsync();
        }
        await using var waiting = new NpgsqlCommand("select exists (select from audit_inbox)", connection);
        var since = System.Diagnostics.Stopwatch.StartNew();
        while (await waiting.ExecuteScalarAsync() is true)
        {
            Assert.True(since.Elapsed < TimeSpan.FromMinutes(1), "the events get no place in the log");
            await Task.Delay(20);
        }
    }

    public static JsonObject Event(string type, string outcome = "ok", Action<JsonObject>? change = null)
    {
        var e = new JsonObject
        {
            ["actor"] = new JsonObject { ["kind"] = "system", ["key"] = "test" }, ["data"] = new JsonObject(), ["id"] = Guid.CreateVersion7().ToString(), ["node"] = "n",
            ["occurred_at"] = "2026-11-28T10:00:00.000000Z", ["outcome"] = outcome, ["schema"] = "audit/1", ["type"] = type, ["v"] = 1,
        };
        change?.Invoke(e);
        return new JsonObject(e.OrderBy(member => member.Key, StringComparer.Ordinal).Select(member => KeyValuePair.Create(member.Key, member.Value?.DeepClone())));
    }
}

/// <summary>An answer of the audit API.</summary>
internal sealed record AuditAnswer(HttpStatusCode Status, byte[] Bytes, HttpResponseMessage Response)
{
    public string Text => Encoding.UTF8.GetString(Bytes);

    public JsonNode Body => JsonNode.Parse(Text)!;

    public IEnumerable<JsonNode> Events => Body["events"]!.AsArray().Select(e => e!);

    public string? Next => (string?)Body["next"];

    public string ContentType => Response.Content.Headers.ContentType!.ToString();

    public AuditAnswer Is(HttpStatusCode status)
    {
        Assert.True(status == Status, $"{Status}: {Text}");
        return this;
    }

    /// <summary>That it is a problem of this kind, at this place.</summary>
    public void IsRefused(HttpStatusCode status, string code, string? parameter = null, int? column = null)
    {
        Is(status);
        Assert.Equal("application/problem+json", Response.Content.Headers.ContentType!.MediaType);
        Assert.Equal("urn:idjag:problem:" + code, (string?)Body["type"]);
        Assert.Equal(parameter, (string?)Body["position"]?["parameter"]);
        if (column is not null) Assert.Equal((1, column), ((int)Body["position"]!["line"]!, (int)Body["position"]!["column"]!));
    }
}
