using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;

namespace IdJagBroker.Tests.Audit.Api;

/// <summary>A reader of server-sent events, as a browser is one: it keeps the last id.</summary>
internal sealed class EventStreamReader : IDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly StreamReader _lines;

    private EventStreamReader(HttpResponseMessage response, Stream body) => (_response, _lines) = (response, new StreamReader(body));

    /// <summary>The id of the last message, with or without data.</summary>
    public long? LastId { get; private set; }

    public int Heartbeats { get; private set; }

    public static async Task<EventStreamReader> OpenAsync(AuditDesk desk, string query = "", string? lastEventId = null)
    {
        var response = await desk.OpenAsync("events/stream?" + query, "text/event-stream", lastEventId is null ? null : ("Last-Event-ID", lastEventId));
        Assert.Equal((HttpStatusCode.OK, "text/event-stream"), (response.StatusCode, response.Content.Headers.ContentType?.ToString()));
        return new EventStreamReader(response, await response.Content.ReadAsStreamAsync());
    }

    /// <summary>The next message; one without data if it is a heartbeat.</summary>
    public async Task<(long? Id, string? Type, JsonNode? Data)> NextAsync(CancellationToken ct)
    {
        long? id = null;
        string? type = null;
        string? data = null;
        while (await _lines.ReadLineAsync(ct) is { } line)
        {
            if (line.Length is 0 && id is null && data is null) continue;       // after "retry"
            if (line.Length is 0) return (LastId = id ?? LastId, type, data is null ? null : JsonNode.Parse(data));
            if (line.StartsWith(": heartbeat", StringComparison.Ordinal)) Heartbeats++;
            else if (line.StartsWith("id: ", StringComparison.Ordinal)) id = long.Parse(line[4..], CultureInfo.InvariantCulture);
            else if (line.StartsWith("event: ", StringComparison.Ordinal)) type = line[7..];
            else if (line.StartsWith("data: ", StringComparison.Ordinal)) data = line[6..];
            else Assert.Equal("retry: 1000", line);
        }
        throw new EndOfStreamException();
    }

    public void Dispose()
    {
        _lines.Dispose();
        _response.Dispose();
    }
}
