using IdJagBroker.Policies.Rules;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies.Linting;

/// <summary>Where the things of a revision stand in its files: a rule knows its line, and who is warned of it wants to see the word.</summary>
internal sealed class SourcePlaces
{
    private readonly Dictionary<string, YamlMap> _rules = new(StringComparer.Ordinal);
    private readonly YamlMap? _catalog;

    public SourcePlaces(PolicySnapshot snapshot)
    {
        foreach (var source in snapshot.Sources)
            foreach (var document in YamlReader.Read(source, new PolicyDiagnostics()).OfType<YamlMap>())
            {
                if (Value(document, "kind") is YamlScalar { Value: "Catalog" }) _catalog ??= document;
                if (Value(document, "rules") is not YamlSequence rules) continue;
                foreach (var rule in rules.Items.OfType<YamlMap>())
                    if (Value(rule, "id") is YamlScalar id) _rules.TryAdd(id.Value, rule);
            }
    }

    /// <summary>The id of a rule; with a path, the last field or entry of a list on it that is written.</summary>
    public SourceSpan OfRule(PolicyRule rule, params ReadOnlySpan<string> path)
    {
        if (!_rules.TryGetValue(rule.Id, out var map)) return new PolicySource(rule.File, rule.File, "").Span(rule.Line, 1, 1);     // the revision came without its files
        return Follow(map, path) ?? Value(map, "id")!.At;
    }

    /// <summary>The last field or entry of a list on a path through the catalogue that is written.</summary>
    public SourceSpan OfCatalog(Catalog catalog, params ReadOnlySpan<string> path) =>
        (_catalog is null ? null : Follow(_catalog, path)) ?? new PolicySource(catalog.Name, catalog.Name, "").Span(0, 0, 0);

    private static SourceSpan? Follow(YamlNode? node, ReadOnlySpan<string> path)
    {
        SourceSpan? at = null;
        foreach (var name in path)
        {
            if (node is YamlSequence list)      // where a list alone is written for a condition, it is its anyOf
            {
                if (list.Items.OfType<YamlScalar>().FirstOrDefault(item => string.Equals(item.Value, name, StringComparison.Ordinal)) is { } item) at = item.At;
                continue;
            }
            if (node is not YamlMap map || map.Entries.FirstOrDefault(entry => string.Equals(entry.Key.Value, name, StringComparison.Ordinal)) is not { } found) break;
            (at, node) = (found.Key.At, found.Value);
        }
        return at;
    }

    private static YamlNode? Value(YamlMap map, string key) => map.Entries.FirstOrDefault(entry => string.Equals(entry.Key.Value, key, StringComparison.Ordinal))?.Value;
}
