using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;

namespace IdJagBroker.Policies.Yaml;

/// <summary>Reads values of each type, or says why not and gives null. Core schema: text that looks like a number must be quoted.</summary>
internal sealed partial class YamlValues(PolicyDiagnostics problems)
{
    /// <summary>The longest text.</summary>
    public const int MaxTextChars = 512;

    /// <summary>How an alias is written: ASCII only, so that no two look alike.</summary>
    public const string AliasForm = "[A-Za-z][A-Za-z0-9._-]{0,63}";

    /// <summary>The most entries of one list.</summary>
    public const int MaxListItems = 1000;

    /// <summary>The fields of a mapping, or null.</summary>
    /// <param name="node">The value.</param>
    /// <param name="what">What it is, for the message.</param>
    /// <param name="at">Where missing fields are reported, if not at the value.</param>
    public YamlFields? Fields(YamlNode? node, string what, SourceSpan? at = null)
    {
        if (node is YamlMap map) return new YamlFields(map, at ?? map.At, problems);
        WrongType(node, $"{what} must be a mapping");
        return null;
    }

    /// <summary>The entries of a mapping from names to values; none if it is not written.</summary>
    public IReadOnlyList<YamlEntry> Entries(YamlNode? node, string what)
    {
        if (node is YamlMap map) return map.Entries;
        WrongType(node, $"{what} must be a mapping");
        return [];
    }

    /// <summary>The items of a list that may not be empty.</summary>
    public IReadOnlyList<YamlNode> Items(YamlNode? node, string what, int max = MaxListItems)
    {
        if (node is not YamlSequence list)
        {
            WrongType(node, $"{what} must be a list");
            return [];
        }
        if (list.Items.Count is 0) problems.Error(list.At, PolicyDiagnosticCode.ListEmpty, $"{what} is empty; leave it out or fill it");
        if (list.Items.Count <= max) return list.Items;
        problems.Error(list.Items[max].At, PolicyDiagnosticCode.ListTooLong, $"{what} has more than {max} entries");
        return [];
    }

    /// <summary>Text of at least one and at most <see cref="MaxTextChars"/> printable characters, or null.</summary>
    public string? Text(YamlNode? node, string what)
    {
        if (node is not YamlScalar scalar)
        {
            WrongType(node, $"{what} must be text");
            return null;
        }
        if (IsTyped(scalar))
        {
            var hint = scalar.Value.Length is 0 ? "" : $"; put {PolicyDiagnostics.Quote(scalar.Value)} in quotes";
            problems.Error(scalar.At, PolicyDiagnosticCode.TypeWrong, $"{what} must be text{hint}");
            return null;
        }
        if (scalar.Value.Trim().Length > 0 && scalar.Value.Length <= MaxTextChars && !scalar.Value.Any(YamlText.IsForbidden)) return scalar.Value;
        problems.Error(scalar.At, PolicyDiagnosticCode.ValueInvalid, $"{what} must be 1 to {MaxTextChars} printable characters");
        return null;
    }

    /// <summary>Texts, none twice, each at its place.</summary>
    public IReadOnlyList<Placed<string>> Texts(YamlNode? node, string what, int max = MaxListItems)
    {
        var texts = new List<Placed<string>>();
        if (node is null) return texts;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in Items(node, what, max))
        {
            if (Text(item, $"an entry of {what}") is not { } text) continue;
            if (seen.Add(text)) texts.Add(new Placed<string>(text, item.At));
            else problems.Error(item.At, PolicyDiagnosticCode.ValueDuplicate, $"{PolicyDiagnostics.Quote(text)} is in {what} twice");
        }
        return texts;
    }

    /// <summary><c>true</c> or <c>false</c>; otherwise, or if it is not written, <paramref name="otherwise"/>.</summary>
    public bool Flag(YamlNode? node, string what, bool otherwise)
    {
        if (node is YamlScalar { IsPlain: true, Value: "true" or "True" or "TRUE" }) return true;
        if (node is YamlScalar { IsPlain: true, Value: "false" or "False" or "FALSE" }) return false;
        WrongType(node, $"{what} must be true or false");
        return otherwise;
    }

    /// <summary>One of a few words.</summary>
    public T? Word<T>(YamlNode? node, string what, ImmutableArray<(string Word, T Value)> words) where T : struct
    {
        if (node is null || Text(node, what) is not { } text) return null;
        foreach (var (word, value) in words)
            if (string.Equals(word, text, StringComparison.Ordinal)) return value;
        problems.Unknown(node.At, PolicyDiagnosticCode.WordUnknown, text,
            $"is not a value of {what}: {string.Join(", ", words.Select(word => word.Word))}", words.Select(word => word.Word));
        return null;
    }

    /// <summary>A whole number with <c>s</c>, <c>m</c> or <c>h</c>, within the bounds.</summary>
    public TimeSpan? Duration(YamlNode? node, string what, TimeSpan min, TimeSpan max)
    {
        if (node is null) return null;
        if (node is not YamlScalar { Value: var text } || !TryDuration(text, out var duration))
        {
            if (node is not YamlRefused)
                problems.Error(node.At, PolicyDiagnosticCode.DurationInvalid, $"{what} must be a whole number with s, m or h, such as 5m");
            return null;
        }
        if (duration >= min && duration <= max) return duration;
        problems.Error(node.At, PolicyDiagnosticCode.DurationOutOfRange, $"{what} must be from {Format(min)} to {Format(max)}");
        return null;
    }

    /// <summary>A whole number of at most five digits with <c>s</c>, <c>m</c> or <c>h</c>.</summary>
    public static bool TryDuration(string text, out TimeSpan duration)
    {
        duration = default;
        if (text.Length is < 2 or > 6 || !int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count)) return false;
        duration = text[^1] switch { 's' => TimeSpan.FromSeconds(count), 'm' => TimeSpan.FromMinutes(count), 'h' => TimeSpan.FromHours(count), _ => Timeout.InfiniteTimeSpan };
        return duration >= TimeSpan.Zero;
    }

    /// <summary>A letter, then at most 63 letters, digits, <c>.</c>, <c>_</c> or <c>-</c>: ASCII only, so that no two aliases look alike.</summary>
    public bool IsAlias(YamlScalar key, string what)
    {
        if (AliasPattern().IsMatch(key.Value) && !IsTyped(key)) return true;
        problems.Error(key.At, PolicyDiagnosticCode.AliasInvalid,
            $"{PolicyDiagnostics.Quote(key.Value)} cannot be {what}: a letter, then letters, digits, '.', '_' or '-', 64 at most");
        return false;
    }

    public static string Format(TimeSpan duration) => duration switch
    {
        { Ticks: var ticks } when ticks % TimeSpan.TicksPerHour is 0 => $"{ticks / TimeSpan.TicksPerHour}h",
        { Ticks: var ticks } when ticks % TimeSpan.TicksPerMinute is 0 => $"{ticks / TimeSpan.TicksPerMinute}m",
        _ => $"{duration.Ticks / TimeSpan.TicksPerSecond}s",
    };

    private void WrongType(YamlNode? node, string message)
    {
        if (node is not null and not YamlRefused) problems.Error(node.At, PolicyDiagnosticCode.TypeWrong, message);
    }

    private static bool IsTyped(YamlScalar scalar) => scalar.IsPlain && CoreTypes().IsMatch(scalar.Value);

    // YAML 1.2 §10.3.2: null, booleans, integers, floating point
    [GeneratedRegex(
        @"\A(|~|null|Null|NULL|true|True|TRUE|false|False|FALSE|[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"
        + @"|[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))\z", RegexOptions.CultureInvariant)]
    private static partial Regex CoreTypes();

    [GeneratedRegex(@"\A" + AliasForm + @"\z", RegexOptions.CultureInvariant)]
    private static partial Regex AliasPattern();
}

/// <summary>A value and where it stands.</summary>
internal readonly record struct Placed<T>(T Value, SourceSpan At);
