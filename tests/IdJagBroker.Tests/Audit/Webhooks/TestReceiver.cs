using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using IdJagBroker.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace IdJagBroker.Tests.Audit.Webhooks;

/// <summary>One request that a receiver got, in the bytes that it got.</summary>
internal sealed record Delivery(string Id, string Timestamp, string[] Signatures, string? ContentType, byte[] Body)
{
    public JsonNode Event => JsonNode.Parse(Body)!;

    public string Type => (string)Event["data"]!["type"]!;

    public string? Session => (string?)Event["data"]!["actor"]!["session"];
}

/// <summary>A receiver of webhooks on loopback, which answers as a test wants.</summary>
internal sealed class TestReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Delivery> _deliveries = new();

    private TestReceiver(WebApplication app, string url) => (_app, Url) = (app, url);

    public string Url { get; }

    /// <summary>The status for a delivery; 204 by default.</summary>
    public Func<Delivery, int> Answer { get; set; } = _ => 204;

    public string? RetryAfter { get; set; }

    public IReadOnlyList<Delivery> Deliveries => [.. _deliveries];

    public static async Task<TestReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var root = $"http://127.0.0.1:{FreePort.Next()}";
        app.Urls.Add(root);
        var receiver = new TestReceiver(app, root + "/hook");
        app.MapPost("/hook", (Delegate)receiver.TakeAsync);
        await app.StartAsync();
        return receiver;
    }

    /// <summary>Waits until so many came, and gives them all.</summary>
    public async Task<IReadOnlyList<Delivery>> WaitAsync(Func<IReadOnlyList<Delivery>, bool> enough)
    {
        for (var i = 0; i < 1_200 && !enough(Deliveries); i++) await Task.Delay(25);
        Assert.True(enough(Deliveries), $"{_deliveries.Count} came: {string.Join(", ", Deliveries.Select(delivery => delivery.Event["type"]))}");
        return Deliveries;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private async Task<IResult> TakeAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        var headers = http.Request.Headers;
        var delivery = new Delivery(headers["webhook-id"]!, headers["webhook-timestamp"]!, headers["webhook-signature"].ToString().Split(' '), http.Request.ContentType, body.ToArray());
        var status = Answer(delivery);
        _deliveries.Enqueue(delivery);
        if (RetryAfter is not null) http.Response.Headers.RetryAfter = RetryAfter;
        return Results.StatusCode(status);
    }
}
