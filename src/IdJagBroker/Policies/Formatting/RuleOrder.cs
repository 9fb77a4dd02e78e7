namespace IdJagBroker.Policies.Formatting;

/// <summary>The order of a rule's fields: what it is, whom and what it is about, what it asks for, when, and how long.</summary>
internal static class RuleOrder
{
    private static readonly List<string> Fields =
    [
        "id", "effect", "mode", "why", "who", "client", "target", "scopes", "grant", "require", "unless", "during", "validity", "emergency", "limits", "claims", "notify", "recordLevel",
    ];

    /// <summary>Sorts the fields of all rules of a document, each with its comments; fields that are not known keep their order at the end.</summary>
    public static void Apply(LayoutCollection document)
    {
        if (Find(document, "kind")?.Value is not LayoutScalar { Raw: "Policy" } || Find(document, "rules")?.Value is not LayoutCollection { IsMap: false } rules) return;
        foreach (var item in rules.Entries)
        {
            if (item.Value is not LayoutCollection { IsMap: true } rule) continue;
            LayoutEntry[] sorted = [.. rule.Entries.OrderBy(field => Fields.IndexOf(field.Key!.Raw) is >= 0 and var place ? place : Fields.Count)];
            rule.Entries.Clear();
            rule.Entries.AddRange(sorted);
            CommentPlacer.Hoist(item);
        }
    }

    private static LayoutEntry? Find(LayoutCollection map, string key) => map.Entries.Find(entry => entry.Key!.Raw == key);
}
