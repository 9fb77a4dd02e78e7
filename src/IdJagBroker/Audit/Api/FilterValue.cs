using System.Collections.Frozen;
using System.Net;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Audit.Api;

/// <summary>What a parameter's values look like.</summary>
/// <param name="IsWord">Words without commas, so that several may be written in one value.</param>
/// <param name="MaxChars">The longest.</param>
/// <param name="Check">What else is wrong with one.</param>
internal sealed record FilterRule(bool IsWord, int MaxChars, Func<string, ValueFault?> Check);

/// <summary>The filters that there are, and how the values of each are checked.</summary>
internal static class FilterValue
{
    private static readonly FilterRule Any = new(IsWord: false, 512, _ => null);

    public static FrozenDictionary<string, FilterRule> Rules { get; } = new Dictionary<string, FilterRule>
    {
        ["type"] = new(IsWord: true, 64, Type),
        ["outcome"] = new(IsWord: true, 16, text => OneOf(text, "ok", "denied", "error")),
        ["reason"] = new(IsWord: true, 64, Reason),
        ["client"] = Any,
        ["authserver"] = Any,
        ["resource"] = Any,
        ["subject"] = Any,
        ["jti"] = Any,
        ["decision_id"] = new(IsWord: false, 64, text => Guid.TryParse(text, out _) ? null : new(1, "It is a UUID.")),
        ["rule"] = Any,
        ["policy_rev"] = Any,
        ["ip"] = new(IsWord: false, 64, Network),
        ["kid"] = Any,
        ["trace_id"] = new(IsWord: false, 64, TraceId),
        ["actor"] = Any,
        ["breakglass"] = new(IsWord: false, 8, text => OneOf(text, "true")),
        ["q"] = new(IsWord: false, 256, _ => null),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>What is wrong with a value, or null.</summary>
    public static ValueFault? Check(FilterRule rule, string value)
    {
        if (value.Length is 0) return new(1, "A value is expected here.");
        for (var i = 0; i < value.Length; i++)
        {
            if (char.IsControl(value[i])) return new(i + 1, "A control character is never in an event.");
            if (char.IsSurrogate(value[i]) && !(char.IsHighSurrogate(value[i]) && i + 1 < value.Length && char.IsLowSurrogate(value[++i]))) return new(i + 1, "That is half a character.");
        }
        return value.Length > rule.MaxChars ? new(rule.MaxChars + 1, $"It is longer than {rule.MaxChars} characters.") : rule.Check(value);
    }

    // "idjag.issued", or "idjag.*".
    private static ValueFault? Type(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c is '*' && i == text.Length - 1 && i > 1 && text[i - 1] is '.') return null;
            if (c is '*') return new(i + 1, "'*' stands at the end, after a '.', as in idjag.*.");
            if (c is '.' ? i is 0 || text[i - 1] is '.' || i == text.Length - 1 : !(char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '_'))
                return new(i + 1, "A type is lower-case words with '.' between them, as in idjag.issued.");
        }
        return null;
    }

    private static ValueFault? Reason(string text)
    {
        for (var i = 0; i < text.Length; i++)
            if (!(char.IsAsciiLetterUpper(text[i]) || char.IsAsciiDigit(text[i]) || text[i] is '_')) return new(i + 1, "A reason is in capitals, digits and '_', as in NO_RULE_MATCHED.");
        return null;
    }

    private static ValueFault? TraceId(string text)
    {
        for (var i = 0; i < text.Length; i++)
            if (!char.IsAsciiHexDigitLower(text[i])) return new(i + 1, "A trace id is lower-case hexadecimal.");
        return text.Length is 32 ? null : new(Math.Min(text.Length, 32) + 1, "A trace id has 32 digits.");
    }

    private static ValueFault? Network(string text)
    {
        if (text.IndexOf('%') is >= 0 and var scope) return new(scope + 1, "An address in the log has no zone.");
        if (IPNetwork.TryParse(text, out _) || (IPAddress.TryParse(text, out _) && text.AsSpan().IndexOfAny('.', ':') >= 0)) return null;
        return text.IndexOf('/') is > 0 and var slash && IPAddress.TryParse(text[..slash], out _)
            ? new(slash + 2, "A network's length is expected here.")
            : new(1, "It is an address, or a network such as 203.0.113.0/24.");
    }

    private static ValueFault? OneOf(string text, params IReadOnlyList<string> words)
    {
        if (words.Contains(text, StringComparer.Ordinal)) return null;
        return new(1, $"It is {string.Join(" or ", words)}.{(Spelling.Nearest(text, words) is { } nearest ? $" Did you mean '{nearest}'?" : "")}");
    }
}
