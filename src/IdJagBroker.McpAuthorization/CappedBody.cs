using System.Buffers;
using Microsoft.AspNetCore.Http;

namespace IdJagBroker.McpAuthorization;

/// <summary>Reads a request body that has a limit, and stops at it: nothing larger is ever held (SEC-09).</summary>
internal static class CappedBody
{
    /// <summary>The body, or null if it is larger than <paramref name="maxBytes"/>.</summary>
    /// <exception cref="BadHttpRequestException">The client broke off, stalled or framed its body wrongly.</exception>
    public static async Task<byte[]?> ReadAsync(HttpRequest request, int maxBytes, CancellationToken ct)
    {
        if (request.ContentLength > maxBytes) return null;
        var body = new ArrayBufferWriter<byte>((int)Math.Max(256, Math.Min(request.ContentLength ?? 4096, maxBytes)));
        while (true)
        {
            var read = await ReadSomeAsync(request, body.GetMemory(256), ct);
            if (read is 0) return body.WrittenSpan.ToArray();
            body.Advance(read);
            if (body.WrittenCount > maxBytes) return null;
        }
    }

    private static async ValueTask<int> ReadSomeAsync(HttpRequest request, Memory<byte> into, CancellationToken ct)
    {
        try
        {
            return await request.Body.ReadAsync(into, ct);
        }
        catch (IOException e) when (e is not BadHttpRequestException)
        {
            // What Kestrel throws for a chunk size that overflows: the client's doing, and no fault of ours.
            throw new BadHttpRequestException("The request body is broken.", StatusCodes.Status400BadRequest, e);
        }
    }
}
