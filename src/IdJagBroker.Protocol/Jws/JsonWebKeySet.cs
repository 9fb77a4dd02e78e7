using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
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
    /// Reads the public keys of somebody who proves itself by them; false if none is usable, or one is private: then everybody has it.
    /// </summary>
    /// <param name="jwks">The set (RFC 7517 §5).</param>
    /// <param name="keys">Its usable keys.</param>
    /// <param name="fault">What is wrong; for the log.</param>
    internal static bool TryReadPublished(JsonElement jwks, [NotNullWhen(true)] out JsonWebKeySet? keys, [NotNullWhen(false)] out string? fault)
    {
        keys = null;
        fault = "a published key has private members";
        if (jwks.ValueKind is JsonValueKind.Object && jwks.TryGetProperty("keys", out var list) && list.ValueKind is JsonValueKind.Array
            && list.EnumerateArray().Any(HasPrivateMember)) return false;
        var read = TryParse(System.Text.Encoding.UTF8.GetBytes(jwks.GetRawText()));
        fault = "no published key is usable";
        if (read is not { Keys.Length: > 0 }) return false;
        (keys, fault) = (read, null);
        return true;
    }

    /// <inheritdoc cref="TryReadPublished(JsonElement, out JsonWebKeySet?, out string?)"/>
    public static bool TryParsePublished(ReadOnlyMemory<byte> utf8, [NotNullWhen(true)] out JsonWebKeySet? keys, [NotNullWhen(false)] out string? fault)
    {
        keys = null;
        fault = "the key set is not one JSON object";
        using var document = StrictJson.ParseObject(utf8);
        if (document is null) return false;
        return TryReadPublished(document.RootElement, out keys, out fault);
    }

    /// <summary>Whether one of them has this <c>kid</c>; also if none is asked for.</summary>
    public bool Have(string? keyId)
    {
        if (keyId is null) return true;
        foreach (var key in Keys)
            if (string.Equals(key.KeyId, keyId, StringComparison.Ordinal)) return true;
        return false;
    }

    /// <summary>Whether two sets hold the same keys under the same names, in whatever order.</summary>
    public bool AreSameAs(JsonWebKeySet other) =>
        Keys.Select(key => (key.KeyId, key.Thumbprint)).ToHashSet().SetEquals(other.Keys.Select(key => (key.KeyId, key.Thumbprint)));

    private static bool HasPrivateMember(JsonElement key)
    {
        if (key.ValueKind is not JsonValueKind.Object) return false;
        foreach (var name in EmbeddedKey.PrivateMembers)
            if (key.TryGetProperty(name, out _)) return true;
        return false;
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
