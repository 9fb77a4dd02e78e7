using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using IdJagBroker.Audit.Mapping;
using IdJagBroker.Audit.Proof;
using IdJagBroker.Egress;
using Microsoft.Extensions.Options;

namespace IdJagBroker.Audit.Webhooks;

/// <summary>What an attempt came to.</summary>
/// <param name="Failure">Null: it was acknowledged.</param>
/// <param name="RetryAfter">What the receiver asked for.</param>
/// <param name="IsGone">The receiver wants nothing any more (410).</param>
internal readonly record struct DeliveryAnswer(string? Failure, TimeSpan? RetryAfter, bool IsGone);

/// <summary>
/// Sends one event: a CloudEvents 1.0 event in structured mode, signed as Standard Webhooks says. One at a time and no batch: a receiver
/// acknowledges what it has, and every CloudEvents receiver must take a single event, while batches are for those that chose to.
/// </summary>
internal sealed class WebhookDelivery(EgressClient egress, WebhookSecrets secrets, LogOrigin log, IOptions<WebhookOptions> options, TimeProvider clock)
{
    private const int MaxAnswerBytes = 64 * 1024;
    private const int MaxFailureChars = 200;

    public Task<DeliveryAnswer> SendAsync(Webhook webhook, LogLine line, CancellationToken ct) => SendAsync(webhook, EnvelopeOf(line), line.Text, ct);

    /// <summary>Sends what is not of the log, to see whether the receiver takes it.</summary>
    public Task<DeliveryAnswer> TestAsync(Webhook webhook, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        return SendAsync(webhook, new CloudEvent(Guid.CreateVersion7(now).ToString(), log.Name, "webhook.test", EventTime.Write(now)), $$"""{"webhook":"{{webhook.Id}}"}""", ct);
    }

    private async Task<DeliveryAnswer> SendAsync(Webhook webhook, CloudEvent envelope, string data, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        using var request = new HttpRequestMessage(HttpMethod.Post, webhook.Url);
        try
        {
            var keys = secrets.Open(webhook, now);
            if (keys.Count is 0) return new("No secret is live.", null, false);     // nothing goes out that the receiver cannot check
            var body = new ArrayBufferWriter<byte>(data.Length + 320);
            envelope.Write(Encoding.UTF8.GetBytes(data), body);
            Fill(request, envelope.Id, body.WrittenSpan.ToArray(), keys, now);
            return Read(await egress.SendAsync(request, new EgressLimits(MaxAnswerBytes, options.Value.Patience, webhook.PrivateNetwork), ct), now);
        }
        catch (HttpRequestException e)
        {
            var message = e.GetBaseException().Message;
            return new(message.Length > MaxFailureChars ? message[..MaxFailureChars] : message, null, false);
        }
        catch (CryptographicException)
        {
            return new("The secrets do not open: is Clients:SecretKey another than when they were made?", null, false);
        }
    }

    private CloudEvent EnvelopeOf(LogLine line) => EventColumns.TryRead(Encoding.UTF8.GetBytes(line.Text), out var columns)
        ? CloudEvent.Of(columns, log)
        : new CloudEvent(line.Id.ToString(), log.Name, line.Type, EventTime.Write(line.RecordedAt));

    private static void Fill(HttpRequestMessage request, string id, byte[] body, IReadOnlyList<byte[]> keys, DateTimeOffset now)
    {
        var timestamp = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        byte[] signed = [.. Encoding.ASCII.GetBytes($"{id}.{timestamp}."), .. body];
        request.Headers.Add("webhook-id", id);
        request.Headers.Add("webhook-timestamp", timestamp);
        request.Headers.Add("webhook-signature", string.Join(' ', keys.Select(key => "v1," + Convert.ToBase64String(HMACSHA256.HashData(key, signed)))));
        request.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/cloudevents+json", "utf-8") } };
    }

    private static DeliveryAnswer Read(EgressResponse response, DateTimeOffset now)
    {
        if ((int)response.Status is >= 200 and < 300) return default;
        var retryAfter = response.Headers.RetryAfter is { } header ? header.Delta ?? header.Date - now : null;
        return new($"HTTP {(int)response.Status}", retryAfter, response.Status is HttpStatusCode.Gone);
    }
}
