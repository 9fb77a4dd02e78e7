using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies.Formatting;

/// <summary>Compares what two texts say, wherever it stands.</summary>
internal static class SameNodes
{
    /// <summary>Whether all documents are the same, but for the order of the fields of a rule.</summary>
    public static bool Are(IReadOnlyList<YamlNode> these, IReadOnlyList<YamlNode> those) =>
        these.Count == those.Count && these.Zip(those).All(pair => Are(pair.First, pair.Second, Place.Document));

    private enum Place { Document, Rules, Rule, Elsewhere }

    private static bool Are(YamlNode one, YamlNode other, Place place) => (one, other) switch
    {
        (YamlScalar a, YamlScalar b) => string.Equals(a.Value, b.Value, StringComparison.Ordinal) && a.IsPlain == b.IsPlain,
        (YamlSequence a, YamlSequence b) => a.Items.Count == b.Items.Count
            && a.Items.Zip(b.Items).All(pair => Are(pair.First, pair.Second, place is Place.Rules ? Place.Rule : Place.Elsewhere)),
        (YamlMap a, YamlMap b) => a.Entries.Count == b.Entries.Count && Ordered(a, place).Zip(Ordered(b, place)).All(pair =>
            Are(pair.First.Key, pair.Second.Key, Place.Elsewhere)
            && Are(pair.First.Value, pair.Second.Value, place is Place.Document && pair.First.Key.Value is "rules" ? Place.Rules : Place.Elsewhere)),
        _ => false,
    };

    private static IEnumerable<YamlEntry> Ordered(YamlMap map, Place place) =>
        place is Place.Rule ? map.Entries.OrderBy(entry => entry.Key.Value, StringComparer.Ordinal) : map.Entries;
}
