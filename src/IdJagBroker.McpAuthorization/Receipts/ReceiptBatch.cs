using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Threading.Channels;

namespace IdJagBroker.McpAuthorization.Receipts;

/// <summary>Receipts that go together. The same bytes are sent until they are taken.</summary>
/// <param name="Count">How many.</param>
/// <param name="Json">The body.</param>
internal sealed record ReceiptBatch(int Count, byte[] Json)
{
    /// <summary>The most receipts in one body, as the issuer has it.</summary>
    public const int MaxReceipts = 1_000;

    /// <summary>The largest body is 512 KiB; one receipt is never larger than the rest of that.</summary>
    public const int MaxBytes = 480 * 1024;

    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Takes the oldest that fit, or null: there are none.</summary>
    public static ReceiptBatch? Take(ChannelReader<Receipt> waiting)
    {
        var body = new ArrayBufferWriter<byte>(4096);
        var count = 0;
        using (var json = new Utf8JsonWriter(body, Writing))
        {
            json.WriteStartObject();
            json.WriteStartArray("receipts"u8);
            while (count < MaxReceipts && json.BytesCommitted + json.BytesPending < MaxBytes && waiting.TryRead(out var receipt))
            {
                receipt.WriteTo(json);
                count++;
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return count is 0 ? null : new ReceiptBatch(count, body.WrittenSpan.ToArray());
    }
}
