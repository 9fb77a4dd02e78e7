using System.Text.Json;
using System.Text.Unicode;
using Microsoft.Net.Http.Headers;

namespace IdJagBroker.Hosting;

/// <summary>Reads a JSON object of the admin API strictly (SEC-08): valid UTF-8, at most 64 KiB and 16 levels, no member twice.</summary>
internal static class JsonBody
{
    /// <summary>The largest body read.</summary>
    public const int MaxBytes = 64 * 1024;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 16, AllowDuplicateProperties = false };

    /// <summary>Refuses with 413 for a body that is too large, 415 for another content type, 400 for what is not one JSON object.</summary>
    /// <param name="request">The request.</param>
    /// <param name="mayBeEmpty">No body at all then means an object without members.</param>
    /// <param name="ct">Ends the reading.</param>
    public static async Task<Outcome<JsonMembers>> ReadAsync(HttpRequest request, bool mayBeEmpty, CancellationToken ct)
    {
        var bytes = new byte[MaxBytes + 1];
        var length = request.ContentLength > MaxBytes ? bytes.Length : await request.Body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, ct);
        if (length > MaxBytes) return new Problem(StatusCodes.Status413PayloadTooLarge, "too-large", $"The body is larger than {MaxBytes} bytes.");
        if (length is 0 && mayBeEmpty) return new JsonMembers(JsonElement.Parse("{}"));
        if (!IsJson(request.ContentType)) return new Problem(StatusCodes.Status415UnsupportedMediaType, "not-json", "The body must be application/json in UTF-8.");
        return Parse(bytes.AsSpan(0, length)) is { ValueKind: JsonValueKind.Object } json
            ? new JsonMembers(json)
            : Problem.Invalid("The body must be one JSON object in UTF-8, without a repeated member, at most 16 levels deep.");
    }

    private static bool IsJson(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type) && type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
        && (!type.Charset.HasValue || type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase));

    private static JsonElement? Parse(ReadOnlySpan<byte> utf8)
    {
        if (!Utf8.IsValid(utf8)) return null;
        try
        {
            return JsonElement.Parse(utf8, Strict);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)      // the latter: an escaped lone surrogate in a name
        {
            return null;
        }
    }
}
