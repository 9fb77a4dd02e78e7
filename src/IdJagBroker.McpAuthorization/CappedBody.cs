using System.Buffers;
using Microsoft.AspNetCore.Http;

namespace IdJagBroker.McpAuthorization;

/// <summary>Reads a request body that has a limit, and stops at it: nothing larger is ever held (SEC-09).</summary>
internal static class CappedBody
{
    // So much memory is taken at a client's word alone.
    private const int AtItsWord = 64 * 1024;

    /// <summary>The body, or null if it is larger than <paramref name="maxBytes"/>.</summary>
    /// <exception cref="BadHttpRequestException">The client broke off, stalled or framed its body wrongly.</exception>
    public static async Task<byte[]?> ReadAsync(HttpRequest request, int maxBytes, CancellationToken ct)
    {
        if (request.ContentLength > maxBytes) return null;
        if (request.ContentLength is { } length and <= AtItsWord) return await ReadKnownAsync(request, (int)length, ct);
        var body = new ArrayBufferWriter<byte>(Math.Min(request.ContentLength is null ? 4096 : AtItsWord, Math.Max(256, maxBytes)));
        while (true)
        {
            var read = await ReadSomeAsync(request, body.GetMemory(256), ct);
            if (read is 0) return body.WrittenSpan.ToArray();
            body.Advance(read);
            if (body.WrittenCount > maxBytes) return null;
        }
    }

    // Of known length: one array. The server sees to it that no more comes (RFC 9112 §6.3, RFC 9113 §8.1.1).
    private static async Task<byte[]> ReadKnownAsync(HttpRequest request, int length, CancellationToken ct)
    {
        var body = new byte[length];
        for (var at = 0; at < length;)
        {
            var read = await ReadSomeAsync(request, body.AsMemory(at), ct);
            if (read is 0) throw new BadHttpRequestException("The request body ends early.", StatusCodes.Status400BadRequest);
            at += read;
        }
        return body;
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
