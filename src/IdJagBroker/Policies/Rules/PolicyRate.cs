using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies.Rules;

/// <summary>How many tokens one person may get by a rule.</summary>
/// <param name="Count">So many.</param>
/// <param name="Per">In this time.</param>
internal sealed record PolicyRate(int Count, TimeSpan Per)
{
    /// <summary>The most that can be counted to.</summary>
    public const int MaxCount = 100_000;

    /// <summary>Reads <c>COUNT/DURATION</c>, such as <c>10/1m</c>.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out PolicyRate? rate)
    {
        rate = null;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 1 || !int.TryParse(text.AsSpan(0, slash), NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count is < 1 or > MaxCount) return false;
        if (!YamlValues.TryDuration(text[(slash + 1)..], out var per) || per < TimeSpan.FromSeconds(1) || per > TimeSpan.FromHours(24)) return false;
        rate = new PolicyRate(count, per);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Count}/{YamlValues.Format(Per)}";
}
