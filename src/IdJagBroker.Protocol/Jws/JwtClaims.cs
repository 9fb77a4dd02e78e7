using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace IdJagBroker.Protocol.Jws;

/// <summary>What became of reading one claim: a missing claim and a claim of the wrong type are different faults.</summary>
public enum ClaimState
{
    /// <summary>Not there.</summary>
    Absent,

    /// <summary>There, but not of the type that its specification gives it.</summary>
    Malformed,

    /// <summary>There, and read.</summary>
    Present,
}

/// <summary>The claims of a JWT (RFC 7519 §4), each read by its type. Valid while its <see cref="CompactJws"/> is.</summary>
public readonly struct JwtClaims(JsonElement payload)
{
    // 9999-01-01T00:00:00Z: a year below the last DateTimeOffset, so that adding a lifetime or a skew to a claim never overflows
    private const long LastNumericDate = 253_370_764_800;

    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A non-empty string of at most <paramref name="maxChars"/> characters.</summary>
    public ClaimState GetString(ReadOnlySpan<byte> name, int maxChars, out string? value)
    {
        value = null;
        if (!payload.TryGetProperty(name, out var element)) return ClaimState.Absent;
        value = StrictJson.Text(element);
        if (value is { Length: > 0 } && value.Length <= maxChars) return ClaimState.Present;
        value = null;
        return ClaimState.Malformed;
    }

    /// <summary>Whether a claim is exactly that string, ordinally; an array of one such string is not.</summary>
    public bool Is(ReadOnlySpan<byte> name, string value)
    {
        try
        {
            return payload.TryGetProperty(name, out var element) && element.ValueKind is JsonValueKind.String && element.ValueEquals(value);
        }
        catch (InvalidOperationException)   // an escaped lone surrogate is no text
        {
            return false;
        }
    }

    /// <summary>A NumericDate, whole seconds (RFC 7519 §2, JAG-11).</summary>
    public ClaimState GetDate(ReadOnlySpan<byte> name, out DateTimeOffset value)
    {
        value = default;
        if (!payload.TryGetProperty(name, out var element)) return ClaimState.Absent;
        if (element.ValueKind is not JsonValueKind.Number || !element.TryGetInt64(out var seconds) || seconds is < 0 or > LastNumericDate)
            return ClaimState.Malformed;
        value = DateTimeOffset.FromUnixTimeSeconds(seconds);
        return ClaimState.Present;
    }

    /// <summary>A JSON <c>true</c> or <c>false</c>; the words as strings are malformed.</summary>
    public ClaimState GetBoolean(ReadOnlySpan<byte> name, out bool value)
    {
        value = false;
        if (!payload.TryGetProperty(name, out var element)) return ClaimState.Absent;
        value = element.ValueKind is JsonValueKind.True;
        return element.ValueKind is JsonValueKind.True or JsonValueKind.False ? ClaimState.Present : ClaimState.Malformed;
    }

    /// <summary>A string or an array of strings, such as <c>aud</c> or <c>resource</c>.</summary>
    /// <param name="name">The claim.</param>
    /// <param name="maxValues">The most values read.</param>
    /// <param name="values">The values, in order and with repeats.</param>
    public ClaimState GetStrings(ReadOnlySpan<byte> name, int maxValues, [NotNull] out IReadOnlyList<string>? values)
    {
        values = [];
        if (!payload.TryGetProperty(name, out var element)) return ClaimState.Absent;
        if (StrictJson.Text(element) is { Length: > 0 } single)
        {
            values = [single];
            return ClaimState.Present;
        }
        if (element.ValueKind is not JsonValueKind.Array || element.GetArrayLength() > maxValues) return ClaimState.Malformed;
        var read = new string[element.GetArrayLength()];
        var at = 0;
        foreach (var item in element.EnumerateArray())
        {
            if (StrictJson.Text(item) is not { Length: > 0 } text) return ClaimState.Malformed;
            read[at++] = text;
        }
        values = read;
        return ClaimState.Present;
    }

    /// <summary>Whether that string is the claim, or one of an array of at most <paramref name="maxValues"/> strings. False for anything malformed.</summary>
    public bool Contains(ReadOnlySpan<byte> name, int maxValues, string value) =>
        Is(name, value) || (GetStrings(name, maxValues, out var values) is ClaimState.Present && values.Contains(value, StringComparer.Ordinal));

    /// <summary>A nested object, such as <c>cnf</c>.</summary>
    public ClaimState GetObject(ReadOnlySpan<byte> name, out JwtClaims value)
    {
        value = default;
        if (!payload.TryGetProperty(name, out var element)) return ClaimState.Absent;
        if (element.ValueKind is not JsonValueKind.Object) return ClaimState.Malformed;
        value = new JwtClaims(element);
        return ClaimState.Present;
    }

    /// <summary>A public key (RFC 7517), such as <c>cnf.jwk</c>; its holder discards it. <see cref="ClaimState.Malformed"/> if it is not one that verifies signatures here, or brings its private half.</summary>
    internal ClaimState GetKey(ReadOnlySpan<byte> name, out JsonWebKey? key)
    {
        key = null;
        if (!payload.TryGetProperty(name, out var element)) return ClaimState.Absent;
        (key, _) = EmbeddedKey.Read(element);
        return key is null ? ClaimState.Malformed : ClaimState.Present;
    }

    /// <summary>A claim of whatever type as JSON text without white space; null if it is not there, is <c>null</c>, or holds what is no text.</summary>
    public string? GetJson(ReadOnlySpan<byte> name)
    {
        if (!payload.TryGetProperty(name, out var element) || element.ValueKind is JsonValueKind.Null) return null;
        var buffer = new ArrayBufferWriter<byte>();
        try
        {
            using (var json = new Utf8JsonWriter(buffer, Relaxed)) element.WriteTo(json);
            return Encoding.UTF8.GetString(buffer.WrittenSpan);
        }
        catch (InvalidOperationException)   // an escaped lone surrogate is not text
        {
            return null;
        }
    }

    /// <summary>Whether a claim is there, of whatever type.</summary>
    public bool Has(ReadOnlySpan<byte> name) => payload.TryGetProperty(name, out _);

    /// <summary>How many there are.</summary>
    internal int Count => payload.GetPropertyCount();

    /// <summary>The claims as JSON text, for a person to look at.</summary>
    public string ToJson() => payload.GetRawText();
}
