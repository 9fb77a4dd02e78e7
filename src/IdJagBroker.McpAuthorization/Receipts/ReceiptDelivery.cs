using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.McpAuthorization.Receipts;

/// <summary>How one attempt to deliver a batch ended.</summary>
/// <param name="IsOver">Whether the batch is taken, or will never be.</param>
/// <param name="Fault">What was wrong, for the log; null if it was taken.</param>
/// <param name="RetryAfter">When the issuer wants to be asked again, if it said so.</param>
internal sealed record DeliveryResult(bool IsOver, string? Fault, TimeSpan? RetryAfter = null);

/// <summary>Delivers batches to one issuer; proves who sends by an assertion of its own for each attempt (RFC 7523 §3).</summary>
/// <param name="trust">The issuer.</param>
/// <param name="server">This authorization server's issuer identifier.</param>
/// <param name="serverKey">The key of its access tokens.</param>
/// <param name="fetch">The way out.</param>
/// <param name="clock">Tells the time.</param>
/// <param name="logger">For operators.</param>
internal sealed class ReceiptDelivery(TrustedIssuer trust, string server, ISigningKey serverKey, IssuerFetch fetch, TimeProvider clock, ILogger logger)
{
    private static readonly TimeSpan AssertionLifetime = TimeSpan.FromSeconds(60);

    private readonly Uri _endpoint = new(trust.Receipts!.Endpoint ?? trust.Issuer.TrimEnd('/') + "/receipts/v1");
    private readonly ISigningKey _key = trust.Receipts.SigningKey ?? serverKey;

    /// <summary>Tries once.</summary>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    public async Task<DeliveryResult> DeliverAsync(ReceiptBatch batch, CancellationToken ct)
    {
        try
        {
            using var body = new ByteArrayContent(batch.Json) { Headers = { ContentType = new("application/json") } };
            using var answer = await fetch.PostAsync(_endpoint, trust.IsOnPrivateNetwork, new("Bearer", await AssertionAsync(ct)), body, ct);
            if ((int)answer.StatusCode is 200) return await TakenAsync(batch, answer, ct);
            var after = answer.Headers.RetryAfter is { } header ? header.Delta ?? header.Date - clock.GetUtcNow() : null;
            // These say that the batch itself is wrong, and it will be the next time. Whatever else is wrong, somebody can mend.
            return new DeliveryResult((int)answer.StatusCode is 400 or 413 or 415 or 422, $"HTTP {(int)answer.StatusCode}", after);
        }
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)        // also what a key throws that is away
        {
            return new DeliveryResult(false, e is HttpRequestException ? $"{e.GetType().Name} {e.Message}" : e.GetType().Name);
        }
    }

    private async Task<DeliveryResult> TakenAsync(ReceiptBatch batch, HttpResponseMessage answer, CancellationToken ct)
    {
        var rejected = 0;
        using var json = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(ct), new JsonDocumentOptions { MaxDepth = 8 });
        foreach (var group in json.RootElement.GetProperty("rejected").EnumerateArray().CountBy(one => one.GetProperty("error").GetString() ?? ""))
        {
            rejected += group.Value;
            Log.ReceiptsRejected(logger, trust.Issuer, group.Value, group.Key.Length > 32 ? group.Key[..32] : group.Key);
        }
        ReceiptCount.Add(trust.Issuer, "rejected", Math.Min(rejected, batch.Count));
        ReceiptCount.Add(trust.Issuer, "sent", batch.Count - Math.Min(rejected, batch.Count));
        return new DeliveryResult(true, null);
    }

    private async ValueTask<string> AssertionAsync(CancellationToken ct) =>
        (await UnsignedJws.Create(_key, JwtType.ClientAuthentication, this, static (self, json) => self.WriteClaims(json)).SignAsync(ct)).Reveal();

    private void WriteClaims(Utf8JsonWriter json)
    {
        var now = clock.GetUtcNow().ToUnixTimeSeconds();
        json.WriteString("iss"u8, server);
        json.WriteString("sub"u8, server);
        json.WriteString("aud"u8, trust.Issuer);
        json.WriteNumber("iat"u8, now);
        json.WriteNumber("exp"u8, now + (long)AssertionLifetime.TotalSeconds);
        json.WriteString("jti"u8, Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16)));
    }
}
