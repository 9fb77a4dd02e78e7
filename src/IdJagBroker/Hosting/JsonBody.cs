using System.Text.Json;
using System.Text.Unicode;
using Microsoft.Net.Http.Headers;

namespace IdJagBroker.Hosting;

/// <summary>Reads a JSON object strictly (SEC-08): valid UTF-8, of limited size, at most 16 levels, no member twice.</summary>
internal static class JsonBody
{
    /// <summary>The largest body of the admin API.</summary>
    public const int MaxBytes = 64 * 1024;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 16, AllowDuplicateProperties = false };

    /// <summary>Refuses with 413 for a body that is too large, 415 for another content type, 400 for what is not one JSON object.</summary>
    /// <param name="request">The request.</param>
    /// <param name="mayBeEmpty">No body at all then means an object without members.</param>
    /// <param name="ct">Ends the reading.</param>
    public static Task<Outcome<JsonMembers>> ReadAsync(HttpRequest request, bool mayBeEmpty, CancellationToken ct) => ReadAsync(request, MaxBytes, mayBeEmpty, ct);

    /// <summary>The same of a body that may be larger, or must be smaller.</summary>
    public static async Task<Outcome<JsonMembers>> ReadAsync(HttpRequest request, int maxBytes, bool mayBeEmpty, CancellationToken ct)
    {
        var tooLarge = new Problem(StatusCodes.Status413PayloadTooLarge, "too-large", $"The body is larger than {maxBytes} bytes.");
        if (request.ContentLength > maxBytes) return tooLarge;
        var bytes = new byte[(int)(request.ContentLength ?? maxBytes) + 1];
        var length = await request.Body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, ct);
        if (length > maxBytes) return tooLarge;
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
