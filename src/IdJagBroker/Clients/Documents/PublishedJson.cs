using System.Text.Json;
using System.Text.Unicode;
using IdJagBroker.Policies;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Clients.Documents;

/// <summary>JSON that somebody publishes, read as strictly as what it sends (SEC-08).</summary>
internal static class PublishedJson
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 16, AllowDuplicateProperties = false };

    /// <summary>One object in valid UTF-8, at most 16 deep, no member twice; or null.</summary>
    public static JsonDocument? ParseObject(ReadOnlyMemory<byte> utf8)
    {
        if (!Utf8.IsValid(utf8.Span)) return null;
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(utf8, Options);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)      // the latter: an escaped lone surrogate in a name
        {
            return null;
        }
        if (document.RootElement.ValueKind is JsonValueKind.Object) return document;
        document.Dispose();
        return null;
    }

    /// <summary>Somebody's public keys (RFC 7517 §5).</summary>
    /// <exception cref="InvalidDataException">None is usable, or one is private: then everybody has it.</exception>
    public static JsonWebKeySet ReadKeys(JsonElement jwks)
    {
        if (jwks.ValueKind is JsonValueKind.Object && jwks.TryGetProperty("keys", out var keys) && keys.ValueKind is JsonValueKind.Array
            && keys.EnumerateArray().Any(HasPrivateMember)) throw new InvalidDataException("a published key has private members");
        var set = JsonWebKeySet.TryParse(JsonSerializer.SerializeToUtf8Bytes(jwks));
        return set is { Keys.Length: > 0 } ? set : throw new InvalidDataException("no published key is usable");
    }

    private static bool HasPrivateMember(JsonElement key) =>
        key.ValueKind is JsonValueKind.Object && key.EnumerateObject().Any(member => ClientKeysParser.PrivateMembers.Contains(member.Name));
}
