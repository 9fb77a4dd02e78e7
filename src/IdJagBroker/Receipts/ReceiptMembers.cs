using System.Text.Json;
using IdJagBroker.Protocol;

namespace IdJagBroker.Receipts;

/// <summary>
/// The members of one receipt. Each has a closed set of characters: what is kept for years, and shown to people, is no place for control
/// characters. The name of the first that is at fault is kept.
/// </summary>
internal sealed class ReceiptMembers(JsonElement item)
{
    /// <summary>The first member at fault, or null.</summary>
    public string? Fault { get; private set; }

    /// <summary>A UUID in its usual form, or null.</summary>
    public Guid? Id(string name) => Read(name) is { } text ? Guid.TryParseExact(text, "D", out var id) ? id : Refuse<Guid>(name) : null;

    /// <summary>Printable ASCII without space, or null.</summary>
    public string? Name(string name, int maxChars) => Checked(name, maxChars, c => c is > ' ' and <= '~');

    /// <summary>Printable ASCII (RFC 6749 appendix A.1), or null.</summary>
    public string? Text(string name, int maxChars) => Checked(name, maxChars, c => c is >= ' ' and <= '~');

    /// <summary>An OAuth error code (RFC 6749 §5.2), or null.</summary>
    public string? Error(string name) => Checked(name, Receipt.MaxWordChars, c => c is > ' ' and <= '~' and not '"' and not '\\');

    /// <summary>Capitals, digits and <c>_</c>, or null.</summary>
    public string? Reason(string name) => Checked(name, Receipt.MaxWordChars, c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c) || c is '_');

    /// <summary>One of a few words, or null.</summary>
    public string? Word(string name, params ReadOnlySpan<string> words) => Read(name) is not { } text ? null : words.Contains(text) ? text : Fail(name);

    /// <summary>Scopes (RFC 6749 §3.3), or null.</summary>
    public ScopeSet? Scope(string name)
    {
        if (Read(name) is not { } text) return null;
        if (ScopeSet.TryParse(text, out var scopes)) return scopes;
        Fail(name);
        return null;
    }

    /// <summary>A whole number of seconds, or null.</summary>
    public long? Seconds(string name, long min, long max)
    {
        if (!item.TryGetProperty(name, out var value)) return null;
        return value.ValueKind is JsonValueKind.Number && value.TryGetInt64(out var seconds) && seconds >= min && seconds <= max ? seconds : Refuse<long>(name);
    }

    /// <summary>Finds fault with the first that is not there.</summary>
    public void Need(params ReadOnlySpan<(string Name, bool IsThere)> members)
    {
        foreach (var (name, isThere) in members)
            if (!isThere) Fail(name);
    }

    /// <summary>Finds fault with the first that is there and has no place.</summary>
    public void RefuseIf(bool outOfPlace, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            if (outOfPlace && item.TryGetProperty(name, out _)) Fail(name);
    }

    private string? Checked(string name, int maxChars, Func<char, bool> isOne) =>
        Read(name) is not { } text ? null : text.Length > 0 && text.Length <= maxChars && text.All(isOne) ? text : Fail(name);

    private string? Read(string name)
    {
        if (!item.TryGetProperty(name, out var value)) return null;
        try
        {
            return value.ValueKind is JsonValueKind.String ? value.GetString() : Fail(name);
        }
        catch (InvalidOperationException)       // an escaped lone surrogate is not text
        {
            return Fail(name);
        }
    }

    private string? Fail(string name)
    {
        Fault ??= name;
        return null;
    }

    private T? Refuse<T>(string name) where T : struct
    {
        Fail(name);
        return null;
    }
}
