using System.Globalization;
using System.Text.Json;

namespace IdJagBroker.Hosting;

/// <summary>
/// The members of one object. Each is asked for by name; what nobody asked for is unknown, and unknown is refused: a misspelt member
/// must not look as if it had been set. The first fault is kept and told by <see cref="End"/>.
/// </summary>
internal sealed class JsonMembers(JsonElement json)
{
    private const int MaxShownChars = 64;
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private Problem? _fault;

    /// <summary>A text, or null if it is not there.</summary>
    public string? Text(string name)
    {
        if (Optional(name) is not { } value) return null;
        return TextOf(value) ?? Fault<string>(name, $"'{name}' must be a text.");
    }

    /// <summary>True or false; required.</summary>
    public bool Flag(string name)
    {
        if (Required(name) is not { } value) return false;
        if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False)) Fault<object>(name, $"'{name}' must be true or false.");
        return value.ValueKind is JsonValueKind.True;
    }

    /// <summary>A list of texts, or null if it is not there or not one.</summary>
    public IReadOnlyList<string>? Texts(string name)
    {
        if (Optional(name) is not { } value) return null;
        var texts = value.ValueKind is JsonValueKind.Array ? value.EnumerateArray().Select(TextOf).ToList() : null;
        return texts is null || texts.Contains(null) ? Fault<IReadOnlyList<string>>(name, $"'{name}' must be a list of texts.") : texts!;
    }

    /// <summary>An instant with its offset (RFC 3339), or null if it is not there.</summary>
    public DateTimeOffset? Instant(string name)
    {
        if (Optional(name) is not { } value) return null;
        string[] forms = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFK"];
        if (TextOf(value) is { Length: > 19 } text
            && DateTimeOffset.TryParseExact(text, forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant))
            return instant.ToUniversalTime();
        Fault<object>(name, $"'{name}' must be an instant such as 2027-01-31T12:00:00Z.");
        return null;
    }

    /// <summary>The value, or null if it is not there.</summary>
    public JsonElement? Optional(string name)
    {
        _known.Add(name);
        return json.TryGetProperty(name, out var value) ? value : null;
    }

    /// <summary>The value; if it is not there, that is a fault.</summary>
    public JsonElement? Required(string name)
    {
        if (Optional(name) is { } value) return value;
        Fault<object>(name, $"'{name}' is missing.");
        return null;
    }

    /// <summary>The first thing that is wrong, or null.</summary>
    public Problem? End()
    {
        if (_fault is not null) return _fault;
        foreach (var member in json.EnumerateObject())
        {
            if (_known.Contains(member.Name)) continue;
            var shown = member.Name.Length > MaxShownChars ? member.Name[..MaxShownChars] : member.Name;
            return Problem.Invalid($"There is no member '{shown}' here; there are: {string.Join(", ", _known)}.", "/" + Escape(shown));
        }
        return null;
    }

    private T? Fault<T>(string name, string title) where T : class
    {
        _fault ??= Problem.Invalid(title, "/" + name);
        return null;
    }

    // RFC 6901 §3
    private static string Escape(string name) => name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);

    private static string? TextOf(JsonElement value)
    {
        if (value.ValueKind is not JsonValueKind.String) return null;
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)       // an escaped lone surrogate is not text
        {
            return null;
        }
    }
}
