using System.Collections.Immutable;
using System.Text.Json;

namespace IdJagBroker.Protocol.Jws;

/// <summary>An issuer's keys (RFC 7517 §5). Keys that are not usable for signatures are left out; the rest still serve.</summary>
public sealed class JsonWebKeySet(IEnumerable<JsonWebKey> keys)
{
    /// <summary>The most keys read from one set.</summary>
    public const int MaxKeys = 100;

    /// <summary>The usable keys.</summary>
    public ImmutableArray<JsonWebKey> Keys { get; } = [.. keys];

    /// <summary>Reads a key set; null if it is not one. Never throws on what an issuer sends.</summary>
    public static JsonWebKeySet? TryParse(ReadOnlyMemory<byte> utf8)
    {
        using var document = StrictJson.ParseObject(utf8);
        if (document is null || !document.RootElement.TryGetProperty("keys", out var keys)
            || keys.ValueKind is not JsonValueKind.Array || keys.GetArrayLength() > MaxKeys) return null;
        return new JsonWebKeySet(keys.EnumerateArray().Select(JsonWebKey.TryRead).OfType<JsonWebKey>().ToList());
    }

    /// <summary>
    /// The one key that <paramref name="header"/> selects (SEC-11): by <c>kid</c> if it has one, and in any case fit for its algorithm.
    /// </summary>
    /// <returns>The key, or null with the reason.</returns>
    public JsonWebKey? Select(JwsHeader header, JwsAlgorithm algorithm, out JwsFailure failure)
    {
        JsonWebKey? selected = null;
        failure = JwsFailure.KeyNotFound;
        foreach (var key in Keys)
        {
            if ((header.KeyId is not null && !string.Equals(key.KeyId, header.KeyId, StringComparison.Ordinal)) || !key.Fits(algorithm)) continue;
            if (selected is not null)
            {
                failure = JwsFailure.KeyAmbiguous;
                return null;
            }
            selected = key;
        }
        if (selected is not null) failure = JwsFailure.None;
        return selected;
    }

    /// <summary>The JSON document, UTF-8.</summary>
    public byte[] ToUtf8()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartArray("keys");
            foreach (var key in Keys) key.WriteTo(json);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }
}
