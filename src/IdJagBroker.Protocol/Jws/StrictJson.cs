using System.Text.Json;

namespace IdJagBroker.Protocol.Jws;

/// <summary>JSON from strangers (SEC-08): valid UTF-8, one object, at most 16 deep, no member twice.</summary>
internal static class StrictJson
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 16, AllowDuplicateProperties = false };

    public static JsonDocument? ParseObject(ReadOnlyMemory<byte> utf8)
    {
        if (!System.Text.Unicode.Utf8.IsValid(utf8.Span)) return null;
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(utf8, Options);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)   // the latter: an escaped lone surrogate in a name
        {
            return null;
        }
        if (document.RootElement.ValueKind is JsonValueKind.Object) return document;
        document.Dispose();
        return null;
    }

    /// <summary>A string without NUL and without lone surrogates, or null; one of <paramref name="known"/> is that instance and no new one.</summary>
    public static string? Text(JsonElement element, params ReadOnlySpan<string> known)
    {
        if (element.ValueKind is not JsonValueKind.String) return null;
        try
        {
            foreach (var one in known)
                if (element.ValueEquals(one)) return one;
            var text = element.GetString()!;
            return text.Contains('\0') ? null : text;
        }
        catch (InvalidOperationException)   // an escaped lone surrogate is not text
        {
            return null;
        }
    }
}
